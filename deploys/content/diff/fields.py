"""Two versions of an entry compared field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from deploys.content.diff.blocks import compare_items
from deploys.content.diff.entry_values import BlocksDiff, EntryDiff, FieldDiff, FieldState
from deploys.content.diff.kinds import guess_kind
from deploys.content.diff.limits import Clock, Limits
from deploys.content.diff.lists import compare_lists
from deploys.content.diff.spelling import alike, exact, same_instant, source, spelled, spelled_image, visible, written
from deploys.content.diff.text import TEXT_KINDS, compare_source, compare_text
from deploys.content.diff.values import FieldKind, Op

_NO_KINDS: Mapping[str, FieldKind] = {}
_MISSING = object()
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# The order in which people read an entry; what is not named here stands between text and dates.
_ORDER = (
    ("title", "headline", "heading", "name", "pagetitle"),
    ("subtitle", "kicker", "subheading"),
    ("summary", "excerpt", "description", "intro", "introduction", "lead", "teaser", "abstract", "shortdescription"),
    ("body", "content", "text", "main", "copy", "markdown", "blocks", "richtext"),
)
_IMAGES, _OTHER, _DATES = len(_ORDER), len(_ORDER) + 1, len(_ORDER) + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What one comparison carries along."""

    limits: Limits
    clock: Clock
    technical: bool
    depth: int = 0


def compare_fields(
    old: Mapping[str, object] | None,
    new: Mapping[str, object] | None,
    *,
    kinds: Mapping[str, FieldKind] = _NO_KINDS,
    technical: bool = False,
    limits: Limits | None = None,
) -> EntryDiff:
    """The fields that differ, in reading order; None for an entry that is new or gone. Never raises for any content.

    What nobody can see (null against "", blanks, order of attributes, spelling of entities) is no difference unless
    `technical`. `kinds` names the kinds of fields that should not be guessed; a block's field goes by its own name.
    """
    limits = limits or Limits()
    work = _Work(limits=limits, clock=Clock(limits.entry_seconds), technical=technical)
    return _compare_maps(old, new, kinds, work)


def compare_blocks(
    old: Sequence[object],
    new: Sequence[object],
    *,
    kinds: Mapping[str, FieldKind] = _NO_KINDS,
    technical: bool = False,
    limits: Limits | None = None,
) -> BlocksDiff:
    """Blocks added, removed, changed and moved, matched by their ids or, without shared ids, by type and likeness."""
    limits = limits or Limits()
    work = _Work(limits=limits, clock=Clock(limits.seconds), technical=technical)
    return _compare_items(old, new, kinds, work)


def _compare_maps(
    old: Mapping[str, object] | None, new: Mapping[str, object] | None, kinds: Mapping[str, FieldKind], work: _Work
) -> EntryDiff:
    old, new = old or {}, new or {}
    found: list[FieldDiff] = []
    noise = False
    for name in old.keys() | new.keys():
        was, now = old.get(name, _MISSING), new.get(name, _MISSING)
        if was is now or _is_equal(was, now):
            continue
        field = _compare_safely(str(name), _value(was), _value(now), kinds, work)
        if field is None:
            noise = True
            if work.technical:
                found.append(_technical(str(name), was, now, kinds))
        else:
            found.append(field)
    found.sort(key=_reading_order)
    visible_ones = any(field.state != "technical" for field in found)
    return EntryDiff(fields=tuple(found), noise=noise and not visible_ones)


def _is_equal(old: object, new: object) -> bool:
    """True when nothing differs at all. Values too deep to be read are taken for different."""
    try:
        return type(old) is type(new) and exact(old) == exact(new)
    except RecursionError:
        return False


def _compare_safely(
    name: str, old: object, new: object, kinds: Mapping[str, FieldKind], work: _Work
) -> FieldDiff | None:
    """The difference of one field; values nested too deeply to be read are said to be too large."""
    try:
        return _compare_field(name, old, new, kinds, work)
    except RecursionError:
        blocks = BlocksDiff(items=(), old_count=0, new_count=0, outcome="too_large")
        return FieldDiff(name=name, label=label_of(name), kind=FieldKind.BLOCKS, state="changed", blocks=blocks)


def _value(value: object) -> object:
    return None if value is _MISSING else value


