"""Times, durations, names and explanations in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from deploys.gitlab.refusals import REFUSALS
from deploys.lifecycle import State
from deploys.models import Build, Environment, Site
from deploys.web import clock, explanations
from deploys.web.card_model import either, join, say
from deploys.web.explanation_table import TABLE
from deploys.web.timeline import moments

NOON = datetime(2026, 11, 12, 14, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "sentence", "label"),
    [
        (datetime(2026, 11, 12, 11, 20, tzinfo=UTC), "today at 11:20", "Today 11:20"),
        (datetime(2026, 11, 11, 17, 44, tzinfo=UTC), "yesterday at 17:44", "Yesterday 17:44"),
        (datetime(2026, 11, 10, 16, 5, tzinfo=UTC), "10 November at 16:05", "10 November 16:05"),
        (datetime(2025, 11, 10, 16, 5, tzinfo=UTC), "10 November 2025 at 16:05", "10 November 2025 16:05"),
    ],
)
def test_moments_read_as_the_design_says(moment: datetime, sentence: str, label: str) -> None:
    """Today, yesterday, the day, and the year if it is not this one."""
    assert clock.moment_words(moment, NOON) == sentence
    assert clock.moment_label(moment, NOON) == label


def test_days_change_at_midnight_of_the_active_zone() -> None:
    """23:30 in London is tomorrow in Tokyo."""
    late = datetime(2026, 11, 12, 16, 30, tzinfo=UTC)
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        assert clock.moment_words(late, late + timedelta(hours=1)) == "today at 01:30"
        assert clock.moment_words(NOON, late) == "yesterday at 23:31"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (34, "34 s"), (59.6, "1 min 0 s"), (248, "4 min 8 s"), (3840, "1 h 4 min"), (-3, "0 s")],
)
def test_durations_read_as_the_design_says(seconds: float, words: str) -> None:
    """Seconds, minutes with seconds, hours with minutes."""
    assert clock.duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, ""),
        (29, "almost done"),
        (30, "about a minute left"),
        (89, "about a minute left"),
        (90, "about 2 minutes left"),
        (121, "about 3 minutes left"),
    ],
)
def test_what_is_left_is_rounded_up(seconds: float, words: str) -> None:
    """Never less than it takes, and no number once the usual time is over."""
    assert clock.time_left(seconds) == words


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], ""),
        (["Ana"], "Ana"),
        (["Ana", "Mei"], "Ana or Mei"),
        (["Ana", "Mei", "Tom"], "Ana, Mei or Tom"),
        (["A", "B", "C", "D", "E", "F"], "A, B, C, D or 2 others"),
    ],
)
def test_names_are_joined(names: list[str], words: str) -> None:
    """At most four, then how many others."""
    assert either(names) == words


def test_sentences_escape_what_is_filled_in() -> None:
    """Data never becomes markup, and what is safe is not escaped twice."""
    assert say("{name} did it.", name="<b>") == "&lt;b&gt; did it."
    assert join(say("{name}.", name="<b>"), "", "<i>") == "&lt;b&gt;. &lt;i&gt;"


def build_of(error_class: str, **facts: Any) -> Build:
    """A failed build in memory."""
    site = Site(name="Museum", slug="museum", cms_url="https://cms.example/")
    environment = Environment(site=site, name="Live", url="https://m.example/", time_limit=timedelta(hours=1))
    return Build(site=site, environment=environment, state=State.FAILED, error_class=error_class, error_facts=facts)


@pytest.mark.parametrize("code", [*TABLE, *(row.error_class for row in REFUSALS), "never_heard_of"])
@pytest.mark.parametrize("facts", [{}, {"page": "{field}", "detail": "100 % {0} broken", "count": 3, "job": None}])
def test_every_class_has_words_whatever_is_known(code: str, facts: dict[str, Any]) -> None:
    """No class is left without a headline, a cause and a next step, and braces in the data do no harm."""
    told = explanations.explain(build_of(code, **facts), touched=False)
    assert told.headline
    assert told.happened
    assert told.todo
    assert told.main in {"cms", "retry", "link", "log", "site"}
    assert "{page}" not in told.headline + "".join(told.happened)


def test_the_most_particular_sentence_is_said() -> None:
    """With all facts known the person and the time are named; the time is put in words."""
    known = {"page": "Café", "file": "a.jpg", "deleted_by": "Tomás Lind", "deleted_at": "2020-03-01T10:00:00Z"}
    told = explanations.explain(build_of("asset_missing", **known), touched=False)
    assert told.happened == ["“Café” shows the image a.jpg. Tomás Lind deleted it 1 March 2020 at 10:00."]


@pytest.mark.parametrize("nonsense", ["yesterday", "2026-13-99T00:00:00Z", ""])
def test_a_time_that_is_none_is_left_out(nonsense: str) -> None:
    """A build may print anything."""
    known = {"page": "Café", "file": "a.jpg", "deleted_by": "T", "deleted_at": nonsense}
    told = explanations.explain(build_of("asset_missing", **known), touched=False)
    assert told.happened == ["“Café” shows the image a.jpg, which is not there any more."]


def test_a_lost_build_without_a_class_lost_contact() -> None:
    """Given up is not the same as failed for an unknown reason."""
    build = build_of("")
    assert explanations.code_of(build) == "unknown"
    build.state = State.LOST
    assert explanations.code_of(build) == "lost_contact"


def test_the_timeline_words_moves_without_a_note() -> None:
    """An event that only moved the build reads in the words of people."""
    from deploys.models import Event

    events = [Event(old="queued", new="starting"), Event(note="Somebody did something"), Event(new="failed")]
    assert [moment.words for moment in moments(events)] == [
        "Its turn has come",
        "Somebody did something",
        "Failed",
    ]


def test_the_timeline_does_not_call_a_held_back_build_failed() -> None:
    """Whatever the event's own note says."""
    from deploys.models import Event

    events = [Event(old=State.RUNNING, new=State.FAILED, note="Failed", at=NOON)]
    moment = moments(events, is_held_back=True)[0]
    assert (moment.words, moment.tone) == ("Held back: nothing was changed", "")
