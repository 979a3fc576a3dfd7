"""Moments are seconds since the epoch (float, UTC); this file writes and reads them the way GitLab does."""

import re
import time
from datetime import UTC, datetime

UNIT_SECONDS = {
    "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
    "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600,
    "d": 86400, "day": 86400, "days": 86400,
    "w": 604800, "wk": 604800, "wks": 604800, "week": 604800, "weeks": 604800,
    "mo": 2592000, "mos": 2592000, "month": 2592000, "months": 2592000,
    "y": 31557600, "yr": 31557600, "yrs": 31557600, "year": 31557600, "years": 31557600,
}  # fmt: skip
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)?\s*(?:,|and)?")


def now() -> float:
    """The current moment."""
    return time.time()


def iso(moment: float | None) -> str | None:
    """`2022-09-21T01:05:07.200Z`, as in API answers; microseconds are cut, not rounded."""
    if moment is None:
        return None
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text[:-6] + "Z"


def hook_time(moment: float | None) -> str | None:
    """`2016-08-12 15:23:28 UTC`, as in webhook bodies (GitLab docs, webhook events)."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def parse_iso(text: str) -> float:
    """The moment that an ISO 8601 text names; without an offset it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def seconds_of(text: str | int | float) -> float:
    """Seconds of a duration as written in CI files: `1h 30m`, `30 days`, `90`. Raises ValueError."""
    written = str(text).strip().lower()
    total, position = 0.0, 0
    while position < len(written):
        part = _PART.match(written, position)
        if part is None or (part[2] or "s") not in UNIT_SECONDS:
            raise ValueError(f"not a duration: {text!r}")
        total += float(part[1]) * UNIT_SECONDS[part[2] or "s"]
        position = part.end()
    if not written:
        raise ValueError("an empty duration")
    return total
