"""Which pages visitors lose, get back or see otherwise when one release takes the place of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.models import Build, Page, Release, ReleasePages
from deploys.web import page_list, pills
from deploys.web.figures import grouped
from publisher.model import FRONT_PAGE
from publisher.rules import Rules

SHOWN = 10
GUARD_PERCENT = Rules().removal_guard_percent  # what the publisher holds back, unless a site's own rules say otherwise


@dataclass(frozen=True, kw_only=True)
class Group:
    """Pages of one fate: how many, in words, and the first of them by address. `more` says how many are left out."""

    title: str
    pages: list[str]
    more: str


@dataclass(frozen=True, kw_only=True)
class Losses:
    """The three fates; a group without pages is left out. `warning`: so much goes that it needs a person's word."""

    vanish: Group | None
    others: list[Group]
    warning: str

    @property
    def is_nothing(self) -> bool:
        """True when both releases have the same pages with the same content."""
        return self.vanish is None and not self.others


def losses(live: Release, to: Release, *, is_copied: bool = False) -> Losses | None:
    """Compare the pages of two releases; None when those of one are not known. Three queries.

    What the publisher refused to take off the site the last time counts more than our own reckoning. `is_copied`: the
    release comes from another place, so it was never live before.
    """
    there, wanted = ReleasePages.of(live), ReleasePages.of(to)
    known = None if there is None or wanted is None else compare(there, wanted, is_copied=is_copied)
    tries = to.build.promotions if is_copied else to.build.returns
    last = tries.filter(environment_id=live.environment_id).order_by("-number").first()
    if last is None or not pills.is_held_back(last) or (known and known.warning):
        return known
    return _held_back(last, known)


def _held_back(last: Build, known: Losses | None) -> Losses:
    """What the last try would have taken off the site, so that this one says that it is meant."""
    gone = page_list.only_pages(last.error_facts.get("removed"))
    return Losses(
        vanish=known.vanish if known else _group(_vanish_title(len(gone)), gone),
        others=known.others if known else [],
        warning=_("The last try was held back, for so many pages would go offline. Go on only if that is meant."),
    )


def compare(there: Mapping[str, Page], wanted: Mapping[str, Page], *, is_copied: bool = False) -> Losses:
    """Say what becomes of the pages that are there, and which return or are new."""
    gone = sorted(there.keys() - wanted.keys())
    back = sorted(wanted.keys() - there.keys())
    differing = sorted(path for path in there.keys() & wanted.keys() if there[path].sha256 != wanted[path].sha256)
    returns = ngettext("{count} page comes back", "{count} pages come back", len(back))
    differs = ngettext("{count} page looks as it did then", "{count} pages look as they did then", len(differing))
    if is_copied:
        returns = ngettext("{count} new page", "{count} new pages", len(back))
        differs = ngettext("{count} page changes", "{count} pages change", len(differing))
    others = [_group(returns, back), _group(differs, differing)]
    return Losses(
        vanish=_group(_vanish_title(len(gone)), gone),
        others=[group for group in others if group],
        warning=_warning(gone, len(there), is_copied=is_copied),
    )


def _vanish_title(count: int) -> str:
    return ngettext("{count} page goes offline", "{count} pages go offline", count)


def _group(title: str, paths: list[str]) -> Group | None:
    if not paths:
        return None
    more = len(paths) - SHOWN
    return Group(
        title=title.format(count=grouped(len(paths))),
        pages=[page_list.name_of(path) for path in paths[:SHOWN]],
        more=ngettext("and {count} more", "and {count} more", more).format(count=grouped(more)) if more > 0 else "",
    )


def _warning(gone: list[str], before: int, *, is_copied: bool) -> str:
    only = _("Go on only if that is meant.") if is_copied else _("Bring this version back only if that is meant.")
    if FRONT_PAGE in gone:
        return f"{_('The front page would go offline.')} {only}"
    if before and len(gone) * 100 > GUARD_PERCENT * before:
        text = ngettext(
            "{count} of {before} page would go offline.",
            "{count} of {before} pages would go offline.",
            before,
        )
        return f"{text.format(count=grouped(len(gone)), before=grouped(before))} {only}"
    return ""
