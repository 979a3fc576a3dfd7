"""Asking for previews: who may, one in line at a time, and how long they stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils.timezone import now

from deploys.builds import actions, preview_limits, previews
from deploys.lifecycle import State
from deploys.models import Build, Environment, Preview, Role, User
from deploys.releases import actions as releases
from deploys.web import refusals
from deploys.web.pills import PREVIEW, pill_of
from tests import scenes
from tests.preview_scenes import make_preview, make_preview_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def live() -> Environment:
    """A live site whose previews have a place."""
    environment = scenes.make_environment()
    make_preview_place(environment.site)
    return environment


@pytest.fixture
def editor(live: Environment) -> User:
    """Somebody who may ask."""
    return scenes.make_person(Role.EDITOR, site=live.site)


def test_a_preview_is_a_build_of_the_place_for_previews(
    live: Environment, editor: User, told: list[tuple[str, int]], django_capture_on_commit_callbacks: Any
) -> None:
    """Asked for from the live site's page; with a label that nobody guesses and a day to live."""
    with django_capture_on_commit_callbacks(execute=True):
        build = previews.request(environment=live, actor=editor)
    assert told == [("builds.tasks.start_build", build.pk)]
    assert (build.environment.slug, build.state) == ("previews", State.QUEUED)
    assert build.preview.label.startswith(f"b{build.number}-")
    assert len(build.preview.label.partition("-")[2]) >= 10
    assert timedelta(hours=23) < build.preview.expires_at - now() <= timedelta(hours=24)
    assert build.events.get().note == f"{editor.name} asked for a preview"


def test_address_and_folder_are_made_of_the_label(live: Environment, editor: User) -> None:
    """By path and by subdomain."""
    preview = previews.request(environment=live, actor=editor).preview
    assert preview.url == f"https://www.example.org/previews/{preview.label}/"
    assert preview.marker_url == f"{preview.url}buildhub.json"
    assert preview.target == f"/srv/site/previews/{preview.label}"
    preview.build.environment.preview_url = "https://{label}.preview.example.org/"
    assert preview.url == f"https://{preview.label}.preview.example.org/"


def test_one_that_waits_in_line_is_joined(live: Environment, editor: User) -> None:
    """It will hold what was saved until it starts; who joins may ask for a longer time."""
    first = previews.request(environment=live, actor=editor)
    other = scenes.make_person(Role.EDITOR, site=live.site)
    assert previews.request(environment=live, actor=other, hours=72) == first
    first.preview.refresh_from_db()
    assert first.preview.expires_at > now() + timedelta(hours=71)


def test_one_under_way_goes_on_and_the_next_waits(live: Environment, editor: User) -> None:
    """What was saved since is not in it."""
    running = make_preview(live.site, state=State.RUNNING).build
    later = previews.request(environment=live, actor=editor)
    assert later.number == running.number + 1
    assert later.preview.label != running.preview.label


def test_a_build_that_is_tried_again_is_a_preview_too(live: Environment, editor: User) -> None:
    """With a label of its own."""
    failed = make_preview(live.site, state=State.FAILED)
    again = actions.retry(build=failed.build, actor=editor)
    assert again.preview.label != failed.label


def test_readers_may_not(live: Environment, editor: User) -> None:
    """They are told who can."""
    with pytest.raises(actions.NotAllowed) as refusal:
        previews.request(environment=live, actor=scenes.make_person(Role.READER, site=live.site))
    assert refusal.value.people == [editor]


def test_a_site_without_a_place_says_so() -> None:
    """Instead of building something."""
    environment = scenes.make_environment()
    with pytest.raises(previews.NoPreviews):
        previews.request(environment=environment, actor=scenes.make_person(Role.ADMIN, site=environment.site))
    assert not Build.objects.exists()


def test_a_site_has_one_place_for_previews(live: Environment) -> None:
    """Postgres refuses a second."""
    with pytest.raises(IntegrityError):
        make_preview_place(live.site, slug="more")


def test_a_day_longer_up_to_two_weeks(live: Environment, editor: User) -> None:
    """Each press adds a day to when it would have ended."""
    preview = make_preview(live.site)
    before = preview.expires_at
    previews.extend(build=preview.build, actor=editor)
    preview.refresh_from_db()
    assert preview.expires_at == before + timedelta(days=1)
    for _ in range(20):
        previews.extend(build=preview.build, actor=editor)
    preview.refresh_from_db()
    assert preview.expires_at == preview.build.requested_at + timedelta(days=14)


