"""Releases with a report, publishes that were held back, and web hosts in every condition, as scenes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import Build, Environment, HostState, HostTrouble, Page, Release, ReleasePages, Role, Step
from deploys.releases import reports
from tests import content_scenes
from tests.scenes import make_person
from tests.web.card_scenes import USUAL, Scene, job, live_since, place, started

TARGET = "s3://harbour-museum"
PAGES = 257


def report(release: Release, **facts: Any) -> dict[str, Any]:
    """What the publisher tells of a publish that changed eight of 257 pages."""
    given: dict[str, Any] = {
        "release": release.host_id,
        "was_live": False,
        "files": 3120,
        "pages": PAGES - 1,
        "size": 12_400_000,
        "added": ["lens/index.html", "_astro/lens.8f3a1c.webp"],
        "changed": [
            *("index.html", "hours/index.html", "school/index.html", "menu/index.html", "about.html"),
            *("news/index.html", "feed.xml", "sitemap-0.xml"),
        ],
        "removed": ["low-tide/index.html"],
        "sent_bytes": 1_500_000,
        "seconds": 2.1,
        "invalidation": {"paths": [f"/{n}/" for n in range(8)], "completed": True, "paths_this_month": 312},
    }
    return given | facts


def reported(build: Build, **facts: Any) -> Release:
    """The build's release, with its report and pages."""
    release = build.release
    told = report(release, **facts)
    pages = {path: Page(14_200, "0" * 64) for path in [*told["added"], *told["changed"]] if path.endswith(".html")}
    reports.take(release, told, pages)
    return release


def published_pages() -> Scene:
    """Ana's publish changed eight pages and went live a minute ago; the content knows their titles."""
    environment, ana = place(target=TARGET)
    build = live_since(environment, ana, ago=timedelta(minutes=1))
    content_scenes.publish(build)
    reported(build)
    return environment, ana


def rests_with_pages() -> Scene:
    """The same three hours later, without content that is read."""
    environment, ana = place(target=TARGET)
    reported(live_since(environment, ana))
    return environment, ana


def held_back() -> Scene:
    """57 of 257 pages would vanish."""
    environment, ana = place(target=TARGET)
    content_scenes.publish(live_since(environment, ana))
    _hold(environment, ana, [f"news/{n}/index.html" for n in range(56)] + ["hours/index.html"])
    return environment, ana


def held_back_front_page() -> Scene:
    """The front page would vanish."""
    environment, ana = place(target=TARGET)
    live_since(environment, ana)
    _hold(environment, ana, ["index.html"])
    return environment, ana


def held_back_unread() -> Scene:
    """The worker has not read yet what would vanish, and Ana may not say that it should."""
    environment, ana = place(Role.EDITOR, target=TARGET)
    live_since(environment, ana)
    started(environment, ana, State.FAILED, error_class="held_back", usual=USUAL)
    return environment, ana


def _hold(environment: Environment, who: Any, removed: list[str]) -> Build:
    build = started(environment, who, State.FAILED, error_class="held_back", usual=USUAL)
    for step in (Step.COLLECTING, Step.BUILDING, Step.CHECKING):
        job(build, step, "success")
    job(build, Step.GOING_LIVE, "failed")
    reports.take_held_back(build, removed, PAGES, "57 of 257 pages would go, more than 20 %.")
    return build


def changed_by_hand() -> Scene:
    """Somebody wrote into the bucket."""
    environment, ana = rests_with_pages()
    words = "2 of 3120 files on the web host are not as published: somebody changed them there."
    _found(environment, HostTrouble.CHANGED_BY_HAND, words, ["hours/index.html", "robots.txt"])
    return environment, ana


def public_records() -> Scene:
    """Visitors can read what only Buildhub needs; Tomás, an admin, looks."""
    environment, _ana = rests_with_pages()
    words = "Visitors can read the folder .releases/, which names every version. Deny it in the rules of the web host."
    _found(environment, HostTrouble.PUBLIC_RECORDS, words, [])
    return environment, make_person(Role.ADMIN, site=environment.site, first_name="Tomás", last_name="Lind")


def host_is_well() -> Scene:
    """The last look found everything as published."""
    environment, ana = rests_with_pages()
    _found(environment, HostTrouble.NONE, "", [])
    return environment, ana


def _found(environment: Environment, trouble: HostTrouble, words: str, differing: list[str]) -> None:
    moment = now()
    live = environment.live_release
    assert live is not None
    facts = {
        "kept": [live.host_id, "older-1", "older-2"],
        "storage": 45_000_000,
        "invalidated_paths": {f"{moment:%Y-%m}": 312},
        "checked_at": moment - timedelta(minutes=4),
        "next_check_at": moment + timedelta(minutes=11),
        "compared_at": moment - timedelta(hours=1),
        "trouble": trouble,
        "finding": words,
        "trouble_since": moment - timedelta(hours=1) if trouble else None,
        "differing": differing,
    }
    HostState.objects.update_or_create(environment=environment, defaults=facts)


def forget_pages(environment: Environment) -> None:
    """The pages of its releases are not known any more."""
    ReleasePages.objects.filter(environment=environment).delete()


# What each scene's card is called in the data, and words that it must say.
SCENES = {
    published_pages: ("just_published", "8 of 257 pages changed."),
    rests_with_pages: ("ready", "It changed 8 of 257 pages."),
    held_back: ("held_back", "Held back: 57 of 257 pages would vanish"),
    held_back_front_page: ("held_back", "Held back: the front page would vanish"),
    held_back_unread: ("held_back", "Held back: much of the site would vanish"),
    changed_by_hand: ("ready", "Files on the web host were changed by hand, since"),
    public_records: ("ready", "Visitors can read the records of earlier versions, since"),
}
