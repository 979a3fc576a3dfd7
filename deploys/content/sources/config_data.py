"""Settings that were stored as JSON, or typed by a person, as a checked HttpJsonConfig."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_args

import httpx

from deploys.content.sources.config import NORMAL_NAMES, Finding, HttpJsonConfig, Paging, PagingKind, Probe
from deploys.content.sources.dates import zone_called
from deploys.content.sources.errors import ErrorClass, SourceRefused
from deploys.content.sources.expressions import compiled
from deploys.content.sources.types import JSON

_TEXTS = ("url", "method", "items", "default_status", "total", "detail", "time_zone", "token_hint")
_NUMBERS = ("timeout", "deadline", "pause", "max_bytes", "max_entries")
_POSITIVE = ("timeout", "deadline", "max_bytes", "max_entries")
_LISTS = ("also", "noise", "utc")
_MAPS = ("headers", "mapping", "statuses")
_FLAGS = ("keys_by_kind", "html_titles", "partial")
_LARGEST_PAGE = 10_000


def config_from(data: Mapping[str, JSON]) -> HttpJsonConfig:
    """Read settings from JSON values. Raises SourceRefused naming the first setting that cannot work."""
    known = {one.name for one in fields(HttpJsonConfig)}
    for name in data:
        _expect(name in known, name, "there is no such setting")
    _expect("url" in data, "url", "it is missing")
    found: dict[str, Any] = {name: data[name] for name in (*_TEXTS, *_NUMBERS, *_FLAGS, "body") if name in data}
    found |= {name: _texts(data[name], name) for name in _LISTS if name in data}
    found |= {name: _map(data[name], name) for name in _MAPS if name in data}
    if "fields" in data:
        chosen = data["fields"]
        found["fields"] = chosen if isinstance(chosen, str) else _texts(chosen, "fields")
    if data.get("paging") is not None:
        found["paging"] = Paging(**_known(data["paging"], Paging, "paging"))
    if data.get("probe") is not None:
        found["probe"] = _probe(data["probe"])
    return validated(_typed(found))


def validated(config: HttpJsonConfig) -> HttpJsonConfig:
    """Give the settings back. Raises SourceRefused naming the first one that cannot work."""
    for address in (*config.urls, *filter(None, [config.detail, config.probe.url if config.probe else ""])):
        _expect(_is_address(address), "url", f"“{address[:80]}” is no http or https address")
    _expect(config.method in ("GET", "POST"), "method", "it is GET or POST")
    for name in config.mapping:
        _expect(name in NORMAL_NAMES, "mapping", f"“{name}” is not one of {', '.join(NORMAL_NAMES)}")
    _expect("key" in config.mapping, "mapping", "“key” is missing")
    zone_called(config.time_zone)
    for name, expression in _expressions(config).items():
        compiled(expression, name)
    _check_paging(config.paging)
    return config


def _check_paging(paging: Paging) -> None:
    _expect(paging.kind in get_args(PagingKind.__value__), "paging", "kind is none, offset, page, next_url or cursor")
    _expect(_is_count(paging.size) and paging.size <= _LARGEST_PAGE, "paging", f"size is 1 to {_LARGEST_PAGE}")
    _expect(_is_count(paging.start, 0), "paging", "start is a whole number")
    if paging.kind in ("next_url", "cursor"):
        _expect(bool(paging.next), "paging", "next is missing")


def _expressions(config: HttpJsonConfig) -> dict[str, str]:
    found = {"items": config.items, "total": config.total, **config.mapping}
    found |= {"paging.next": config.paging.next, "paging.more": config.paging.more}
    if isinstance(config.fields, str):
        found["fields"] = config.fields
    for number, finding in enumerate(config.probe.findings if config.probe else ()):
        found[f"probe {number + 1}"] = finding.when
    return {name: value for name, value in found.items() if value and not value.startswith("header:")}


def _typed(found: dict[str, Any]) -> HttpJsonConfig:
    for name in _TEXTS:
        _expect(isinstance(found.get(name, ""), str), name, "it is a text")
    for name in _FLAGS:
        _expect(isinstance(found.get(name, False), bool), name, "it is true or false")
    for name in _NUMBERS:
        number = found.get(name, 1)
        _expect(isinstance(number, int | float) and not isinstance(number, bool), name, "it is a number")
        _expect(number > 0 if name in _POSITIVE else number >= 0, name, "it is above zero")
    return HttpJsonConfig(**found)


def _probe(data: JSON) -> Probe:
    values = _known(data, Probe, "probe")
    found = values.pop("findings", ())
    _expect(isinstance(found, list | tuple), "probe", "findings is a list")
    return Probe(**values, findings=tuple(Finding(**_known(one, Finding, "probe")) for one in found))


def _known(data: JSON, kind: type[Any], name: str) -> dict[str, Any]:
    _expect(isinstance(data, dict), name, "it is an object")
    names = {one.name for one in fields(kind)}
    for one in data:
        _expect(one in names, name, f"“{one}” is not one of {', '.join(sorted(names))}")
    if kind is Finding:
        _expect({"when", "says"} <= set(data), name, "a finding has “when” and “says”")
    return dict(data)


def _texts(value: JSON, name: str) -> tuple[str, ...]:
    _expect(isinstance(value, list | tuple), name, "it is a list of texts")
    _expect(all(isinstance(one, str) for one in value), name, "it is a list of texts")
    return tuple(value)


def _map(value: JSON, name: str) -> dict[str, str]:
    _expect(isinstance(value, dict), name, "it is an object of texts")
    _expect(all(isinstance(text, str) for pair in value.items() for text in pair), name, "it is an object of texts")
    return dict(value)


def _is_count(value: object, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_address(text: str) -> bool:
    try:
        found = httpx.URL(text.replace("{", "").replace("}", ""))
    except (httpx.InvalidURL, TypeError):
        return False
    return found.scheme in ("http", "https") and bool(found.host) and not found.userinfo


def _expect(good: bool, name: str, why: str) -> None:
    if not good:
        raise SourceRefused(
            f"The setting “{name}” cannot work: {why}. Correct it in the source's settings.",
            error_class=ErrorClass.CONFIG_WRONG,
        )
