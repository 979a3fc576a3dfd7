"""What was in a build: what it changed for visitors, and what was saved while it ran."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.content import comparison
from deploys.content.changes import Change, Point, changes
from deploys.content.outlook import Item
from deploys.lifecycle import State
from deploys.models import Build, BuildContent
from deploys.web import change_words, clock, retention_words
from deploys.web.card_model import say
from deploys.web.entry_page import entry_url

SHOWN = 10
_NOT_BEGUN = {State.QUEUED, State.STARTING}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One entry. `url` is its own page."""

    item: Item
    url: str
    icon: str
    tone: str
    meta: str


@dataclass(frozen=True, kw_only=True)
class Carried:
    """The two lists. `words` say where they stop short of the truth, `read_words` when the content was read: safe HTML.

    `more_url` compares the build with the one before it, empty where there is none.
    """

    title: str
    rows: list[Row] = field(default_factory=list)
    counts: str = ""
    words: SafeString | str = ""
    read_words: SafeString | str = ""
    more_url: str = ""
    more: str = ""
    saved: list[Row] = field(default_factory=list)
    saved_more: str = ""


def carried_by(build: Build, moment: datetime) -> Carried:
    """Read what the build carried. The build comes with its site and base."""
    title = _("What is in it") if build.is_open else _("What was in it")
    contents = list(build.contents.select_related("source").order_by("read_at"))
    if not contents:
        return Carried(title=title, words=_nothing_known(build))
    if any(content.gone_at for content in contents):
        return Carried(title=title, words=retention_words.content_gone(build))
    saved = _saved_while_it_ran(contents)
    known = Carried(
        title=title,
        read_words=say(_("Content as it was {time}."), time=clock.when(contents[0].read_at, moment)),
        saved=[_row(build, change) for change in saved[:SHOWN]],
        saved_more=_more(len(saved) - SHOWN),
    )
    if build.environment.is_for_previews:
        return replace(known, words=_("Everything that was saved by then, drafts too."))
    if build.base is None:
        return replace(known, words=_first(contents))
    found = comparison.between(build.base, build, moment)
    if not found.is_possible:
        words = retention_words.content_gone(build.base) if found.is_gone else _no_base(build.base)
        return replace(known, words=words)
    return replace(
        known,
        rows=[_row(build, change) for change in found.changes[:SHOWN]],
        # The page's head names the counts where the build itself knows them.
        counts=change_words.counts_words(found.counts) if build.change_counts is None else "",
        words="" if found.changes else say(_("No content changed. It was built again, perhaps with a new design.")),
        more_url=_compare_url(build.base, build),
        more=_all(len(found.changes)),
    )


def _nothing_known(build: Build) -> SafeString:
    if build.copied:
        return say(_("The same as in build {number}."), number=build.copied.number)
    if build.state in _NOT_BEGUN:
        return say(_("What it carries is known when the content has been read."))
    return say(_("Nobody knows: Buildhub had not read the content when this build ran."))


def _first(contents: list[BuildContent]) -> SafeString:
    states = (content.source.states.filter(seq=content.seq).values_list("entries", flat=True) for content in contents)
    count = sum(entries for state in states for entries in state)
    text = ngettext(
        "Everything: it was the first build with known content, {count} entry.",
        "Everything: it was the first build with known content, {count} entries.",
        count,
    )
    return say(text, count=count)


def _no_base(base: Build) -> SafeString:
    sentence = _("We cannot say what it changed: what was in build {number} before it is not known.")
    return say(sentence, number=base.number)


def _saved_while_it_ran(contents: list[BuildContent]) -> list[Change]:
    found: list[Change] = []
    for content in contents:
        if content.seq_after and content.seq_after > content.seq:
            before = Point(seq=content.seq, moment=content.read_at)
            found += changes(content.source, before, Point(seq=content.seq_after, moment=content.read_at))
    return sorted(found, key=Change.newest_first)


def _row(build: Build, change: Change) -> Row:
    item = Item.of(change)
    _word, icon, tone = change_words.KINDS[change.kind]
    meta = change_words.meta_words(item.kind, item.reason, item.section)
    return Row(item=item, url=entry_url(change.version, build.site.slug), icon=icon, tone=tone, meta=meta)


def _compare_url(base: Build, build: Build) -> str:
    return f"{reverse('compare', args=[build.site.slug])}?from={base.number}&to={build.number}"


def _all(count: int) -> str:
    return ngettext("Compare word by word", "Compare all {count}", count).format(count=count)


def _more(count: int) -> str:
    return ngettext("and {count} more", "and {count} more", count).format(count=count) if count > 0 else ""
