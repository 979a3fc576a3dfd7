"""The values at the top of a Markdown file: YAML between lines of ---, or TOML between lines of +++."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import yaml

from deploys.content.sources.documents import DEEPEST
from deploys.content.sources.types import JSON

MOST_VALUES = 20_000
_FENCES = {"---": "yaml", "+++": "toml"}
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Unreadable(Exception):
    """The values at the top of a file cannot be read."""


def split(text: str) -> tuple[dict[str, Any], str]:
    """Give the values and the body of a file. Raises Unreadable.

    Values may be dates, as YAML and TOML have them; json_of makes JSON of them.
    """
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    fence = lines[0].rstrip() if lines else ""
    if fence not in _FENCES:
        return {}, text
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == fence), None)
    if end is None:
        return {}, text
    values = _parsed("".join(lines[1:end]), _FENCES[fence])
    return values, "".join(lines[end + 1 :]).lstrip("\r\n")


def json_of(value: Any) -> JSON:
    """Give a value as JSON. Raises Unreadable for one that is too deep or grows too large, as aliases can make it."""
    return _json(value, 0, _countdown())


def _parsed(text: str, language: str) -> dict[str, Any]:
    try:
        found = yaml.load(text, Loader=_Loader) if language == "yaml" else tomllib.loads(text)  # noqa: S506 a safe one
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise Unreadable(" ".join(str(error).split())[:120]) from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Unreadable("it is no list of names and values")
    return {str(name): value for name, value in found.items()}


def _countdown() -> Iterator[int]:
    return iter(range(MOST_VALUES))


def _json(value: Any, depth: int, left: Iterator[int]) -> JSON:
    if next(left, None) is None or depth > DEEPEST:
        raise Unreadable("it holds too many values, or too many levels of them")
    if isinstance(value, dict):
        return {str(name).replace("\0", ""): _json(inner, depth + 1, left) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_json(inner, depth + 1, left) for inner in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return value if abs(value) < 2**63 else str(value)
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.replace("\0", "").encode("utf-8", "replace").decode()
