"""The content sources of a site as a list: how the last reading went, what is wrong, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deploys.models import ContentSource, ContentState, Site
from deploys.web import clock, pills
from deploys.web.card_model import join, say
from deploys.web.pills import Pill
from deploys.web.source_kinds import kind_of

READING = Pill(word=gettext_lazy("Reading"), icon="ring", tone="run")
TROUBLE = Pill(word=gettext_lazy("Trouble"), icon="warning", tone="warn")
PAUSED = Pill(word=gettext_lazy("Paused"), icon="minus-circle", tone="idle")
NOT_READ = Pill(word=gettext_lazy("Not read yet"), icon="dashes", tone="idle")
HELD_BACK = {"shrunk", "fields_lost"}  # troubles that an admin may wave through


@dataclass(frozen=True, kw_only=True)
class Line:
    """One source. Sentences are safe HTML; `percent` is -1 for a bar without a number, None for no bar."""

    source: ContentSource
    kind: str | Promise
    pill: Pill
    last: SafeString
    trouble: SafeString | str
    progress: str
    percent: int | None
    may_be_accepted: bool
    is_reading: bool


def lines_of(site: Site, moment: datetime) -> list[Line]:
    """Every source of the site. Two queries."""
    sources = list(site.sources.all())
    states = ContentState.objects.filter(source__in=sources, is_complete=True, seq__in={one.seq for one in sources})
    by_seq = {(state.source_id, state.seq): state for state in states}
    return [_line(source, by_seq.get((source.pk, source.seq)), moment) for source in sources]


def _line(source: ContentSource, state: ContentState | None, moment: datetime) -> Line:
    is_reading = source.is_active and source.reading_until is not None and source.reading_until > moment
    words, percent = _progress(source) if is_reading else ("", None)
    return Line(
        source=source,
        kind=kind_of(source).label,
        pill=_pill(source, state, is_reading=is_reading),
        last=_last(state, moment),
        trouble=_trouble(source, moment) if source.trouble else "",
        progress=words,
        percent=percent,
        may_be_accepted=source.trouble in HELD_BACK and not source.accepts_shrinking,
        is_reading=is_reading,
    )


def _pill(source: ContentSource, state: ContentState | None, *, is_reading: bool) -> Pill:
    if not source.is_active:
        return PAUSED
    if is_reading:
        return READING
    if source.trouble:
        return TROUBLE
    return pills.UP_TO_DATE if state else NOT_READ


def _last(state: ContentState | None, moment: datetime) -> SafeString:
    if state is None:
        return say(_("It has not been read as a whole yet."))
    text = ngettext(
        "Last read {time}: {count} entry, in {took}.", "Last read {time}: {count} entries, in {took}.", state.entries
    )
    took = clock.duration((state.read_to - state.read_from).total_seconds())
    return say(text, time=clock.when(state.read_to, moment), count=state.entries, took=took)


def _trouble(source: ContentSource, moment: datetime) -> SafeString:
    since = clock.when(source.trouble_since or moment, moment)
    accepted = say(_("The next reading counts, even if it is smaller.")) if source.accepts_shrinking else ""
    return join(say("{note}", note=source.trouble_note), say(_("So it has been since {time}."), time=since), accepted)


def _progress(source: ContentSource) -> tuple[str, int]:
    told = source.progress if isinstance(source.progress, dict) else {}
    read, total = told.get("read"), told.get("total")
    if not isinstance(read, int):
        return _("The reading begins."), -1
    if not isinstance(total, int) or total <= 0:
        return ngettext("{count} entry read", "{count} entries read", read).format(count=read), -1
    return _("{read} of {total}").format(read=read, total=total), min(100, 100 * read // total)
