"""The first content, and what happens to it at the next start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Flask

from sandbox.cms import CMSOptions, create_cms
from sandbox.cms.clock import in_words, now
from sandbox.cms.seed import moment_from
from sandbox.cms.store import Store

AT = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)


def test_the_seed_has_all_that_the_demonstration_needs(store: Store) -> None:
    """Pages, news and events; a draft, a future date and an expired entry."""
    moment = now()
    entries = store.entries()

    assert {entry.type for entry in entries} == {"page", "news", "event"}
    assert {entry.state(moment) for entry in entries} == {"published", "draft", "scheduled", "expired"}
    assert all(entry.updated_at <= moment for entry in entries)


def test_a_second_start_leaves_the_editors_work_alone(app: Flask, options: CMSOptions, store: Store) -> None:
    """Nothing comes back and nothing is doubled, even when every entry is in the trash."""
    for entry in store.entries():
        store.trash(entry.id, editor="Ana Ribeiro", at=now())
    create_cms(options)

    assert store.entries() == []
    assert len(store.entries(deleted=True)) == 34


def test_times_of_the_seed_are_relative_to_its_planting() -> None:
    """Hours and days, back and forth; nothing for nothing."""
    assert moment_from("-3h", AT) == AT - timedelta(hours=3)
    assert moment_from("+5d", AT) == AT + timedelta(days=5)
    assert moment_from("", AT) is None


def test_moments_are_told_with_the_clock_time_first_known_day() -> None:
    """Today, yesterday, tomorrow, then the date, then the year too."""
    assert in_words(AT, AT) == "today 12:00"
    assert in_words(AT - timedelta(days=1), AT) == "yesterday 12:00"
    assert in_words(AT + timedelta(days=1), AT) == "tomorrow 12:00"
    assert in_words(AT - timedelta(days=2), AT) == "10 November 12:00"
    assert in_words(AT - timedelta(days=365), AT) == "12 November 2025 12:00"
