"""Dates as CMSs write them, as aware times in UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from deploys.content.sources.errors import ErrorClass, SourceRefused
from deploys.content.sources.types import JSON

_SPACE_BEFORE_OFFSET = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)")
_EPOCH = re.compile(r"-?\d{9,14}(\.\d+)?")
# Seconds reach this number in the year 5138, milliseconds reached it in 1973.
_FIRST_MILLISECONDS = 100_000_000_000
_NEVER = "0000-00-00"


def zone_called(name: str) -> tzinfo:
    """Give the time zone of an IANA name. Raises SourceRefused for an unknown one."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise SourceRefused(
            f"“{name[:60]}” is no time zone: use a name like “Europe/Berlin” or “UTC”.",
            error_class=ErrorClass.CONFIG_WRONG,
        ) from error


def is_empty(value: JSON) -> bool:
    """Say whether a value stands for “no date”: WordPress writes zeros, others an empty string."""
    return value is None or value is False or (isinstance(value, str) and value.strip()[:10] in ("", _NEVER))


def moment(value: JSON, zone: tzinfo) -> datetime | None:
    """Give the time in UTC, None for what is no date.

    Reads ISO 8601 with or without a zone, dates alone (midnight), and epoch seconds or milliseconds, as number or
    text. zone: for values that carry none.
    """
    try:
        found = _read(value, zone)
        return found.astimezone(UTC) if found else None
    except (ValueError, OverflowError, OSError):
        return None


def _read(value: JSON, zone: tzinfo) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime.combine(value, time(), tzinfo=zone)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_epoch(float(value))
    if not isinstance(value, str) or is_empty(value):
        return None
    text = value.strip()
    if _EPOCH.fullmatch(text):
        return _of_epoch(float(text))
    text = _SPACE_BEFORE_OFFSET.sub("", text.removesuffix(" UTC") + ("Z" if text.endswith(" UTC") else ""))
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _of_epoch(number: float) -> datetime:
    seconds = number / 1000 if abs(number) >= _FIRST_MILLISECONDS else number
    return datetime.fromtimestamp(seconds, UTC)
