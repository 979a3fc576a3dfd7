"""Read one field of a JSON answer: a value of the promised type, or None. Nothing here raises."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

LARGEST_ID = 2**63 - 1

_SPACE_BEFORE_OFFSET = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)")


def record(value: object) -> Mapping[str, object]:
    """Give a JSON object as a mapping; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def identity(value: object) -> int | None:
    """Give a positive whole number that fits a database's bigint."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID:
        return value
    return None


def text(value: object) -> str | None:
    """Give a string, without what a database cannot store (NUL, lone surrogates)."""
    if not isinstance(value, str):
        return None
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def words(value: object) -> str:
    """Give a string as text() does, and an empty one for anything else."""
    return text(value) or ""


def seconds(value: object) -> float | None:
    """Give a finite number, as durations are; GitLab sends them as integers and as decimals."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def decimal_words(value: object) -> str | None:
    """Give a number's text: a pipeline's coverage is documented as a number and sent as a string."""
    number = seconds(value)
    return text(value) if number is None else f"{number:g}"


def moment(value: object) -> datetime | None:
    """Give an aware datetime in UTC, from ISO 8601 (API) or "2016-08-12 15:23:28 UTC" (webhooks).

    A time without a zone is taken as UTC.
    """
    if not isinstance(value, str):
        return None
    plain = _SPACE_BEFORE_OFFSET.sub("", value.strip().removesuffix(" UTC"))
    try:
        found = datetime.fromisoformat(plain)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day(value: object) -> date | None:
    """Give a date from "2026-01-31"; of a full time, its date."""
    found = moment(value)
    return found.date() if found else None


def text_map(value: object) -> dict[str, str]:
    """Give {key: value} from GitLab's list of {"key": …, "value": …}; other entries are left out."""
    found: dict[str, str] = {}
    for entry in value if isinstance(value, list) else []:
        key, content = text(record(entry).get("key")), text(record(entry).get("value"))
        if key is not None and content is not None:
            found[key] = content
    return found
