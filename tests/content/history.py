"""The real content history beside the project, when it is there: six states of a blog, with git's lists as oracle."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from deploys.content.sources.types import Entry

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "content-history"
STATES = range(1, 7)


def is_there() -> bool:
    """True when the data lies beside the project."""
    return (FOLDER / "index.json").exists()


@cache
def load(name: str) -> Any:
    """One file of the data, decoded."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def entries(state: int) -> list[Entry]:
    """All entries of a state in the normal form."""
    versions = load("versions.json")
    return [_entry(key, versions[version]) for key, version in load(f"snapshot-{state}.json")["entries"].items()]


def _entry(key: str, data: dict[str, Any]) -> Entry:
    return Entry(
        key=key,
        kind="post",
        title=data["title"] or "",
        url=data["url"],
        edit_url=None,
        publish_at=None,
        expire_at=None,
        status="live",
        changed_at=datetime.fromisoformat(data["updated"]),
        changed_by=data["updated_by"],
        fields={"body": data["body"], "published_at": data["published_at"], **data["fields"]},
    )


def oracle(step: int) -> dict[str, set[str]]:
    """What git says changed from state `step` to the next: added, removed and modified ids; a rename is both."""
    told = load("expected-changes.json")["steps"][step - 1]
    renamed = told.get("renamed", [])
    return {
        "new": set(told["added"]) | {one["to"] for one in renamed},
        "removed": set(told["removed"]) | {one["from"] for one in renamed},
        "edited": set(told["modified"]),
    }
