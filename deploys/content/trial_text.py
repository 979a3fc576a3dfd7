"""A trial as text for a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from deploys.content.trial import EntryShown, Trial

_NAMES = ("key", "kind", "url", "edit_url", "status", "publish_at", "expire_at", "changed_at", "changed_by", "marker")


def lines_of(trial: Trial) -> Iterator[str]:
    """Give the lines that a person reads."""
    if trial.error:
        yield f"Cannot be read ({trial.error_class}): {trial.error}"
    else:
        yield f"Can be read: {_count(trial)}; looked at {trial.looked_at} in {trial.seconds:.1f} s."
    for heading, sentences in (
        ("What the token may not see", trial.findings),
        ("Odd", trial.warnings),
        ("Missing", tuple(str(one) for one in trial.missing)),
    ):
        if sentences:
            yield f"{heading}:"
            yield from (f"  - {sentence}" for sentence in sentences)
    for entry in trial.entries:
        yield ""
        yield from _entry(entry)


def data_of(trial: Trial) -> dict[str, Any]:
    """Give the same for machines; times are ISO 8601."""
    found = asdict(trial)
    for entry in found["entries"]:
        entry["fields"] = {field["name"]: field["value"] for field in entry["fields"]}
        for name in ("publish_at", "expire_at", "changed_at"):
            entry[name] = entry[name].isoformat() if entry[name] else None
    return {"works": trial.works, **found}


def _count(trial: Trial) -> str:
    if trial.total is None:
        return "the source does not say how many entries it has"
    return f"{trial.total} entries{' (the newest only)' if trial.is_partial else ''}"


def _entry(entry: EntryShown) -> Iterator[str]:
    yield entry.title
    for name in _NAMES:
        value = getattr(entry, name)
        if value:
            yield f"  {name:<11} {value if isinstance(value, str) else value.isoformat()}"
    for field in entry.fields:
        if field.value:
            yield f"    {field.name}: {field.value[:100]}"
