"""How checks are carried out, shown and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from deploys.doctor.model import CannotLook, Check, Checked, Finding, Look, NobodyCanLook, NothingThere, State, Thing
from deploys.doctor.report import Report, data_of
from deploys.doctor.run import exit_code, run

THING = Thing("thing.one", "One thing")


def check(*looks: Callable[[], Iterable[Finding]], key: str = "things") -> Check:
    """A check with these parts."""
    return Check(key=key, title="Things", docs="docs/x.md#y", looks=tuple(Look(thing=THING, run=one) for one in looks))


def states(checked: Iterable[Checked]) -> list[list[str]]:
    """The states of all findings, by check."""
    return [[finding.state.value for finding in one.findings] for one in checked]


def cannot() -> Iterable[Finding]:
    """A part that may not look."""
    raise CannotLook("Not allowed.", "Allow it.")


def nothing() -> Iterable[Finding]:
    """A part whose thing is not there."""
    raise NothingThere("there is no bucket")


def nobody() -> Iterable[Finding]:
    """A part that nobody can look at, nor anything after it."""
    raise NobodyCanLook("No keys.", "Make some.")


def fine() -> Iterable[Finding]:
    """A part where all is well."""
    return [THING.ok("Fine.")]


def missing() -> Iterable[Finding]:
    """A part where something is missing."""
    return [THING.missing("Gone.", "Make it.", "make it\nmake sure")]


def advice() -> Iterable[Finding]:
    """A part with advice alone."""
    return [THING.wrong("Slow.", "Speed it up.", is_needed=False)]


def test_what_cannot_be_looked_at_keeps_nothing_else_from_being_seen() -> None:
    """It is unknown, once, and the rest is looked at."""
    assert states(run([check(cannot, cannot, fine)])) == [["unknown", "ok"]]


def test_what_waits_for_something_that_is_said_to_be_missing_goes_without_saying() -> None:
    """Alone it is unknown, with the reason."""
    assert states(run([check(missing, nothing, nothing)])) == [["missing"]]
    (alone,) = run([check(fine, nothing, nothing)])
    assert [finding.sentence for finding in alone.findings] == ["Fine.", "Not looked at: there is no bucket."]


def test_nothing_is_asked_after_nobody_can_look() -> None:
    """The checks that follow are not begun."""
    assert states(run([check(fine, nobody, fine), check(fine)])) == [["ok", "unknown"]]


def test_findings_take_the_page_of_their_step_where_there_is_something_to_do() -> None:
    """What is well needs no page."""
    (checked,) = run([check(fine, missing)], of="museum/live")
    assert [finding.docs for finding in checked.findings] == ["", "docs/x.md#y"]
    assert checked.of == "museum/live"


@pytest.mark.parametrize(
    ("parts", "state", "code"),
    [
        ([fine], State.OK, 0),
        ([fine, advice], State.OK, 0),
        ([fine, cannot], State.UNKNOWN, 3),
        ([cannot, missing], State.MISSING, 1),
        ([], State.OK, 0),
    ],
)
def test_the_worst_of_what_counts_decides(
    parts: list[Callable[[], Iterable[Finding]]], state: State, code: int
) -> None:
    """Advice never does; not seen is no failure and no success."""
    (checked,) = run([check(*parts)])
    assert (checked.state, exit_code([checked])) == (state, code)


def test_a_person_reads_what_where_and_what_to_do() -> None:
    """Each command on a line of its own, advice called so."""
    (checked,) = run([check(fine, missing, advice)], of="museum/live")
    assert list(Report().lines_of(checked)) == [
        "Things: missing",
        "  ok        One thing: Fine.",
        "  missing   One thing: Gone.",
        "            → Make it.",
        "              $ make it",
        "              $ make sure",
        "              see docs/x.md#y",
        "  wrong     One thing: (advice) Slow.",
        "            → Speed it up.",
        "              see docs/x.md#y",
    ]
    assert list(Report().closing([checked]))[:2] == [
        "In all: 1 missing.",
        "Begin with museum/live, Things, One thing: Gone.",
    ]


def test_a_command_is_told_once_and_again_at_the_end() -> None:
    """The same stack makes many things."""
    report, checked = Report(), list(run([check(missing), check(missing)]))
    told = [line for one in checked for line in report.lines_of(one) if "$" in line]
    assert [line.strip() for line in told] == ["$ make it", "$ make sure", "$ as above"]
    assert [line.strip() for line in report.closing(checked) if "$" in line] == ["$ make it", "$ make sure"]


def test_what_is_wrong_comes_before_what_was_not_seen() -> None:
    """One begins with what is known."""
    checked = list(run([check(cannot), check(missing)]))
    assert next(Report().closing(checked)) == "In all: 1 missing, 1 not seen."
    assert "→ Make it." in list(Report().closing(checked))[2]
    assert list(Report().closing(list(run([check(fine)])))) == ["Everything that was looked at is as it must be."]


def test_a_machine_reads_the_same() -> None:
    """All fields, states by their stable names."""
    (checked,) = run([check(missing)], of="museum/live")
    assert data_of(checked) == {
        "of": "museum/live",
        "key": "things",
        "title": "Things",
        "state": "missing",
        "findings": [
            {
                "key": "thing.one",
                "subject": "One thing",
                "state": "missing",
                "sentence": "Gone.",
                "next_step": "Make it.",
                "command": "make it\nmake sure",
                "docs": "docs/x.md#y",
                "is_needed": True,
            }
        ],
    }
