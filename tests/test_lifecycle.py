"""The table of states and moves."""

from itertools import product
from pathlib import Path

import pytest

from deploys.lifecycle import ACTIVE, ENDED, MEANING, MOVES, OPEN, State, next_state
from deploys.management.commands.draw_lifecycle import drawing
from deploys.models import Build
from deploys.transitions import IllegalMove, advance
from tests import scenes


@pytest.mark.django_db
@pytest.mark.parametrize(("old", "new"), list(product(State, State)))
def test_only_listed_moves_are_possible(old: State, new: State) -> None:
    """The table is the law: a listed move leaves one event, every other raises and leaves none."""
    build = scenes.make_build(state=old)
    facts = {"pipeline_id": 7} if new in {State.PENDING, State.RUNNING, State.WAITING} else {}
    if new in MOVES[old]:
        assert advance(build, new, **facts) is True
        assert [(event.old, event.new) for event in build.events.all()] == [(old, new)]
        assert Build.objects.get(pk=build.pk).state == new
    elif new == old:
        assert advance(build, new) is False
        assert not build.events.exists()
    else:
        with pytest.raises(IllegalMove):
            advance(build, new)
        assert Build.objects.get(pk=build.pk).state == old
        assert not build.events.exists()


@pytest.mark.django_db
def test_the_second_of_two_workers_loses_quietly() -> None:
    """Both read the same row; one moves it, the other gets False and adds no event."""
    build = scenes.make_build(state=State.RUNNING)
    other = Build.objects.get(pk=build.pk)
    assert advance(build, State.SUCCEEDED) is True
    assert advance(other, State.FAILED) is False
    assert other.state == State.SUCCEEDED
    assert build.events.count() == 1


@pytest.mark.django_db
def test_a_late_attempt_changes_nothing() -> None:
    """The number of attempts fences a worker whose lease ran out."""
    build = scenes.make_build(state=State.STARTING, attempts=2)
    assert advance(build, State.FAILED, attempt=1) is False
    assert Build.objects.get(pk=build.pk).state == State.STARTING


@pytest.mark.django_db
def test_every_move_is_seen_by_pages_that_watch() -> None:
    """The environment's version counts up with each move."""
    build = scenes.make_build(state=State.RUNNING)
    before = build.environment.version
    advance(build, State.FAILED)
    build.environment.refresh_from_db()
    assert build.environment.version == before + 1


@pytest.mark.django_db
def test_a_reopened_build_forgets_its_end() -> None:
    """Retried in GitLab: no end time, no error, no request to stop is left."""
    build = scenes.make_build(state=State.FAILED, error_class="timeout", error_facts={"limit_minutes": 5})
    advance(build, State.RUNNING)
    assert (build.finished_at, build.error_class, build.error_facts) == (None, "", {})


@pytest.mark.parametrize("state", State)
def test_every_state_is_open_or_ended(state: State) -> None:
    """No state is both or neither, and the active ones are open."""
    assert (state in OPEN) != (state in ENDED)
    assert state not in ACTIVE or state in OPEN


@pytest.mark.parametrize(("current", "status"), list(product(State, [*MEANING, "brand_new_status"])))
def test_a_status_leads_along_listed_moves_only(current: State, status: str) -> None:
    """Whatever GitLab says, the next state is one that the table allows, and a few steps settle."""
    for _ in range(4):
        target = next_state(current, status)
        if target is None:
            return
        assert target in MOVES[current]
        current = target
    pytest.fail(f"{status} never settles")


@pytest.mark.parametrize(
    ("current", "status", "expected"),
    [
        (State.SUCCEEDED, "running", State.RUNNING),
        (State.SUCCEEDED, "pending", State.RUNNING),
        (State.SUCCEEDED, "failed", State.RUNNING),
        (State.RUNNING, "pending", None),
        (State.RUNNING, "waiting_for_resource", None),
        (State.WAITING, "pending", State.RUNNING),
        (State.RUNNING, "canceling", None),
        (State.PENDING, "skipped", State.FAILED),
        (State.LOST, "success", State.SUCCEEDED),
        (State.PENDING, "brand_new_status", None),
        (State.SUPERSEDED, "running", None),
    ],
)
def test_what_a_status_means(current: State, status: str, expected: State | None) -> None:
    """Steps back inside an open build are no move; a completed pipeline that runs again reopens."""
    assert next_state(current, status) == expected


def test_all_thirteen_statuses_have_a_meaning() -> None:
    """GitLab's list of pipeline statuses is covered."""
    assert len(MEANING) == 13


def test_the_drawing_is_current() -> None:
    """docs/lifecycle.md is what the table draws; `make docs` writes it."""
    page = Path(__file__).parent.parent / "docs" / "lifecycle.md"
    assert page.read_text(encoding="utf-8") == drawing()
