"""The list of changes as a page shows it: filters, a jump list, and one block per entry, the first of them open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from deploys.content import entry_diff, links, payload
from deploys.content.changes import Change, upcoming
from deploys.content.comparison import Comparison
from deploys.content.diff import EntryDiff
from deploys.content.outlook import Item, who_changed
from deploys.content.whereabouts import Carriers
from deploys.models import ContentSource, EntryVersion, Environment
from deploys.web import addresses, change_words, diff_view
from deploys.web.change_filters import ALL, LABELS, MINE, Filters

A_PAGE = 40
OPEN = 4
SECONDS = 1.0  # that one page spends on comparing word by word; what is left stays closed until it is asked for
SECONDS_FOR_ALL = 10.0  # the same when somebody asked for all of them
COMING = 20  # entries of the list of those that go live later
ALWAYS = {ALL, MINE, "edited", "new", "removed"}


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A link that chooses what is listed."""

    label: str | Promise
    count: int
    query: str
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class Block:
    """One change. `body` is None while it stays closed; `url` is the page of the change alone."""

    anchor: str
    title: str
    section: str
    meta: str
    word: str
    icon: str
    tone: str
    item: Item
    url: str
    note: str
    body: Body | None = None


@dataclass(frozen=True, kw_only=True)
class Body:
    """What a block shows when it is open. Addresses are empty where there is nothing safe to open."""

    shown: diff_view.Shown
    anchor: str
    url: str
    is_full: bool
    edit_url: str = ""
    live_url: str = ""
    history_url: str = ""
    broken: str = ""
    links_url: str = ""

    @property
    def full_url(self) -> str:
        """The same with nothing folded or cut."""
        return f"{self.url}{'&' if '?' in self.url else '?'}full=1"

    @property
    def short_url(self) -> str:
        """Back to what changed."""
        return f"{self.url}{'&' if '?' in self.url else '?'}less=1"


@dataclass(frozen=True, kw_only=True)
class ChangeList:
    """Everything between the heading and the end of the page."""

    filters: Filters
    tabs: list[Tab]
    sections: list[tuple[str, str]]
    people: list[str]
    blocks: list[Block]
    matching: int
    total: int
    later: str = ""
    earlier: str = ""
    first: int = 0
    last: int = 0
    technical_query: str = ""
    plain_query: str = ""
    open_query: str = ""


