"""Finding builds: every way of choosing, words, and pages of what matches."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from deploys.builds import finding
from deploys.builds.finding import Result, Turn, Wanted
from deploys.lifecycle import State
from deploys.models import Build, Cause, Environment, Role
from deploys.web.listing import line_of
from tests.scenes import make_build, make_environment, make_person

pytestmark = pytest.mark.django_db
PAGE = Turn(size=26)


@pytest.fixture
def environment() -> Environment:
    """A live site."""
    return make_environment()


def numbers(on: Environment, turn: Turn = PAGE, **wanted: Any) -> list[int]:
    """The numbers that are found on the site."""
    return finding.find(on.site, Wanted(**wanted), turn)


def test_each_result_finds_its_own(environment: Environment) -> None:
    """Held back is not failed, replaced is not stopped, and a bring-back is no publish."""
    published = make_build(environment=environment, state=State.SUCCEEDED)
    endings: list[tuple[State, dict[str, Any]]] = [
        (State.FAILED, {"error_class": "timeout"}),
        (State.LOST, {}),
        (State.CANCELED, {}),
        (State.SUPERSEDED, {}),
        (State.FAILED, {"error_class": "held_back"}),
        (State.SUCCEEDED, {"brings_back": published}),
        (State.QUEUED, {}),
    ]
    for state, facts in endings:
        make_build(environment=environment, state=state, **facts)
    found = {result: numbers(environment, result=result) for result in Result}
    assert found == {
        Result.PUBLISHED: [1],
        Result.FAILED: [3, 2],
        Result.STOPPED: [4],
        Result.REPLACED: [5],
        Result.HELD_BACK: [6],
        Result.BROUGHT_BACK: [7],
    }


def test_choices_are_taken_together(environment: Environment) -> None:
    """Person, cause, environment and class of failure, alone and with each other."""
    staging = make_environment(site=environment.site, slug="staging")
    ana = make_person(Role.EDITOR, site=environment.site)
    make_build(environment=environment, state=State.FAILED, requested_by=ana, error_class="timeout")
    make_build(environment=staging, state=State.FAILED, requested_by=ana, error_class="timeout")
    make_build(environment=staging, state=State.FAILED, cause=Cause.SCHEDULE, error_class="link_broken")
    make_build(state=State.FAILED, requested_by=ana, error_class="timeout")  # of another site
    assert numbers(environment, person=ana.pk) == [2, 1]
    assert numbers(environment, cause=Cause.SCHEDULE) == [3]
    assert numbers(environment, error_class="timeout") == [2, 1]
    assert numbers(environment, environment=staging) == [3, 2]
    assert numbers(environment, environment=staging, person=ana.pk, error_class="timeout") == [2]


def test_days_are_those_of_the_request(environment: Environment) -> None:
    """The beginning counts, the end does not."""
    moment = now()
    for days in (30, 20, 10):
        make_build(environment=environment, state=State.FAILED, requested_at=moment - timedelta(days=days))
    assert numbers(environment, since=moment - timedelta(days=20)) == [3, 2]
    assert numbers(environment, until=moment - timedelta(days=20)) == [1]
    assert numbers(environment, since=moment - timedelta(days=25), until=moment - timedelta(days=15)) == [2]
    assert numbers(environment, until=moment - timedelta(days=40)) == []
    assert numbers(environment, since=moment) == []


@pytest.mark.parametrize(
    "text",
    [
        "Café",
        "café",
        "CAFÉ menu",
        "menu caf",
        "boats",
        "/media/boats.svg",
        "boats.svg",
        "opening-times",
        "it's",
        "2",
        "#2",
        "build 2",
        "a1b2c3",
        "A1B2C3D4",
    ],
)
def test_a_build_is_found_by_what_it_carried_and_why_it_failed(text: str, environment: Environment) -> None:
    """Titles, the facts of the failure, the number, and the beginning of the commit; capitals do not matter."""
    make_build(environment=environment, state=State.SUCCEEDED, titles="Tickets", sha="ffff0000")
    facts = {"page": "Opening-times", "file": "/media/boats.svg", "detail": "It's\nbroken"}
    titles = "Café menu\nThe tide pool"
    make_build(environment=environment, state=State.FAILED, titles=titles, error_facts=facts, sha="a1b2c3d4e5")
    assert numbers(environment, text=text) == [2]


@pytest.mark.parametrize("text", ["zeppelin", "file", "99", "afé", "%", "\\", "'", "a:* | b", "99999999999", "((("])
def test_what_nothing_holds_finds_nothing(text: str, environment: Environment) -> None:
    """Names of facts are no words, words are found from their beginning on, and signs mean nothing."""
    make_build(environment=environment, state=State.FAILED, titles="Café menu", error_facts={"file": "boats.svg"})
    assert numbers(environment, text=text) == []


def test_words_of_a_failure_lead_to_its_class(environment: Environment) -> None:
    """And other choices still hold."""
    make_build(environment=environment, state=State.FAILED, error_class="timeout")
    make_build(environment=environment, state=State.FAILED, error_class="link_broken")
    assert numbers(environment, text="took too long", classes=("timeout",)) == [1]
    assert numbers(environment, text="took too long", classes=("timeout",), error_class="link_broken") == []


@pytest.mark.parametrize("chosen", [False, True])
@pytest.mark.parametrize("near", [3, 500])
def test_pages_of_what_was_found_leave_nothing_out(
    near: int,
    chosen: bool,
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    """Down and up again, whether the words are met near by or only by their index; two queries a page at most."""
    monkeypatch.setattr(finding, "NEAR_CHOSEN" if chosen else "NEAR", near)
    more = {"environment": environment} if chosen else {}
    for number in range(1, 31):
        make_build(environment=environment, state=State.FAILED, titles="Tickets" if number % 3 == 0 else "Hours")
    down: list[list[int]] = []
    before: int | None = None
    for _ in range(4):
        with django_assert_max_num_queries(2):
            down.append(numbers(environment, Turn(size=4, before=before), text="tickets", **more))
        before = down[-1][-1] if down[-1] else before
    assert down == [[30, 27, 24, 21], [18, 15, 12, 9], [6, 3], []]
    assert numbers(environment, Turn(size=4, after=3), text="tickets", **more) == [15, 12, 9, 6]
    assert numbers(environment, Turn(size=4, after=21), text="tickets", **more) == [30, 27, 24]


def test_classes_and_people_are_those_of_the_site(environment: Environment) -> None:
    """Each once, however often; nobody and nothing of other sites."""
    zoe, ana = (make_person(Role.EDITOR, site=environment.site, first_name=name) for name in ("Zoé", "Ana"))
    for person, error in ((zoe, "timeout"), (ana, "link_broken"), (zoe, "timeout"), (None, "")):
        make_build(environment=environment, state=State.FAILED, requested_by=person, error_class=error)
    make_build(state=State.FAILED, requested_by=make_person(), error_class="build_command")
    assert finding.classes_of(environment.site) == ["link_broken", "timeout"]
    assert finding.people_of(environment.site) == [ana, zoe]


def test_a_walk_meets_every_build_once(environment: Environment) -> None:
    """Newest first, in pieces."""
    for _ in range(7):
        make_build(environment=environment, state=State.SUCCEEDED)
    known = finding.Known.of([environment], [])
    walked: list[Build] = list(finding.walk(environment.site, Wanted(), known, size=3))
    assert [build.number for build in walked] == [7, 6, 5, 4, 3, 2, 1]


def test_what_a_list_names_is_read_along(
    environment: Environment, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The builds that others name beside themselves cost no query each."""
    later = make_build(environment=environment, state=State.SUCCEEDED)
    make_build(environment=environment, state=State.SUPERSEDED, superseded_by=later)
    make_build(environment=environment, state=State.SUCCEEDED, brings_back=later, base=later)
    known = finding.Known.of([environment], [])
    with django_assert_num_queries(1):
        builds = finding.load(environment.site, [1, 2, 3], known)
        lines = [line_of(build) for build in builds]
    assert lines[1].reason == "Build 1 includes these changes"
