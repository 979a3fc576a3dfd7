"""Times as the museum's editors read and type them; everything stored is UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

MUSEUM_ZONE = ZoneInfo("Europe/Lisbon")
ZONE_NAME = "Lisbon time"
FIELD_FORMAT = "%Y-%m-%dT%H:%M"
YEARS = range(2000, 2101)


def now() -> datetime:
    """The current time in UTC, without fractions of a second."""
    return datetime.now(UTC).replace(microsecond=0)


def stored(moment: datetime | None) -> str | None:
    """A moment as it is kept in the database and sent in the feed: ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def loaded(text: str | None) -> datetime | None:
    """The moment that ``stored`` wrote."""
    return datetime.fromisoformat(text) if text else None


def for_field(moment: datetime | None) -> str:
    """A moment as the value of a ``datetime-local`` field, in museum time."""
    return moment.astimezone(MUSEUM_ZONE).strftime(FIELD_FORMAT) if moment else ""


def from_field(text: str) -> datetime | None:
    """The moment typed into a ``datetime-local`` field; None when empty. Raises ValueError."""
    if not text.strip():
        return None
    typed = datetime.fromisoformat(text.strip())
    if typed.year not in YEARS:
        raise ValueError(f"{typed.year} is not a year of this museum")
    return typed.replace(tzinfo=MUSEUM_ZONE).astimezone(UTC)


def in_words(moment: datetime, seen_at: datetime) -> str:
    """Clock time first: today 14:02, yesterday 17:44, 10 November 16:05; the year if it is another one."""
    local, today = moment.astimezone(MUSEUM_ZONE), seen_at.astimezone(MUSEUM_ZONE)
    clock = f"{local:%H:%M}"
    days = (today.date() - local.date()).days
    named = {0: "today", 1: "yesterday", -1: "tomorrow"}.get(days)
    if named:
        return f"{named} {clock}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local:%B}{year} {clock}"
