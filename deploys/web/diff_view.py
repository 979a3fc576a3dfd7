"""A comparison as it is shown: unchanged stretches folded away, long ones cut, everything reachable in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.content.diff import BlocksDiff, EntryDiff, FieldDiff, FieldKind, FoldedBlock, ItemDiff, Op, TextDiff, fold
from deploys.web import clock

MOST_FIELDS = 40
MOST_ITEMS = 40
# What people read first of an entry that is new or gone; its other fields are folded away.
READ_FIRST = frozenset({FieldKind.MARKDOWN, FieldKind.HTML, FieldKind.IMAGE})
FIRST_NAMES = frozenset({"title", "summary", "description", "excerpt", "lead", "intro", "body", "content", "text"})


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Blocks in a row, or words that say how many were left out."""

    blocks: tuple[FoldedBlock, ...] = ()
    gap: str = ""


@dataclass(frozen=True, kw_only=True)
class ShownItem:
    """One block of a list of blocks: its place and type, what happened to it, and its fields."""

    title: str
    note: str
    tone: str
    fields: list[ShownField]


@dataclass(frozen=True, kw_only=True)
class ShownField:
    """One field. `tone` is "new" or "gone" for a field that only one side has. `note` says what no mark can show.

    `is_source` for texts whose own marks are seen, such as the dash of a list in Markdown.
    """

    label: str
    state: str = ""
    tone: str = ""
    note: str = ""
    stretches: list[Stretch] = field(default_factory=list)
    ops: tuple[Op, ...] = ()
    between: str = " "
    items: list[ShownItem] = field(default_factory=list)
    is_technical: bool = False
    is_source: bool = False


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The fields of an entry that differ. `cut` says how many are shown of how many; `has_gaps` when text is folded.

    `more` are the lesser fields of an entry that is new or gone, with `more_words` to open them.
    """

    fields: list[ShownField]
    more: list[ShownField] = field(default_factory=list)
    more_words: str = ""
    note: str = ""
    cut: str = ""
    has_gaps: bool = False


def shown(diff: EntryDiff, *, full: bool) -> Shown:
    """What the page shows; with `full` nothing is folded or cut."""
    chosen = diff.fields if full else diff.fields[:MOST_FIELDS]
    first, lesser = _by_weight(chosen)
    fields, more = ([_field(one, full=full) for one in some] for some in (first, lesser))
    cut = ""
    if len(chosen) < len(diff.fields):
        cut = _("Showing the first {shown} of {total} changed fields").format(shown=len(chosen), total=len(diff.fields))
    note = "" if fields else _("Nothing that people read has changed, only how it is stored.")
    words = ngettext("{count} more field", "{count} more fields", len(more)).format(count=len(more))
    has_gaps = not full and any(map(_has_gap, [*fields, *more]))
    return Shown(fields=fields, more=more, more_words=words, note=note, cut=cut, has_gaps=has_gaps)


def _by_weight(fields: Sequence[FieldDiff]) -> tuple[Sequence[FieldDiff], Sequence[FieldDiff]]:
    """Part the fields of an entry that is new or gone into those that tell what it is about, and the others."""
    if len({one.state for one in fields}) != 1 or fields[0].state not in ("added", "removed"):
        return fields, ()
    first = [one for one in fields if one.kind in READ_FIRST or one.name.lower() in FIRST_NAMES]
    return (first, [one for one in fields if one not in first]) if first else (fields, ())


def _has_gap(shown_field: ShownField) -> bool:
    if any(stretch.gap or _is_cut(stretch) for stretch in shown_field.stretches):
        return True
    return any(_has_gap(inner) for item in shown_field.items for inner in item.fields)


def _is_cut(stretch: Stretch) -> bool:
    return any(piece.folded for block in stretch.blocks for piece in block.pieces)


def _labels() -> dict[str, str]:
    """Names of what every entry has; other fields go by the CMS's names."""
    return {
        "title": _("Title"),
        "kind": _("Section"),
        "url": _("Address"),
        "publish_at": _("Goes live"),
        "expire_at": _("Expires"),
    }


