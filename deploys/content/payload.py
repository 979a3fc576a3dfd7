"""A comparison as JSON and as rows of a table: for the pages' downloads and for the command. See docs/changes.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from deploys.content import entry_diff
from deploys.content.changes import Change, ChangeKind, counts
from deploys.content.comparison import Comparison
from deploys.content.outlook import Item
from deploys.models import Build

COLUMNS = (
    "change",
    "reason",
    "section",
    "title",
    "address",
    "changed_by",
    "changed_at",
    "key",
    "source",
    "edit_address",
    "may_be_live",
    "technical",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
DIFFS_FOR = 20.0  # seconds that comparing word by word may take in one answer


def as_json(found: Comparison, chosen: list[Change], *, diffs: bool = False, technical: bool = False) -> dict[str, Any]:
    """The whole answer; with `diffs` each change also carries the fields that differ, None when time ran out."""
    changes = [change_as_json(found, change) for change in chosen]
    if diffs:
        compared = entry_diff.compare([sides(change) for change in chosen], technical=technical, seconds=DIFFS_FOR)
        for change, diff in zip(changes, compared, strict=True):
            change["diff"] = diff.as_json() if diff else None
    return {
        "base": build_as_json(found.base) if found.base else None,
        "to": build_as_json(found.to) if found.to else None,
        "read_at": found.read_at.isoformat() if found.read_at else None,
        "comparable": found.is_possible,
        "uncompared_sources": [source.name for source in found.uncompared],
        "troubled_sources": [source.name for source in found.troubled],
        "counts": {kind.value: counts(chosen).get(kind.value, 0) for kind in ChangeKind},
        "total": len(chosen),
        "changes": changes,
    }


def build_as_json(build: Build) -> dict[str, Any]:
    """A build by its number, when it was asked for and by whom."""
    person = build.requested_by
    return {
        "build": build.number,
        "requested_at": build.requested_at.isoformat(),
        "requested_by": person.name if person else None,
    }


def change_as_json(found: Comparison, change: Change) -> dict[str, Any]:
    """One change by the names of COLUMNS. The person and time of a deletion are not known, so they are None."""
    version, item = change.version, Item.of(change)
    return {
        "change": change.kind.value,
        "reason": change.reason.value,
        "section": item.section,
        "title": item.title,
        "address": version.url,
        "changed_by": item.who or None,
        "changed_at": item.at.isoformat() if item.at else None,
        "key": change.key,
        "source": version.source_id,
        "edit_address": version.edit_url,
        "may_be_live": found.may_be_in_base(change),
        "technical": change.is_technical,
    }


def sides(change: Change) -> entry_diff.Pair:
    """What visitors saw and what they will see: a removed entry has no new side, even if the CMS still holds it."""
    return change.old, None if change.kind == ChangeKind.REMOVED else change.new


def as_rows(found: Comparison, chosen: Iterable[Change]) -> Iterator[list[str]]:
    """The head and one row per change, safe to open in a spreadsheet."""
    yield list(COLUMNS)
    for change in chosen:
        yield [harmless(value) for value in change_as_json(found, change).values()]


def harmless(value: object) -> str:
    """Text that no spreadsheet takes for a formula."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
