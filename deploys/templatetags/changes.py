"""Marks for changed words. The text comes from content: every piece of it is escaped here."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from deploys.content.diff import FoldedBlock, Op, Piece

register = template.Library()


@register.simple_tag
def marked(ops: Iterable[Op], between: str = "") -> SafeString:
    """Values in a row: each whole, parted by `between`."""
    return format_html_join(between, "{}", ((_mark(op),) for op in ops))


@register.simple_tag
def marked_block(block: FoldedBlock) -> SafeString:
    """A paragraph with its changed words; long unchanged stretches within it are left out."""
    return format_html_join("", "{}", ((_piece(piece),) for piece in block.pieces))


@register.simple_tag
def plain_block(block: FoldedBlock) -> SafeString:
    """A paragraph of a text that is new or gone as a whole: no word of it is marked."""
    return format_html("{}", block.block.text)


def _piece(piece: Piece) -> SafeString:
    if piece.folded:
        return format_html(' <span class="gap">[{}]</span> ', _("unchanged words"))
    return _mark(piece.op)


def _mark(op: Op) -> SafeString:
    if op.kind == "insert":
        return format_html('<ins><span class="bh-sr">{}</span>{}</ins>', _("added: "), op.text)
    if op.kind == "delete":
        return format_html('<del><span class="bh-sr">{}</span>{}</del>', _("removed: "), op.text)
    if op.note:
        return format_html('<span class="bh-re">{}</span> <small>({})</small>', op.text, op.note)
    return format_html("{}", op.text)