def listing(found: Comparison, filters: Filters, environment: Environment) -> ChangeList:
    """The chosen page of the changes that match. Only what stands open is compared word by word."""
    allowed = [change for change in found.changes if filters.allows(change)]
    matching = [change for change in allowed if filters.shows(change)]
    pages = max(1, -(-len(matching) // A_PAGE))
    page = min(filters.page, pages)
    start = (page - 1) * A_PAGE
    chosen = matching[start : start + A_PAGE]
    return ChangeList(
        filters=filters,
        tabs=list(_tabs(allowed, filters)),
        sections=_sections(found.changes),
        people=sorted({name for change in found.changes if (name := who_changed(change))}),
        blocks=_blocks(found, chosen, filters, environment),
        matching=len(matching),
        total=len(found.changes),
        earlier=replace(filters, page=page - 1).query or "show=all" if page > 1 else "",
        later=replace(filters, page=page + 1).query if page < pages else "",
        first=start + 1 if chosen else 0,
        last=start + len(chosen),
        technical_query=replace(filters, technical=True).query,
        open_query="" if filters.opens_all else replace(filters, page=page, opens_all=True).query,
        plain_query=replace(filters, technical=False).query,
    )


def _tabs(allowed: list[Change], filters: Filters) -> list[Tab]:
    tabs = []
    for name, label in LABELS.items():
        chosen = replace(filters, show=name, page=1)
        count = sum(map(chosen.shows, allowed))
        if name in ALWAYS or count or name == filters.show:
            tabs.append(Tab(label=label, count=count, query=chosen.query, is_chosen=name == filters.show))
    return tabs


def _sections(changes: list[Change]) -> list[tuple[str, str]]:
    kinds = Counter(change.version.kind for change in changes if change.version.kind)
    return sorted(((kind, change_words.section_words(kind)) for kind in kinds), key=lambda pair: pair[1])


def _blocks(found: Comparison, chosen: list[Change], filters: Filters, environment: Environment) -> list[Block]:
    opened = chosen if filters.opens_all else chosen[:OPEN]
    seconds = SECONDS_FOR_ALL if filters.opens_all else SECONDS
    pairs = [payload.sides(change) for change in opened]
    diffs = entry_diff.compare(pairs, technical=filters.technical, seconds=seconds)
    gone = {url for pair in pairs if (url := _address_lost(*pair))}
    served = links.still_served(environment.site, gone) if gone else set()
    # Between two builds nothing is on its way.
    versions = [] if found.to else [change.version for change in chosen]
    carriers = Carriers.read([environment], versions, only_open=True)
    blocks = []
    for at, change in enumerate(chosen):
        block = _block(found, change, filters, environment)
        if number := carriers.on_its_way(*payload.sides(change), environment):
            block = replace(block, note=_("In build {number}, which is under way.").format(number=number))
        diff = diffs[at] if at < len(diffs) else None
        if diff is not None:
            old, new = payload.sides(change)
            body = body_of(old, new, diff, environment, technical=filters.technical, served=served)
            block = replace(block, body=body)
        blocks.append(block)
    return blocks


def _block(found: Comparison, change: Change, filters: Filters, environment: Environment) -> Block:
    item = Item.of(change)
    _word, icon, tone = change_words.KINDS[change.kind]
    note = _("Saved while the last build ran; it may be live already.") if found.may_be_in_base(change) else ""
    old, new = payload.sides(change)
    return Block(
        anchor=f"c{item.number}",
        title=item.title,
        section=change_words.section_words(item.section),
        meta=change_words.meta_words(item.kind, item.reason, item.section),
        word=change_words.kind_words(item.kind, item.reason),
        icon=icon,
        tone=tone,
        item=item,
        url=change_url(environment, old, new, technical=filters.technical),
        note=note,
    )


def change_url(environment: Environment, old: EntryVersion | None, new: EntryVersion | None, *, technical: bool) -> str:
    """The page of one change; 0 stands for the side that the entry does not have."""
    place = (environment.site.slug, environment.slug, old.pk if old else 0, new.pk if new else 0)
    return reverse("change", args=place) + ("?technical=1" if technical else "")


def body_of(
    old: EntryVersion | None,
    new: EntryVersion | None,
    diff: EntryDiff,
    environment: Environment,
    *,
    technical: bool,
    full: bool = False,
    served: set[str] | None = None,
) -> Body:
    """What the open block of a change shows. `served` are lost addresses that another entry has taken over."""
    version = new or old
    if version is None:
        raise ValueError("a change has at least one side")
    lost = _address_lost(old, new)
    broken = links.path_of(lost) if lost and lost not in (served or set()) else ""
    place = (environment.site.slug, environment.slug)
    return Body(
        shown=diff_view.shown(diff, full=full),
        anchor=f"c{version.pk}",
        url=change_url(environment, old, new, technical=technical),
        is_full=full,
        edit_url=addresses.below(environment.site.cms_url, version.edit_url),
        live_url=addresses.live_page(environment, old.url) if old and old.url else "",
        history_url=_history_url(environment, version),
        broken=broken,
        links_url=reverse("change-links", args=[*place, old.pk]) if broken and old else "",
    )


def _address_lost(old: EntryVersion | None, new: EntryVersion | None) -> str:
    """The address that stops working with this change, empty when none does."""
    if old is None or not old.url or (new is not None and new.url == old.url):
        return ""
    return old.url


def _history_url(environment: Environment, version: EntryVersion) -> str:
    try:
        return reverse("entry", args=[environment.site.slug, version.source_id, version.entry_key])
    except NoReverseMatch:
        return ""


def coming(sources: list[ContentSource], moment: datetime) -> list[EntryVersion]:
    """Entries that go live later by schedule, soonest first."""
    found = [version for source in sources for version in upcoming(source, moment, limit=COMING)]
    return sorted(found, key=lambda version: version.publish_at or moment)[:COMING]
