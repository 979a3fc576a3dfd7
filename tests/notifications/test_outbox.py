"""What happened is noted in the transaction in which it happened, once, and told by nobody before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils.timezone import now

from deploys.builds import approvals, freezes
from deploys.lifecycle import State
from deploys.models import Kind, Occurrence, Proof, Role
from deploys.notifications.sentences import words_of
from deploys.outbox import tell
from deploys.releases import actions as releases
from deploys.transitions import advance
from tests.notifications.scenes import fail, mei, museum, running
from tests.scenes import make_build, make_person, make_release

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    """What was noted, in order."""
    return list(Occurrence.objects.values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (State.RUNNING, State.FAILED, Kind.FAILED),
        (State.RUNNING, State.LOST, Kind.FAILED),
        (State.RUNNING, State.CANCELED, Kind.STOPPED),
        (State.STARTING, State.UNKNOWN, Kind.UNCLEAR),
    ],
)
def test_an_end_is_noted_with_its_move(start: State, end: State, expected: Kind) -> None:
    """The event and what is told of it are one."""
    build = make_build(state=start)
    advance(build, end)
    found = Occurrence.objects.get()
    assert (found.kind, found.build, found.environment) == (expected, build, build.environment)
    assert found.key == f"event-{build.events.get(new=end).pk}"


def test_a_held_back_publish_has_a_kind_of_its_own() -> None:
    """Its word is another one on the card too."""
    fail(running(museum()), "held_back")
    assert kinds() == [Kind.HELD_BACK]


@pytest.mark.parametrize("end", [State.SUCCEEDED, State.WAITING])
def test_a_green_pipeline_is_not_told(end: State) -> None:
    """It is live when the site shows it."""
    advance(make_build(state=State.RUNNING), end)
    assert kinds() == []


def test_going_live_is_told_when_it_is_proved() -> None:
    """By whoever saw it on the site."""
    release = make_release(live=False)
    releases.mark_live(release)
    assert kinds() == [Kind.LIVE]


def test_where_nothing_can_be_checked_the_end_is_told_once() -> None:
    """However often the release is recorded."""
    build = make_build(environment=museum(marker_url=""), state=State.SUCCEEDED)
    assert releases.record(build).proof == Proof.UNCHECKED
    assert kinds() == [Kind.LIVE]


def test_a_press_that_was_taken_back_in_line_is_told_to_nobody() -> None:
    """By whoever pressed; somebody else's doing is told."""
    environment = museum()
    person, other = mei(environment), mei(environment, first_name="Ana")
    advance(make_build(environment=environment, requested_by=person), State.CANCELED, actor=person)
    assert kinds() == []
    advance(make_build(environment=environment, requested_by=person), State.CANCELED, actor=other)
    assert kinds() == [Kind.STOPPED]


def test_a_publish_that_a_second_person_declined_is_told_with_the_reason() -> None:
    """Whoever asked reads who said no, and why."""
    environment = museum(four_eyes=True)
    ana = make_person(Role.PUBLISHER, site=environment.site, first_name="Ana", last_name="Ribeiro")
    build = make_build(environment=environment, requested_by=mei(environment))
    approvals.decline(build=build, actor=ana, reason="The prices are last year's.")
    told = Occurrence.objects.get()
    assert (told.kind, told.actor) == (Kind.STOPPED, ana)
    said = words_of(told, now())
    assert said.headline == "Declined before going live"
    assert said.text[:2] == ["Ana Ribeiro declined it: “The prices are last year's”.", "The live site was not touched."]


def test_a_pause_is_told_when_it_begins_and_when_it_ends() -> None:
    """Who, why, until when; and how much was waiting, also where it ends by itself."""
    environment = museum()
    admin = make_person(Role.ADMIN, site=environment.site)
    until = now() + timedelta(hours=1)
    freezes.begin(environment=environment, actor=admin, reason="Launch day", ends_at=until)
    make_build(environment=environment)
    with time_machine.travel(until + timedelta(seconds=1)):
        freezes.end_due()
        freezes.end_due()
    began, ended = Occurrence.objects.all()
    assert (began.kind, began.actor, began.environment) == (Kind.FREEZE_BEGAN, admin, environment)
    assert began.facts == {"reason": "Launch day", "until": until.isoformat()}
    assert (ended.kind, ended.actor, ended.facts) == (Kind.FREEZE_ENDED, None, {"waiting": 1})
    assert words_of(began, now()).headline.startswith("Publishing is paused until ")
    assert words_of(ended, now()).text == ["1 publish was waiting and goes out now."]


def test_what_is_rolled_back_was_never_told(told: list[tuple[str, int]]) -> None:
    """The row goes with its transaction."""
    build = running(museum())
    with pytest.raises(RuntimeError), transaction.atomic():
        fail(build)
        raise RuntimeError
    assert kinds() == []


def test_the_worker_hears_after_the_commit(
    told: list[tuple[str, int]], django_capture_on_commit_callbacks: Any
) -> None:
    """With the row's id."""
    environment = museum()
    with django_capture_on_commit_callbacks(execute=True):
        tell(Kind.FREEZE_BEGAN, key="freeze-1", environment=environment, facts={"reason": "Fair"})
        assert told == []
    assert told == [("notifications.tasks.tell", Occurrence.objects.get().pk)]


def test_the_same_key_is_the_same_occurrence() -> None:
    """Said twice, told once."""
    environment = museum()
    facts = {"planned_at": "2026-11-12T09:00:00+00:00"}
    assert tell(Kind.PLAN_MISSED, key="plan-7", environment=environment, facts=facts) is True
    assert tell(Kind.PLAN_MISSED, key="plan-7", environment=environment, facts=facts) is False
    assert kinds() == [Kind.PLAN_MISSED]


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        (Kind.PLAN_MISSED, {}),
        (Kind.CONTENT_LATE, {"planned_at": "2026-11-12T09:00:00+00:00"}),
        (Kind.CONTENT_LATE, {"planned_at": "2026-11-12T09:00:00+00:00", "count": 1, "title": "A secret draft"}),
        (Kind.FREEZE_BEGAN, {}),
        (Kind.FAILED, {}),
    ],
)
def test_facts_that_no_sentence_knows_are_refused(kind: Kind, facts: dict[str, object]) -> None:
    """Missing ones and text of the content alike; a failure needs its build."""
    with pytest.raises(ValueError, match=kind.value):
        tell(kind, key="k", environment=museum(), facts=facts)
