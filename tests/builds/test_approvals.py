"""Four eyes: a build waits in line until a second person approves or declines it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from deploys.builds import actions, approvals, copies, freezes
from deploys.builds.steps import collect
from deploys.builds.steps.apply import wake_next
from deploys.builds.steps.claim import claim
from deploys.lifecycle import State
from deploys.models import Build, Cause, Environment, EnvironmentKind, HostState, Role, User
from tests import scenes

pytestmark = pytest.mark.django_db


def place(**facts: Any) -> tuple[Environment, User, User]:
    """An environment with the rule, an editor and a publisher."""
    environment = scenes.make_environment(four_eyes=True, **facts)
    editor = scenes.make_person(Role.EDITOR, site=environment.site)
    return environment, editor, scenes.make_person(Role.PUBLISHER, site=environment.site)


def notes(build: Build) -> list[str]:
    """What happened to it, in words."""
    return list(build.events.values_list("note", flat=True))


def test_a_press_waits_until_a_second_person_approves(told: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    """No worker gets it before; then it is woken, and the timeline names both."""
    environment, editor, publisher = place()
    build = actions.request(environment=environment, actor=editor)
    assert claim(build.pk) is None
    told.clear()
    with django_capture_on_commit_callbacks(execute=True):
        approvals.approve(build=build, actor=publisher)
    assert [message for message in told if "start" in message[0]] == [("builds.tasks.start_build", build.pk)]
    assert (build.approved_by, build.state) == (publisher, State.QUEUED)
    assert claim(build.pk) is not None
    assert notes(build)[1:3] == ["It waits for a second person to approve it", f"{publisher.name} approved it"]


def test_without_the_rule_nothing_waits() -> None:
    """The usual case."""
    environment, editor, _publisher = place()
    Environment.objects.update(four_eyes=False)
    environment.refresh_from_db()
    build = actions.request(environment=environment, actor=editor)
    assert "It waits for a second person to approve it" not in notes(build)
    assert claim(build.pk) is not None


def test_taking_the_rule_away_lets_go_what_waits() -> None:
    """Nobody has to approve what nobody has to approve."""
    environment, editor, publisher = place()
    build = actions.request(environment=environment, actor=editor)
    Environment.objects.update(four_eyes=False)
    with pytest.raises(approvals.NotWaiting):
        approvals.approve(build=build, actor=publisher)
    assert claim(build.pk) is not None


@pytest.mark.parametrize("role", [Role.PUBLISHER, Role.ADMIN])
def test_nobody_approves_what_they_asked_for(role: Role) -> None:
    """Not even admins; the refusal names those who can."""
    environment, _editor, publisher = place()
    person = scenes.make_person(role, site=environment.site)
    build = actions.request(environment=environment, actor=person)
    for answer in (
        lambda: approvals.approve(build=build, actor=person),
        lambda: approvals.decline(build=build, actor=person, reason="mine"),
    ):
        with pytest.raises(actions.NotAllowed) as caught:
            answer()
        assert caught.value.people == [publisher]
    build.refresh_from_db()
    assert (build.approved_by, build.state) == (None, State.QUEUED)


def test_nobody_approves_what_they_joined() -> None:
    """Whoever joined wants it too, so that only a third person is left."""
    environment, editor, publisher = place()
    build = actions.request(environment=environment, actor=editor)
    assert actions.request(environment=environment, actor=publisher) == build
    with pytest.raises(actions.NotAllowed) as caught:
        approvals.approve(build=build, actor=publisher)
    assert caught.value.people == []
    third = scenes.make_person(Role.ADMIN, site=environment.site)
    assert approvals.who_may_approve(build) == [third]
    approvals.approve(build=build, actor=third)
    assert claim(build.pk) is not None


@pytest.mark.parametrize("role", [Role.READER, Role.EDITOR, None])
def test_it_takes_a_publisher(role: Role | None) -> None:
    """An editor's word is not the second one, nor is that of a publisher of another site."""
    environment, editor, publisher = place()
    other = scenes.make_person(role or Role.ADMIN, site=environment.site if role else scenes.make_site())
    build = actions.request(environment=environment, actor=editor)
    with pytest.raises(actions.NotAllowed) as caught:
        approvals.approve(build=build, actor=other)
    assert caught.value.people == [publisher]


def test_the_database_refuses_an_approval_by_the_requester_and_half_a_one() -> None:
    """Whatever code asks for it."""
    _environment, editor, publisher = place()
    build = scenes.make_build(environment=_environment, requested_by=editor)
    rows = Build.objects.filter(pk=build.pk)
    with pytest.raises(IntegrityError, match="nobody_approves_their_own_build"), transaction.atomic():
        rows.update(approved_by=editor, approved_at=now())
    with pytest.raises(IntegrityError, match="an_approval_has_a_person_and_a_time"), transaction.atomic():
        rows.update(approved_by=publisher)
    rows.update(approved_by=publisher, approved_at=now())


def test_declining_ends_it_with_a_reason() -> None:
    """It counts as stopped, nothing is started, and the next press is a build of its own."""
    environment, editor, publisher = place()
    build = actions.request(environment=environment, actor=editor)
    approvals.decline(build=build, actor=publisher, reason="The prices are last year's")
    assert (build.state, build.cancel_requested_by) == (State.CANCELED, publisher)
    assert (build.error_class, build.error_facts["reason"]) == (approvals.DECLINED, "The prices are last year's")
    assert notes(build)[-1] == f"{publisher.name} declined it: The prices are last year's"
    assert claim(build.pk) is None
    assert actions.request(environment=environment, actor=editor) != build


