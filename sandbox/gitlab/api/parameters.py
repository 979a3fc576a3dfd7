"""Parameters of a request, wherever they are: query string, form, multipart or JSON."""

import re
from typing import Any

from flask import Request

from sandbox.gitlab.api.answers import refuse_parameter
from sandbox.gitlab.times import parse_iso

_PART = re.compile(r"\[([^\]]*)\]")


def parameters(request: Request) -> dict[str, Any]:
    """All parameters as nested data: `variables[A]=1` is `{"variables": {"A": "1"}}`. Refuses bad JSON."""
    found: dict[str, Any] = {}
    for source in (request.args, request.form):
        for key, values in source.lists():
            _put(found, key, values)
    if request.is_json and request.get_data(cache=True):
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            refuse_parameter("message body does not match declared format")
        found.update(body)
    return found


def _put(found: dict[str, Any], key: str, values: list[str]) -> None:
    name, bracket, rest = key.partition("[")
    parts = _PART.findall(bracket + rest)
    if not parts:
        found[name] = values[-1]
    elif parts[0] == "" or parts[0].isdigit():
        _put_in_list(found, name, parts, values)
    else:
        inner = found.setdefault(name, {})
        if isinstance(inner, dict):
            _put(inner, parts[0] + "".join(f"[{part}]" for part in parts[1:]), values)


def _put_in_list(found: dict[str, Any], name: str, parts: list[str], values: list[str]) -> None:
    """`a[]=1` is a list; `a[][key]=..&a[][value]=..` is a list of hashes, each with its share of every key."""
    items = found.setdefault(name, [])
    if not isinstance(items, list):
        return
    if len(parts) == 1:
        items.extend(values)
        return
    first = min(int(parts[0] or 0), len(items))
    while len(items) < first + len(values):
        items.append({})
    for item, value in zip(items[first:], values, strict=False):
        if isinstance(item, dict):
            item[parts[1]] = value


def required(given: dict[str, Any], *names: str) -> None:
    """Refuse, in Grape's words, when one of these is missing."""
    missing = [name for name in names if name not in given]
    if missing:
        refuse_parameter(", ".join(f"{name} is missing" for name in missing))


def not_blank(given: dict[str, Any], name: str) -> str:
    """A text with something in it."""
    value = given[name]
    if not isinstance(value, str):
        refuse_parameter(f"{name} is invalid")
    if not value.strip():
        refuse_parameter(f"{name} is empty")
    return value


def moment(given: dict[str, Any], name: str) -> float | None:
    """A time in ISO 8601, as seconds since the epoch."""
    if given.get(name) in (None, ""):
        return None
    try:
        return parse_iso(str(given[name]))
    except ValueError:
        refuse_parameter(f"{name} is invalid")


def flag(given: dict[str, Any], name: str) -> bool | None:
    """true or false, None when it is not given."""
    value = given.get(name)
    if value is None or value == "":
        return None
    if str(value).lower() in ("true", "1", "t"):
        return True
    if str(value).lower() in ("false", "0", "f"):
        return False
    refuse_parameter(f"{name} is invalid")


def choice(given: dict[str, Any], name: str, allowed: tuple[str, ...]) -> str | None:
    """One word of a list, None when it is not given."""
    value = given.get(name)
    if value is None:
        return None
    if value not in allowed:
        refuse_parameter(f"{name} does not have a valid value")
    return str(value)


def whole(given: dict[str, Any], name: str, default: int) -> int:
    """A whole number."""
    value = given.get(name, default)
    try:
        return int(value)
    except (TypeError, ValueError):
        refuse_parameter(f"{name} is invalid")
