"""The publish card around versions that are copied: kept ones, on their way, live again, failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import (
    Build,
    Environment,
    HostState,
    Page,
    Proof,
    Release,
    ReleasePages,
    Role,
    Step,
    User,
)
from tests import content_scenes
from tests.scenes import carry, make_person, make_release
from tests.web.card_scenes import USUAL, Scene, job, live_since, place, started


def kept(role: Role = Role.PUBLISHER) -> Scene:
    """Mei's version of two days ago, and Ana's of today, which is live; the web host keeps both."""
    environment, ana = place(role, target="/srv/site")
    mei = make_person(Role.EDITOR, site=environment.site, first_name="Mei", last_name="Okafor")
    older = live_since(environment, mei, ago=timedelta(days=2))
    content_scenes.publish(older)
    content_scenes.edit(environment.site)
    newer = live_since(environment, ana)
    content_scenes.carry_now(newer)
    Release.objects.filter(build=older).update(replaced_at=newer.finished_at)
    host_id = {build.pk: str(build.key) for build in (older, newer)}
    HostState.objects.create(environment=environment, kept=list(host_id.values()))
    there = {path: Page(2000, path) for path in ("index.html", "hours/index.html", "low-tide/index.html")}
    now_there = {path: Page(2100, f"{path}2") for path in ("index.html", "hours/index.html", "lens/index.html")}
    ReleasePages.keep(older.release, there)
    ReleasePages.keep(newer.release, now_there)
    return environment, ana


def copy_of(environment: Environment, who: User, state: State, *, of: int = 1, **facts: Any) -> Build:
    """A bring-back of the build with this number, asked for 4 seconds ago."""
    begun = now() - timedelta(seconds=4)
    given = {
        "requested_at": begun,
        "reason": "Wrong prices on the shop pages",
        "base": environment.builds.get(number=2),
    }
    given |= {"pipeline_id": None, "pipeline_url": "", "pipeline_status": "", "heard_at": None}
    brings_back = environment.builds.get(number=of)
    return started(environment, who, state, brings_back=brings_back, **given | {"started_at": None} | facts)


def copy_queued() -> Scene:
    """Ana asked for Mei's version; the worker has not begun."""
    environment, ana = kept()
    copy_of(environment, ana, State.QUEUED)
    return environment, ana


def bringing_back() -> Scene:
    """The web host copies the kept files."""
    environment, ana = kept()
    copy_of(environment, ana, State.STARTING)
    return environment, ana


def copy_behind() -> Scene:
    """Ana's build runs, and after it Mei's version comes back."""
    environment, ana = kept()
    build = started(environment, ana, State.RUNNING, usual=USUAL)
    job(build, Step.BUILDING, "running")
    copy_of(environment, ana, State.QUEUED)
    return environment, ana


def copy_confirming() -> Scene:
    """The files are in place; the site does not show them yet."""
    environment, ana = kept()
    build = copy_of(environment, ana, State.SUCCEEDED)
    make_release(build=build, live=False, host_id=build.brings_back.release.host_id)
    return environment, ana


def brought_back(role: Role = Role.PUBLISHER, *, ago: timedelta = timedelta(minutes=1)) -> Scene:
    """Mei's version is what visitors see again; nothing replaces it by itself, and seven edits wait."""
    environment, ana = kept(role)
    moment = now() - ago
    build = copy_of(environment, ana, State.SUCCEEDED, requested_at=moment, finished_at=moment)
    make_release(build=build, host_id=build.brings_back.release.host_id, live_at=moment)
    content = environment.builds.get(number=1).contents.get()
    carry(build, content.source, seq=content.seq, read_at=content.read_at)
    Release.objects.filter(build__number=2, environment=environment).update(replaced_at=moment)
    Environment.objects.filter(pk=environment.pk).update(held_by=build)
    return environment, ana


def brought_back_for_a_reader() -> Scene:
    """The same, and Ana only reads."""
    return brought_back(Role.READER)


def brought_back_and_let_go() -> Scene:
    """An hour later somebody let automatic publishing go on, but nothing has been published yet."""
    environment, ana = brought_back(ago=timedelta(hours=1))
    Environment.objects.filter(pk=environment.pk).update(held_by=None)
    return environment, ana


def live_again() -> Scene:
    """The bring-back was undone: the newest version is live again."""
    environment, ana = brought_back()
    build = copy_of(environment, ana, State.SUCCEEDED, of=2, reason="Undo of build 3")
    make_release(build=build, host_id=build.brings_back.release.host_id)
    Environment.objects.filter(pk=environment.pk).update(held_by=None)
    return environment, ana


def copy_unproved() -> Scene:
    """The files are in place, and the site never showed them."""
    environment, ana = kept()
    build = copy_of(environment, ana, State.SUCCEEDED)
    make_release(build=build, live=False, proof=Proof.MISSING, host_id=build.brings_back.release.host_id)
    return environment, ana


def copy_failed() -> Scene:
    """The web host did not answer until the time was over."""
    environment, ana = kept()
    facts = {"detail": "The web host: it answers 503 Slow Down."}
    copy_of(environment, ana, State.FAILED, error_class="host_unreachable", error_facts=facts)
    return environment, ana


def copy_held_back() -> Scene:
    """It would have taken a page of three off the site."""
    environment, ana = kept()
    facts = {"removed": ["lens/index.html"], "count": 1}
    copy_of(environment, ana, State.FAILED, error_class="held_back", error_facts=facts)
    return environment, ana


def copy_not_kept() -> Scene:
    """The version was given up before its turn came."""
    environment, ana = kept()
    copy_of(environment, ana, State.FAILED, error_class="not_kept", error_facts={"detail": "Not kept."})
    return environment, ana


def copy_stopped() -> Scene:
    """Ana took it out of the line."""
    environment, ana = kept()
    copy_of(environment, ana, State.CANCELED, cancel_requested_by=ana, claimed_at=None)
    return environment, ana


def just_published_kept() -> Scene:
    """Ana's version went live a minute ago, and the one before is kept."""
    environment, ana = kept()
    moment = now() - timedelta(minutes=1)
    Release.objects.filter(build__number=2, environment=environment).update(live_at=moment)
    return environment, ana


# As in the scenes of the card.
SCENES: dict[Callable[[], Scene], tuple[str, str]] = {
    kept: ("up_to_date", "Everything is live"),
    copy_queued: ("queued", "Asked for by you"),
    bringing_back: ("bringing_back", "Bringing back the version from"),
    copy_behind: ("building", "After it, the version from"),
    copy_confirming: ("confirming", "Brought back. Now we look whether visitors see it"),
    brought_back: ("brought_back", "Automatic publishing is paused until you publish again."),
    brought_back_for_a_reader: ("may_not_publish", "An earlier version is live"),
    brought_back_and_let_go: ("brought_back", "An earlier version is live"),
    live_again: ("just_published", "is live again"),
    copy_unproved: ("unproved", "We could not confirm that the earlier version is live"),
    copy_failed: ("failed", "The web host did not answer"),
    copy_held_back: ("held_back", "Held back"),
    copy_not_kept: ("failed", "The earlier version is no longer kept"),
    copy_stopped: ("stopped", "stopped bringing an earlier version back"),
    just_published_kept: ("just_published", "Bring back the version from"),
}
