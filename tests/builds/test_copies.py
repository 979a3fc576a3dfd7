"""Asking for an earlier version: who may, what it refuses, and that nothing automatic replaces it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils.timezone import now

from deploys.builds import actions, copies
from deploys.lifecycle import State
from deploys.models import Build, Cause, Environment, HostState, Release, Role, User
from deploys.releases import actions as releases
from tests import scenes

pytestmark = pytest.mark.django_db


@pytest.fixture
def environment() -> Environment:
    """An environment whose pipeline publishes by releases."""
    return scenes.make_environment(target="/srv/site")


def kept(environment: Environment, **facts: object) -> Build:
    """A build whose release the host keeps; the last one made is live."""
    build = scenes.make_build(environment=environment, state=State.SUCCEEDED, **facts)
    release = scenes.make_release(build=build)
    host, _ = HostState.objects.get_or_create(environment=environment)
    host.kept = [release.host_id, *host.kept]
    host.save()
    return Build.objects.get(pk=build.pk)


def publisher_of(environment: Environment) -> User:
    """Somebody who may bring versions back."""
    return scenes.make_person(Role.PUBLISHER, site=environment.site)


def test_a_bring_back_is_a_build_in_line_without_a_pipeline(
    environment: Environment, told: list[tuple[str, int]], django_capture_on_commit_callbacks: Any
) -> None:
    """With its reason, its event and its number; the worker is woken."""
    first, _second = kept(environment), kept(environment)
    actor = publisher_of(environment)
    with django_capture_on_commit_callbacks(execute=True):
        build = copies.bring_back(build=first, actor=actor, reason="Wrong prices")
    assert told == [("builds.tasks.start_build", build.pk)]
    assert (build.state, build.brings_back, build.reason, build.is_copy) == (State.QUEUED, first, "Wrong prices", True)
    assert build.events.get().note == f"{actor.name} asked to bring back build {first.number}"


def test_the_same_form_asks_once(environment: Environment) -> None:
    """A press that came twice is one request."""
    first, _second = kept(environment), kept(environment)
    actor = publisher_of(environment)
    builds = [copies.bring_back(build=first, actor=actor, key="form-1") for _ in range(2)]
    assert builds[0] == builds[1]


def test_editors_may_not(environment: Environment) -> None:
    """They are told who can."""
    first, _second = kept(environment), kept(environment)
    able = publisher_of(environment)
    with pytest.raises(actions.NotAllowed) as refusal:
        copies.bring_back(build=first, actor=scenes.make_person(Role.EDITOR, site=environment.site))
    assert refusal.value.people == [able]


def test_what_visitors_see_already_is_not_brought_back(environment: Environment) -> None:
    """Unless files on the host are not as published: then it is put right."""
    live = kept(environment)
    with pytest.raises(copies.IsLive):
        copies.bring_back(build=live, actor=None)
    HostState.objects.update(trouble="changed_by_hand")
    assert copies.bring_back(build=live, actor=None).brings_back == live


def test_what_is_not_kept_says_why(environment: Environment) -> None:
    """Given up, never on the host, or a pipeline that keeps nothing."""
    first, _second = kept(environment), kept(environment)
    HostState.objects.update(kept=[])
    host = HostState.of(environment)
    assert copies.why_not_kept(first, host) == "No longer kept."
    failed = scenes.make_build(environment=environment, state=State.FAILED)
    assert copies.why_not_kept(failed, host) == "This build never reached the web host."
    plain = scenes.make_release().build
    assert copies.why_not_kept(plain, HostState.of(plain.environment)) == ("This site keeps no earlier versions.")
    with pytest.raises(copies.NotKept):
        copies.bring_back(build=first, actor=None)


def test_bringing_back_a_bring_back_means_its_original(environment: Environment) -> None:
    """A chain would be as long as people change their minds."""
    first, _second = kept(environment), kept(environment)
    again = kept(environment, brings_back=first)
    kept(environment)
    assert copies.bring_back(build=again, actor=None).brings_back == first


def test_a_press_after_it_is_a_build_of_its_own(environment: Environment) -> None:
    """Publish does not join a bring-back in line, and the last one who asked has the word."""
    first, _second = kept(environment), kept(environment)
    copy = copies.bring_back(build=first, actor=None)
    build = actions.request(environment=environment, actor=None)
    assert (build.number, build.is_copy) == (copy.number + 1, False)
    assert actions.request(environment=environment, actor=None) == build


def test_a_press_before_it_is_not_joined_by_one_after_it(environment: Environment) -> None:
    """Publish, bring back, publish: three in line, in this order."""
    first, _second = kept(environment), kept(environment)
    before = actions.request(environment=environment, actor=None)
    copies.bring_back(build=first, actor=None)
    after = actions.request(environment=environment, actor=None)
    assert after.number == before.number + 2


@pytest.mark.parametrize("cause", [Cause.SCHEDULE, Cause.CMS])
def test_nothing_automatic_replaces_an_earlier_version(environment: Environment, cause: Cause) -> None:
    """From the press on, and until somebody lifts the hold."""
    first, _second = kept(environment), kept(environment)
    copy = copies.bring_back(build=first, actor=None)
    with pytest.raises(actions.Held) as held:
        actions.request(environment=environment, actor=None, cause=cause)
    assert held.value.build == copy
    Build.objects.filter(pk=copy.pk).update(state=State.SUCCEEDED, finished_at=now())
    releases.put_in_place(scenes.make_release(build=copy, live=False, host_id=str(first.key)))
    environment.refresh_from_db()
    assert environment.held_by == copy
    with pytest.raises(actions.Held):
        actions.request(environment=environment, actor=None, cause=cause)
    copies.lift_hold(environment=environment, actor=publisher_of(environment))
    assert actions.request(environment=environment, actor=None, cause=cause).state == State.QUEUED


def test_a_person_publishes_the_latest_version_and_ends_the_hold(environment: Environment) -> None:
    """The hold ends when that build is what visitors see, not before."""
    first, _second = kept(environment), kept(environment)
    copy = kept(environment, brings_back=first)
    releases.put_in_place(copy.release)
    Environment.objects.filter(pk=environment.pk).update(held_by=copy)
    build = actions.request(environment=environment, actor=publisher_of(environment))
    environment.refresh_from_db()
    assert environment.held_by == copy
    Build.objects.filter(pk=build.pk).update(state=State.SUCCEEDED, finished_at=now())
    releases.mark_live(releases.record(Build.objects.get(pk=build.pk)))
    environment.refresh_from_db()
    assert (environment.held_by, environment.live_release.build) == (None, build)


def test_bringing_the_newest_version_back_holds_nothing(environment: Environment) -> None:
    """Undo: what is live then is no earlier version."""
    first, second = kept(environment), kept(environment)
    earlier = kept(environment, brings_back=first, base=second, finished_at=now())
    releases.put_in_place(earlier.release)
    environment.refresh_from_db()
    assert copies.can_be_undone(earlier)
    undone = copies.undo(build=earlier, actor=publisher_of(environment))
    assert (undone.brings_back, undone.anyway) == (second, True)
    Build.objects.filter(pk=undone.pk).update(state=State.SUCCEEDED, finished_at=now())
    releases.put_in_place(scenes.make_release(build=undone, live=False, host_id=str(second.key)))
    environment.refresh_from_db()
    assert (environment.held_by, environment.live_release.build) == (None, undone)


def test_undo_is_offered_for_ten_minutes(environment: Environment) -> None:
    """Afterwards one brings the other version back, with the dialog."""
    first, second = kept(environment), kept(environment)
    earlier = kept(environment, brings_back=first, base=second)
    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        assert not copies.can_be_undone(earlier)


def test_it_can_be_left_while_in_line_and_not_stopped_later(environment: Environment) -> None:
    """Half of two versions is worse than either."""
    first, _second = kept(environment), kept(environment)
    copy = copies.bring_back(build=first, actor=None)
    actions.cancel(build=copy, actor=None)
    assert Build.objects.get(pk=copy.pk).state == State.CANCELED
    begun = scenes.make_build(environment=environment, state=State.STARTING, brings_back=first)
    with pytest.raises(actions.TooLate):
        actions.cancel(build=begun, actor=None)


def test_staging_is_copied_to_the_live_site(environment: Environment) -> None:
    """By those who may publish there."""
    staging = scenes.make_environment(site=environment.site, slug="staging", target="/srv/staging")
    build = kept(staging)
    Release.objects.filter(build=build).update(report={"bound_to": {"files": 0, "noindex": 0}}, pages=3)
    copy = copies.promote(build=build, environment=environment, actor=publisher_of(environment))
    assert (copy.environment, copy.promotes, copy.copied) == (environment, build, build)
    with pytest.raises(actions.NotAllowed):
        copies.promote(
            build=build, environment=environment, actor=scenes.make_person(Role.READER, site=environment.site)
        )


@pytest.mark.parametrize(
    ("bound", "target", "why"),
    [
        (None, "/srv/live", "Nobody looked"),
        ({"files": 3, "noindex": 0}, "/srv/live", "name the address of Staging"),
        ({"files": 0, "noindex": 3}, "/srv/live", "leave them out"),
        ({"files": 0, "noindex": 0}, "s3://live", "different kinds"),
        ({"files": 0, "noindex": 0}, "", "keeps no versions"),
        ({"files": 0, "noindex": 0}, "/srv/live", ""),
    ],
)
def test_only_what_fits_the_other_place_is_copied(bound: dict[str, int] | None, target: str, why: str) -> None:
    """Pages that name their own address would send visitors back."""
    staging = scenes.make_environment(slug="staging", name="Staging", kind="staging", target="/srv/staging")
    live = scenes.make_environment(site=staging.site, target=target)
    build = kept(staging)
    Release.objects.filter(build=build).update(report={"bound_to": bound}, pages=3)
    said = copies.why_not_promoted(Build.objects.get(pk=build.pk), live)
    assert (why in said, bool(said)) == (True, bool(why))


def test_much_of_a_site_vanishes_only_when_a_publisher_says_so(environment: Environment) -> None:
    """The build after a held-back one carries the word to the pipeline."""
    held_back = scenes.make_build(environment=environment, state=State.FAILED, error_class="held_back")
    build = actions.publish_anyway(build=held_back, actor=publisher_of(environment))
    assert (build.anyway, build.retry_of) == (True, held_back)
    assert actions.request(environment=environment, actor=None) != build
    with pytest.raises(actions.NotAllowed):
        actions.publish_anyway(build=held_back, actor=scenes.make_person(Role.EDITOR, site=environment.site))
