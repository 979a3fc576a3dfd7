"""The question before something is gone for good, as the template of removals puts it."""

from __future__ import annotations

from dataclasses import dataclass

TEMPLATE = "components/removal.html"


@dataclass(frozen=True, kw_only=True)
class Removal:
    """What is asked, what it means, the way out with its address, and the button that does it. All of it is text."""

    title: str
    sentences: list[str]
    leave: str
    leave_url: str
    url: str
    id: str
    label: str
    busy: str