@pytest.mark.parametrize("hours", [15 * 24, 1000 * 24])
def test_nobody_gets_more_than_two_weeks_from_the_start(live: Environment, editor: User, hours: int) -> None:
    """The web host deletes by itself what is older."""
    preview = previews.request(environment=live, actor=editor, hours=hours).preview
    preview.refresh_from_db()
    assert preview.expires_at == preview.build.requested_at + timedelta(days=14)


def test_one_person_makes_ten_within_an_hour(live: Environment, editor: User) -> None:
    """Trying a failed one again counts too; joining one in line does not; others go on; after the hour so do they."""
    made = [make_preview(live.site, state=State.FAILED, requested_by=editor) for _ in range(9)]
    waiting = previews.request(environment=live, actor=editor)
    assert previews.request(environment=live, actor=editor) == waiting
    Build.objects.filter(pk=waiting.pk).update(state=State.CANCELED, finished_at=now())
    for ask in (
        lambda: previews.request(environment=live, actor=editor),
        lambda: actions.retry(build=made[0].build, actor=editor),
    ):
        with pytest.raises(preview_limits.TooManyPreviews) as refusal:
            ask()
    assert refusal.value.per_hour
    first = min(preview.build.requested_at for preview in made)
    assert refusal.value.again_at == first + timedelta(hours=1)
    assert refusals.words(refusal.value).startswith("You asked for 10 previews within an hour. You can ask for the")
    previews.request(environment=live, actor=scenes.make_person(Role.EDITOR, site=live.site))
    Build.objects.filter(requested_by=editor).update(requested_at=now() - timedelta(hours=1))
    Build.objects.filter(state=State.QUEUED).update(state=State.CANCELED, finished_at=now())
    previews.request(environment=live, actor=editor)


def test_a_site_keeps_twenty(live: Environment, editor: User) -> None:
    """Those that came to nothing and those that are over do not count; the words say when there is room again."""
    kept = [make_preview(live.site) for _ in range(20)]
    make_preview(live.site, state=State.FAILED)
    make_preview(live.site, expires_at=now())
    with pytest.raises(preview_limits.TooManyPreviews) as refusal:
        previews.request(environment=live, actor=editor)
    assert (refusal.value.per_hour, refusal.value.again_at) == (False, kept[0].expires_at)
    assert "This site has 20 previews, more are not kept at a time. Delete one" in refusals.words(refusal.value)
    previews.delete(build=kept[3].build, actor=editor)
    previews.request(environment=live, actor=editor)


def test_who_got_the_link_is_noted_once_each(live: Environment, editor: User) -> None:
    """Blank lines and repeats are left out; the history does not name them."""
    preview = make_preview(live.site)
    previews.share(build=preview.build, actor=editor, names="Mei\n\n  board@museum.example \nMei")
    preview.refresh_from_db()
    assert preview.shared_with == "Mei\nboard@museum.example"
    assert "board" not in preview.build.events.latest("pk").note


def test_deleting_tells_the_worker_and_ends_the_link(
    live: Environment, editor: User, told: list[tuple[str, int]], django_capture_on_commit_callbacks: Any
) -> None:
    """From the press on; a second press has nothing to do."""
    preview = make_preview(live.site)
    with django_capture_on_commit_callbacks(execute=True):
        previews.delete(build=preview.build, actor=editor)
    assert told == [("releases.tasks.delete_preview", preview.pk)]
    preview.refresh_from_db()
    assert preview.is_over(now())
    with pytest.raises(actions.TooLate):
        previews.extend(build=preview.build, actor=editor)
    assert preview in Preview.objects.to_delete()


def test_one_under_way_is_stopped_before_it_can_be_deleted(live: Environment, editor: User) -> None:
    """Its pipeline would put it there again."""
    preview = make_preview(live.site, state=State.RUNNING)
    with pytest.raises(actions.TooLate):
        previews.delete(build=preview.build, actor=editor)
    Preview.objects.update(expires_at=now())
    assert not Preview.objects.to_delete().exists()


def test_a_preview_is_never_what_visitors_see(live: Environment) -> None:
    """It is proved at its own address, and the place of all previews has nothing live."""
    scenes.make_release(build=scenes.make_build(environment=live, state=State.SUCCEEDED))
    first, second = (make_preview(live.site, release=False) for _ in range(2))
    for preview in (first, second):
        releases.mark_live(releases.record(preview.build))
    first.build.refresh_from_db()
    assert first.build.environment.live_release is None
    assert first.build.release.replaced_at is None
    assert pill_of(Build.objects.get(pk=first.build.pk)) is PREVIEW
    assert first.build.events.latest("pk").note == "The preview can be opened"
