"""Policies of AWS as data: what they allow, to whom, on what.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html. `*` and `?` are the only
wildcards; names of actions do not depend on the case, addresses do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

CLOUDFRONT = "cloudfront.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement. principals: `type:value`, `*` for everybody. is_inverted: it says what it is NOT about."""

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]
    is_inverted: bool

    def is_about(self, action: str, resource: str) -> bool:
        """True when it holds for this action on this thing, whatever its conditions; an inverted one always may."""
        if self.is_inverted:
            return True
        return any(matches(one, action, is_action=True) for one in self.actions) and any(
            matches(one, resource) for one in self.resources or ("*",)
        )

    def may_reach(self, action: str, resources: str) -> bool:
        """True when it holds for this action on something that the pattern describes."""
        if self.is_inverted:
            return True
        return any(matches(one, action, is_action=True) for one in self.actions) and any(
            overlap(one, resources) for one in self.resources or ("*",)
        )

    def wants(self, operator: str, key: str) -> tuple[str, ...]:
        """The values of a condition; () where there is none. Names of keys do not depend on the case."""
        return self.conditions.get(operator, {}).get(key.lower(), ())


def read(document: str | Mapping[str, Any]) -> tuple[Statement, ...]:
    """The statements of a policy; IAM may hand it out percent-encoded."""
    if isinstance(document, str):
        parsed = json.loads(document if document.lstrip().startswith("{") else unquote(document))
    else:
        parsed = document
    found = parsed.get("Statement", [])
    return tuple(_statement(one) for one in (found if isinstance(found, list) else [found]))


def allowed(statements: Iterable[Statement], action: str, resource: str) -> bool:
    """True when some statement allows it and none denies it without a condition."""
    about = [one for one in statements if one.is_about(action, resource)]
    return any(one.allows for one in about) and not any(not one.allows and not one.conditions for one in about)


def grants(statements: Iterable[Statement]) -> Iterator[tuple[str, str, Statement]]:
    """Every pair of action and resource that is allowed, as it is written."""
    for one in statements:
        if not one.allows:
            continue
        if one.is_inverted:
            yield "*", "*", one
            continue
        for action in one.actions:
            for resource in one.resources:
                yield action, resource, one


def matches(pattern: str, value: str, *, is_action: bool = False) -> bool:
    """True when a pattern with `*` and `?` describes the value."""
    translated = "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in pattern)
    return re.fullmatch(translated, value, re.IGNORECASE | re.DOTALL if is_action else re.DOTALL) is not None


def overlap(one: str, other: str) -> bool:
    """True when there is a text that both patterns describe."""
    # reachable[j]: the part of `one` so far and the first j signs of `other` may describe the same.
    reachable = [True] + [False] * len(other)
    for j, sign in enumerate(other, start=1):
        reachable[j] = reachable[j - 1] and sign == "*"
    for sign in one:
        previous, reachable = reachable, [reachable[0] and sign == "*"] + [False] * len(other)
        for j, against in enumerate(other, start=1):
            if "*" in (sign, against):  # it stands for nothing, or for the sign opposite
                reachable[j] = previous[j] or reachable[j - 1]
            else:
                reachable[j] = previous[j - 1] and (sign == against or "?" in (sign, against))
    return reachable[-1]


def _statement(given: Mapping[str, Any]) -> Statement:
    inverted = {"NotAction", "NotResource", "NotPrincipal"} & set(given)
    return Statement(
        allows=given["Effect"] == "Allow",
        actions=_many(given.get("Action")),
        resources=_many(given.get("Resource")),
        principals=tuple(_principals(given.get("Principal"))),
        conditions={
            operator: {key.lower(): _many(values) for key, values in keys.items()}
            for operator, keys in given.get("Condition", {}).items()
        },
        is_inverted=bool(inverted),
    )


def _principals(given: Any) -> Iterator[str]:
    if isinstance(given, str):
        yield given
    elif isinstance(given, dict):
        for kind, values in given.items():
            for value in _many(values):
                yield "*" if value == "*" else f"{kind}:{value}"


def _many(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)
