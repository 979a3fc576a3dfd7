"""What happened to the formatting of a text that itself stayed, in words."""

from __future__ import annotations

from functools import lru_cache

from deploys.content.diff.passages import Marks

_LINK = "link:"


@lru_cache(maxsize=1024)
def note_between(old: Marks, new: Marks) -> str:
    """ "was plain, now bold", "link was /a, now /b"; empty when nothing differs."""
    if old == new:
        return ""
    return "; ".join(filter(None, (_style_note(old, new), _link_note(old, new))))


def _style_note(old: Marks, new: Marks) -> str:
    was, now = _styles(old), _styles(new)
    return "" if was == now else f"was {was or 'plain'}, now {now or 'plain'}"


def _styles(marks: Marks) -> str:
    return " and ".join(sorted(mark for mark in marks if not mark.startswith(_LINK)))


def _link_note(old: Marks, new: Marks) -> str:
    was, now = _links(old), _links(new)
    if was == now:
        return ""
    if not was:
        return f"now a link to {now}"
    return f"link was {was}, now {now}" if now else f"link to {was} removed"


def _links(marks: Marks) -> str:
    return " and ".join(sorted(mark.removeprefix(_LINK) or "nowhere" for mark in marks if mark.startswith(_LINK)))
