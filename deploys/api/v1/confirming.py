"""Where the page would ask first, the API answers 409 with what is to be read, and a word that confirms just that."""

from __future__ import annotations

import hashlib

from django.utils.timezone import now

from deploys.api.v1.problems import Problem
from deploys.builds import asking
from deploys.content import comparison
from deploys.content.changes import Change, ChangeKind, fingerprint
from deploys.content.outlook import Item
from deploys.models import Build, Environment
from deploys.web import bring_back
from deploys.web.permissions import Visit

LISTED = 50
_ORDER = [ChangeKind.REMOVED, ChangeKind.NEW, ChangeKind.EDITED]


def publish(visit: Visit, environment: Environment, given: str) -> bool:
    """True when the caller was asked and has confirmed what goes live now. Raises Problem when they have to first."""
    if not asking.must_ask(environment, visit.user, asking.ahead(environment, now())):
        return False
    found = asking.changes_ahead(environment, now())
    changes = found.changes if found and found.is_possible else []
    _check(
        given, fingerprint(changes), "Read what goes live, then send the request again with this “confirm”.", changes
    )
    return True


def bringing_back(visit: Visit, build: Build, given: str) -> bool:
    """True when so much goes offline that it has to be meant, and it was confirmed. Raises Problem until it is.

    What the page would not let be pressed raises nothing here: the action refuses it in its own words.
    """
    question = bring_back.question_of(visit, build, now())
    if question.button.off:
        return False
    live = build.environment.live_release
    found = comparison.between(live.build, build, now()) if live else None
    changes = found.changes if found and found.is_possible else []
    known = f"{live.pk if live else 0} {build.pk} {question.needs_anyway}"
    words = " ".join(filter(None, [_effect(build), *question.facts, question.pages.warning if question.pages else ""]))
    expected = hashlib.sha256(known.encode()).hexdigest()[:32]
    _check(given, expected, f"{words} To do it, send the request again with this “confirm”.", changes)
    return question.needs_anyway


def _effect(build: Build) -> str:
    return f"Visitors will see build {(build.brings_back or build).number} again."


def _check(given: str, expected: str, words: str, changes: list[Change]) -> None:
    if given == expected:
        return
    items = [Item.of(change) for change in sorted(changes, key=lambda change: _ORDER.index(change.kind))[:LISTED]]
    listed = [
        {"change": item.kind.value, "title": item.title, "section": item.section, "changed_by": item.who}
        for item in items
    ]
    again = "What you confirmed is no longer what would happen. " if given else ""
    more = {"confirm": expected, "changes": listed, "total": len(changes)}
    raise Problem(409, "confirm", again + words, more=more)