def _compare_field(
    name: str, old: object, new: object, kinds: Mapping[str, FieldKind], work: _Work
) -> FieldDiff | None:
    """The difference of one field, None when a reader cannot see any."""
    kind = kinds.get(name) or guess_kind(name, old, new)
    if kind not in (FieldKind.MARKDOWN, FieldKind.HTML) and alike(old, new):
        return None
    state: FieldState = "changed" if visible(old) and visible(new) else _one_sided(old, new)
    field = FieldDiff(name=name, label=label_of(name), kind=kind, state=state)
    if kind in TEXT_KINDS:
        text = compare_text(written(old), written(new), kind=kind, limits=work.limits, within=work.clock)
        return replace(field, text=text) if text.changed else None
    if kind == FieldKind.BLOCKS:
        return _compare_structure(field, old, new, kinds, work)
    if kind in (FieldKind.LIST, FieldKind.IMAGE):
        return _compare_list(field, old, new, kinds, work)
    if spelled(old) == spelled(new) or (kind == FieldKind.DATE and same_instant(old, new)):
        return None
    return replace(field, ops=_replaced(spelled(old), spelled(new)))


def _compare_list(
    field: FieldDiff, old: object, new: object, kinds: Mapping[str, FieldKind], work: _Work
) -> FieldDiff | None:
    """Lists of short values or of pictures; pictures that only differ in what is not shown go field by field."""
    spell = spelled_image if field.kind == FieldKind.IMAGE else spelled
    ops = compare_lists([*map(spell, _items(old))], [*map(spell, _items(new))])
    if any(op.kind != "same" for op in ops):
        return replace(field, ops=ops)
    if field.kind == FieldKind.LIST:
        return None
    return _compare_structure(replace(field, kind=FieldKind.BLOCKS), old, new, kinds, work)


def _one_sided(old: object, new: object) -> FieldState:
    """Added, removed, or changed when both values show something (a number 0, a "no")."""
    if visible(old) is None:
        return "added"
    return "removed" if visible(new) is None else "changed"


def _compare_structure(
    field: FieldDiff, old: object, new: object, kinds: Mapping[str, FieldKind], work: _Work
) -> FieldDiff | None:
    """Blocks by their names and likeness; what lies too deep, or is no structure, as indented text."""
    structured = all(isinstance(value, list | tuple | Mapping) or value is None for value in (old, new))
    if not structured or work.depth >= work.limits.max_depth:
        text = compare_source(source(old), source(new), limits=work.limits, within=work.clock)
        return replace(field, text=text) if text.changed else None
    blocks = _compare_items(
        _items(old), _items(new), kinds, replace(work, clock=Clock(work.limits.seconds, within=work.clock))
    )
    return replace(field, blocks=blocks) if blocks.changed else None


def _compare_items(
    old: Sequence[object], new: Sequence[object], kinds: Mapping[str, FieldKind], work: _Work
) -> BlocksDiff:
    deeper = replace(work, depth=work.depth + 1)

    def fields(was: Mapping[str, object] | None, now: Mapping[str, object] | None) -> tuple[FieldDiff, ...]:
        return _compare_maps(was, now, kinds, deeper).fields

    return compare_items(old, new, fields=fields, limits=work.limits, clock=work.clock)


def _items(value: object) -> list[object]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _technical(name: str, old: object, new: object, kinds: Mapping[str, FieldKind]) -> FieldDiff:
    """A difference that nobody can see, with every blank and quote spelled out."""
    kind = kinds.get(name) or guess_kind(name, _value(old), _value(new))
    ops = _replaced("missing" if old is _MISSING else exact(old), "missing" if new is _MISSING else exact(new))
    return FieldDiff(name=name, label=label_of(name), kind=kind, state="technical", ops=ops)


def _replaced(old: str, new: str) -> tuple[Op, ...]:
    ops = (Op(kind="delete", text=old), Op(kind="insert", text=new))
    return tuple(op for op in ops if op.text)


def label_of(name: str) -> str:
    """ "shortDescription" and "short_description" as "Short description"."""
    words = _CAMEL.sub(" ", name).replace("_", " ").replace("-", " ").split()
    words = [word if word.isupper() else word.lower() for word in words]
    return " ".join(words)[:1].upper() + " ".join(words)[1:]


def _reading_order(field: FieldDiff) -> tuple[int, str]:
    plain = re.sub(r"[\W_]", "", field.name.lower())
    for rank, names in enumerate(_ORDER):
        if plain in names:
            return rank, field.name
    if field.kind == FieldKind.IMAGE:
        return _IMAGES, field.name
    return (_DATES if field.kind == FieldKind.DATE else _OTHER), field.name