def _field(one: FieldDiff, *, full: bool) -> ShownField:
    label = _labels().get(one.name, one.label)
    words = {"added": (_("added"), "new"), "removed": (_("removed"), "gone")}
    state, tone = words.get(one.state, ("", ""))
    if one.state == "technical":
        return ShownField(label=label, state=_("technical"), ops=one.ops, between=" → ", is_technical=True)
    if one.text is not None:
        stretches, note = _text(one.text, full=full)
        is_source = one.kind == FieldKind.MARKDOWN
        return ShownField(label=label, state=state, tone=tone, note=note, stretches=stretches, is_source=is_source)
    if one.blocks is not None:
        items, note = _blocks(one.blocks, full=full)
        return ShownField(label=label, state=state, note=note, items=items)
    if one.kind == FieldKind.DATE:
        return ShownField(label=label, state=state, tone=tone, ops=_dates(one.ops))
    between = {FieldKind.LIST: ", ", FieldKind.IMAGE: " → "}.get(one.kind, " ")
    return ShownField(label=label, state=state, tone=tone, ops=one.ops, between=between)


def _dates(ops: tuple[Op, ...]) -> tuple[Op, ...]:
    """Dates in the words and the zone of whoever reads; with seconds where the minutes are the same."""
    for form in (f"{clock.DAY_AND_YEAR}, {clock.TIME}", f"{clock.DAY_AND_YEAR}, {clock.TIME}:s"):
        worded = tuple(replace(op, text=_date(op.text, form)) for op in ops)
        if len({op.text for op in worded}) == len(worded):
            return worded
    return ops


def _date(text: str, form: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) <= len("2026-11-24"):
        return date_format(moment, clock.DAY_AND_YEAR)
    return date_format(timezone.localtime(moment) if moment.tzinfo else moment, form)


def _text(text: TextDiff, *, full: bool) -> tuple[list[Stretch], str]:
    if text.outcome == "markup_only":
        return [], _("Only markup without text has changed. “Show technical changes” shows it.")
    if text.outcome == "too_large" and not full:
        return [Stretch(gap=_("Show both versions"))], _("We cannot compare this text word by word.")
    note = _("We cannot compare this text word by word.") if text.outcome == "too_large" else ""
    if full:
        return [Stretch(blocks=_unfolded(text))], note
    return list(_stretches(text)), note


def _unfolded(text: TextDiff) -> tuple[FoldedBlock, ...]:
    """Every block whole."""
    return tuple(block for run in fold(text.blocks, context=len(text.blocks)) for block in run.blocks)


def _stretches(text: TextDiff) -> Iterator[Stretch]:
    for run in fold(text.blocks):
        if run.folded:
            count = len(run.blocks)
            words = ngettext("{count} unchanged paragraph", "{count} unchanged paragraphs", count)
            yield Stretch(gap=words.format(count=count))
        else:
            yield Stretch(blocks=run.blocks)


def _blocks(blocks: BlocksDiff, *, full: bool) -> tuple[list[ShownItem], str]:
    if blocks.outcome == "too_large":
        words = _("There are too many blocks to compare: {old} before, {new} now.")
        return [], words.format(old=blocks.old_count, new=blocks.new_count)
    changed = [item for item in blocks.items if item.state != "same"]
    chosen = changed if full else changed[:MOST_ITEMS]
    note = ""
    if len(chosen) < len(changed):
        note = _("Showing the first {shown} of {total} changed blocks").format(shown=len(chosen), total=len(changed))
    is_single = blocks.old_count <= 1 and blocks.new_count <= 1
    return [_item(item, full=full, is_single=is_single) for item in chosen], note


def _item(item: ItemDiff, *, full: bool, is_single: bool) -> ShownItem:
    place = item.now_at or item.was_at
    title = "" if is_single else _("Block {place}").format(place=place)
    if item.type:
        title = _("Block {place}: {type}").format(place=place, type=item.type)
    notes = {"added": _("added"), "removed": _("removed")}
    note = notes.get(item.state, "")
    if item.moved:
        note = _("moved from place {was} to place {now}").format(was=item.was_at, now=item.now_at)
    tone = {"added": "new", "removed": "gone"}.get(item.state, "")
    return ShownItem(title=title, note=note, tone=tone, fields=[_field(one, full=full) for one in item.fields])