def test_an_answer_too_late_changes_nothing() -> None:
    """Stopped, approved or under way meanwhile."""
    environment, editor, publisher = place()
    build = actions.request(environment=environment, actor=editor)
    approvals.approve(build=build, actor=publisher)
    for answer in (
        lambda: approvals.approve(build=build, actor=publisher),
        lambda: approvals.decline(build=build, actor=publisher, reason="late"),
    ):
        with pytest.raises(approvals.NotWaiting):
            answer()
    stale = Build.objects.get(pk=build.pk)
    actions.cancel(build=build, actor=editor)
    with pytest.raises(approvals.NotWaiting):
        approvals.approve(build=stale, actor=publisher)


def test_what_changed_since_it_was_read_is_not_approved() -> None:
    """The person looks again first."""
    environment, editor, publisher = place()
    build = actions.request(environment=environment, actor=editor)
    with pytest.raises(approvals.ChangedMeanwhile):
        approvals.approve(build=build, actor=publisher, is_as_read=False)
    assert claim(build.pk) is None


@pytest.mark.parametrize("again", ["same", "other", "schedule"])
def test_another_press_on_an_approved_build_needs_another_approval(again: str) -> None:
    """It stood behind another build; what goes live now may be something else."""
    environment, editor, publisher = place()
    scenes.make_build(environment=environment, state=State.RUNNING)
    build = actions.request(environment=environment, actor=editor)
    approvals.approve(build=build, actor=publisher)
    other = scenes.make_person(Role.EDITOR, site=environment.site)
    actor = {"same": editor, "other": other, "schedule": None}[again]
    cause = Cause.SCHEDULE if again == "schedule" else Cause.PERSON
    assert actions.request(environment=environment, actor=actor, cause=cause) == build
    build.refresh_from_db()
    assert (build.approved_by, build.approved_at) == (None, None)
    assert notes(build)[-1].endswith("asked for it too, so it has to be approved again")


@pytest.mark.parametrize("cause", [Cause.SCHEDULE, Cause.CMS, Cause.API, Cause.COMMAND])
def test_what_nobody_pressed_waits_too(cause: Cause) -> None:
    """The rule is about what goes live; one person is enough then, as nobody asked."""
    environment, _editor, publisher = place()
    build = actions.request(environment=environment, actor=None, cause=cause)
    assert claim(build.pk) is None
    approvals.approve(build=build, actor=publisher)
    assert claim(build.pk) is not None


def test_trying_again_needs_an_approval_of_its_own() -> None:
    """The content is read anew."""
    environment, editor, publisher = place()
    failed = scenes.make_build(
        environment=environment, state=State.FAILED, requested_by=editor, approved_by=publisher, approved_at=now()
    )
    build = actions.retry(build=failed, actor=editor)
    assert claim(build.pk) is None


def test_publishing_in_spite_of_a_pause_needs_a_second_person_too() -> None:
    """One rule is not a way around the other."""
    environment, _editor, publisher = place()
    admin = scenes.make_person(Role.ADMIN, site=environment.site)
    freezes.begin(environment=environment, actor=admin, reason="Launch", ends_at=now().replace(year=2999))
    build = freezes.publish_through(environment=environment, actor=admin, reason="Wrong phone number")
    assert claim(build.pk) is None
    approvals.approve(build=build, actor=publisher)
    assert claim(build.pk) is not None


def test_an_earlier_version_comes_back_without() -> None:
    """In an emergency nobody should have to find a second person; visitors have seen it before."""
    environment, _editor, publisher = place(target="/srv/site")
    kept = [scenes.make_release(build=scenes.make_build(environment=environment, state=State.SUCCEEDED)) for _ in "ab"]
    HostState.objects.update_or_create(environment=environment, defaults={"kept": [one.host_id for one in kept]})
    back = copies.bring_back(build=kept[0].build, actor=publisher)
    assert claim(back.pk) is not None


def test_a_copy_of_another_place_waits() -> None:
    """Its visitors see it for the first time."""
    environment, _editor, publisher = place()
    staging = scenes.make_environment(site=environment.site, slug="staging", kind=EnvironmentKind.STAGING)
    original = scenes.make_build(environment=staging, state=State.SUCCEEDED)
    copy = scenes.make_build(environment=environment, promotes=original, requested_by=publisher)
    assert claim(copy.pk) is None


def test_previews_wait_for_nobody() -> None:
    """They go live for no visitor, even if somebody set the rule for them."""
    environment, editor, _publisher = place(kind=EnvironmentKind.PREVIEW, slug="previews")
    build = scenes.make_build(environment=environment, requested_by=editor)
    assert claim(build.pk) is not None


@pytest.mark.parametrize("is_saved_after", [True, False])
def test_what_was_saved_after_the_approval_is_told(is_saved_after: bool) -> None:
    """It goes live too, as the content is read at the start; the timeline says so, for whoever looks later."""
    environment, editor, publisher = place()
    source = scenes.make_source(site=environment.site)
    scenes.store_entries(source, [scenes.make_entry()])
    build = actions.request(environment=environment, actor=editor)
    approvals.approve(build=build, actor=publisher)
    if is_saved_after:
        scenes.store_entries(source, [scenes.make_entry(fields={"body": "We open at 10."})])
    collect.record(build, [source], now())
    words = "The content changed between the approval and the start; what was saved then goes live too"
    assert (words in notes(build)) is is_saved_after


def test_what_waits_for_a_person_holds_nobody_else_up(told: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    """When a build has ended, the next that may leave is woken, not the first in line."""
    environment, editor, publisher = place()
    scenes.make_build(environment=environment, requested_by=editor)
    earlier = scenes.make_build(environment=environment, state=State.SUCCEEDED)
    back = scenes.make_build(environment=environment, requested_by=publisher, brings_back=earlier)
    with django_capture_on_commit_callbacks(execute=True):
        wake_next(environment.pk)
    assert told == [("builds.tasks.start_build", back.pk)]
