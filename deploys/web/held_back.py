"""A publish that was held back, for much of the site would vanish: its card, its pages, and whether it may go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.builds import rights
from deploys.lifecycle import OPEN, State
from deploys.models import Build, Release, ReleasePages, Role, SendAs
from deploys.web import buttons, clock, copied_cards, explanations, page_list, pills, refusals, settled_cards
from deploys.web.card_model import Card, either, join, say
from deploys.web.facts import Facts
from deploys.web.figures import grouped
from deploys.web.page_list import PageList
from deploys.web.permissions import Visit


@dataclass(frozen=True, kw_only=True)
class Vanishing:
    """The pages that a build would have taken off the site. `title` says how many."""

    title: str
    pages: PageList


def vanishing(build: Build, *, show_all: bool = False) -> Vanishing | None:
    """The pages that would vanish; None for every other build, and until the worker has read them. Three queries."""
    removed = page_list.only_pages(build.error_facts.get("removed")) if pills.is_held_back(build) else []
    if not removed:
        return None
    count = count_of(build)
    live = build.environment.live_release  # its content knows the titles, for the new one may lack the pages
    pages = page_list.list_of(
        build,
        [(page_list.WOULD_VANISH, removed)],
        total=count,
        carriers=[live.build_id if live else None],
        sizes=ReleasePages.of(live) if live else None,
        show_all=show_all,
    )
    return Vanishing(title=page_list.would_vanish_title(count), pages=pages)


def count_of(build: Build) -> int:
    """How many pages would vanish; 0 while that is not known."""
    count = build.error_facts.get("count")
    return count if isinstance(count, int) and count > 0 else 0


def anyway_label(build: Build) -> str:
    """What the button of the last word does: "Publish anyway: 57 pages vanish"."""
    count = count_of(build)
    if not count:
        return _("Publish anyway")
    text = ngettext("Publish anyway: {count} page vanishes", "Publish anyway: {count} pages vanish", count)
    return text.format(count=grouped(count))


def why_not(role: Role | None, build: Build) -> str:
    """Why this person cannot publish anyway, in words; empty when they can. One query for those who may not."""
    environment = build.environment
    if not rights.may_bring_back(role, environment):
        names = [person.name for person in rights.who_may_bring_back(environment)]
        if not names:
            return _("Nobody may do this here yet. An admin can change that.")
        return _("Your role does not allow this. Ask {names}.").format(names=either(names))
    return refusals.cannot_tell_words() if environment.send_as == SendAs.NONE else ""


def is_settled(build: Build) -> bool:
    """True when a later build went well or is on its way, so that nobody should go on with this one. One query."""
    later = build.environment.builds.filter(number__gt=build.number, state__in=[*OPEN, State.SUCCEEDED])
    return later.exists()


def settled_words() -> str:
    """Why an old page does nothing any more."""
    return _("A later publish has taken the place of this one, so nothing was started.")


def anyway_button(role: Role | None, build: Build) -> buttons.Button:
    """Leads to the page that asks; off with the reason for those who may not."""
    return buttons.Button(
        id="ask-anyway",
        label=_("Publish anyway"),
        url=reverse("ask-anyway", args=[build.site.slug, build.number]),
        posts=False,
        off=why_not(role, build),
    )


def last_word(visit: Visit, build: Build) -> buttons.Button:
    """The button that publishes although pages vanish."""
    return buttons.Button(
        id="do-publish-anyway",
        label=anyway_label(build),
        url=reverse("publish-anyway", args=[build.site.slug, build.number]),
        tone="bad",
        busy=_("Starting"),
        off=why_not(visit.role, build) or (settled_words() if is_settled(build) else ""),
    )


def card(facts: Facts, build: Build) -> Card:
    """The card of a publish that was held back: nothing happened to the site."""
    explanation = explanations.explain(build, touched=False)
    return Card(
        state="held_back",
        pill=pills.HELD_BACK,
        headline=explanation.headline,
        text=join(visitors(facts.live, facts.now), "" if build.is_copy else _often()),
        buttons=[
            _see(build),
            *(
                copied_cards.again_buttons(facts.role, build)
                if build.is_copy
                else [buttons.retry(build), anyway_button(facts.role, build)]
            ),
            buttons.hide(build),
        ],
        edge="warn",
        build=build,
        favicon="waiting",
        announcement=join(say("{headline}.", headline=explanation.headline), explanation.visitors_short()),
        is_alert=True,
    )


def _see(build: Build) -> buttons.Button:
    """Leads to the list, or to the explanation while there is none."""
    if not build.error_facts.get("removed"):
        return buttons.details(build, _("See what to do"), tone="primary")
    url = f"{reverse('build', args=[build.site.slug, build.number])}#vanish"
    return buttons.Button(id="see-pages", label=_("See the pages"), url=url, posts=False, tone="primary")


def _often() -> str:
    return say(_("This often means that the CMS was not read whole."))


def visitors(live: Release | None, moment: datetime) -> str:
    """What visitors see, as safe HTML. `live` is what is in place, proved or not."""
    if live is None or not live.is_proved:
        return say(_("Nothing was changed."))
    since = clock.when(settled_cards.since(live), moment)
    return say(_("Nothing was changed: visitors still see the version from {time}."), time=since)
