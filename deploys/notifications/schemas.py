"""The shape of each event as JSON Schema, for those who write receivers. Made from the tables that events are made of.

https://json-schema.org/draft/2020-12 , and Standard Webhooks for what stands around the data.
"""

from __future__ import annotations

from typing import Any

from deploys.lifecycle import State
from deploys.models import Cause, EnvironmentKind, Kind
from deploys.notifications.messages import TYPES
from deploys.outbox import ALLOWED, NEEDED, OF_A_BUILD

type Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
COUNT: Schema = {"type": "integer", "minimum": 0}
MAYBE: Schema = {"type": ["string", "null"]}
STATES: Schema = {"enum": [state.value for state in State]}
_FACTS: dict[str, Schema] = {
    "planned_at": MOMENT,
    "until": MOMENT,
    "expires_on": {"type": "string", "format": "date"},
    "count": COUNT,
    "waiting": COUNT,
    "seconds": {"type": "number"},
    "schedule": {"type": "integer"},
    "change": {"enum": ["saved", "paused", "resumed", "canceled", "restored"]},
    "event": COUNT,
    "from": {"enum": ["", *(state.value for state in State)]},
    "state": STATES,
    "by": MAYBE,
}


def document() -> Schema:
    """All events: a value fits exactly one of them, told apart by `type`."""
    names = [*(f"build.{state.value}" for state in State), *TYPES.values()]
    kinds = {f"build.{state.value}": Kind.MOVED for state in State} | {name: kind for kind, name in TYPES.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Events of Buildhub",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in names],
        "$defs": _parts() | {name: _event(name, kinds[name]) for name in names},
    }


def _event(name: str, kind: Kind) -> Schema:
    required = ["id", "headline", "text", "url", "facts"]
    if kind != Kind.TEST:
        required += ["site", "environment"]
    if kind in OF_A_BUILD:
        required.append("build")
    data = {
        "type": "object",
        "required": required,
        "properties": {
            "id": TEXT | {"description": "Names what happened for ever; the same in every place that hears of it."},
            "headline": TEXT,
            "text": {"type": "array", "items": TEXT},
            "url": TEXT,
            "site": {"$ref": "#/$defs/site"},
            "environment": {"$ref": "#/$defs/environment"},
            "build": {"$ref": "#/$defs/build"},
            "works_again": {"type": "boolean"},
            "facts": _facts(kind),
        },
    }
    properties = {"type": {"const": name}, "timestamp": MOMENT, "data": data}
    return {
        "type": "object",
        "description": str(kind.label),
        "required": ["type", "timestamp", "data"],
        "properties": properties,
    }


def _facts(kind: Kind) -> Schema:
    needed, allowed = NEEDED.get(kind, frozenset()), ALLOWED.get(kind, frozenset())
    if kind == Kind.MOVED:
        needed = allowed = frozenset({"event", "from", "state", "by"})
    properties = {name: _FACTS.get(name, TEXT) for name in sorted(allowed)}
    return {"type": "object", "required": sorted(needed), "properties": properties}


def _parts() -> dict[str, Schema]:
    named = {"slug": TEXT, "name": TEXT}
    build = {
        "number": {"type": "integer", "minimum": 1},
        "state": STATES,
        "error_class": TEXT,
        "cause": {"enum": [cause.value for cause in Cause]},
        "requested_by": MAYBE,
        "key": {"type": "string", "format": "uuid"},
        "commit": TEXT,
        "pipeline_url": TEXT,
    }
    place = named | {"kind": {"enum": [kind.value for kind in EnvironmentKind]}}
    return {
        "site": {"type": "object", "required": sorted(named), "properties": named},
        "environment": {"type": "object", "required": sorted(place), "properties": place},
        "build": {"type": "object", "required": sorted(build), "properties": build},
    }
