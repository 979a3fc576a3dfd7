"""The place in line and what became of a press, in words: the same on the card and on the page of a build."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.builds.place import Place
from deploys.lifecycle import State
from deploys.models import Build
from deploys.web import clock, explanations, pills
from deploys.web.card_model import join, say


def headline(place: Place | None, *, mine: bool) -> str:
    """Where a build stands in line: "You are next in line", "There are 2 ahead of you"."""
    if place is None:
        return _("Your publish is in line") if mine else _("A publish is in line")
    if place.ahead < 2 and place.is_next:
        return _("You are next in line") if mine else _("A publish is next in line")
    text = (
        ngettext("There is {count} ahead of you", "There are {count} ahead of you", place.ahead)
        if mine
        else ngettext("A publish is in line, {count} goes first", "A publish is in line, {count} go first", place.ahead)
    )
    return text.format(count=place.ahead)


def start(place: Place | None) -> str:
    """When its turn comes, as a sentence; no number without enough past builds."""
    if place is None or not place.ahead:
        return say(_("It starts in a moment."))
    shared = say(_("Another site uses the same build service first.")) if place.is_shared else ""
    if place.starts_in is None:
        return join(say(_("It starts by itself when its turn comes.")), shared)
    return join(say(_("It starts {time}."), time=clock.time_until(place.starts_in)), shared)


def behind(place: Place | None) -> str:
    """About the person's own build that waits behind the one that the card speaks of."""
    if place is None:
        return say(_("Your publish is in line."))
    if place.is_next and place.starts_in is not None:
        return say(_("Your publish is next in line; it starts {time}."), time=clock.time_until(place.starts_in))
    if place.is_next:
        return say(_("Your publish is next in line."))
    return join(say("{words}.", words=headline(place, mine=True)), start(place))


def included() -> str:
    """To somebody whose press was joined to, or taken over by, a build that another person began."""
    return say(_("It includes what you asked for."))


def taken_over(build: Build) -> str:
    """Which build took the changes of a superseded one along, with a link, and how that one stands or ended."""
    final = build.outcome
    link = say(
        '<a id="outcome" href="{url}">{words}</a>',
        url=reverse("build", args=[build.site.slug, final.number]),
        words=_("Build {number}").format(number=final.number),
    )
    return join(say(_("{build} includes these changes."), build=link), _outcome(final))


def _outcome(final: Build) -> str:
    if final.state == State.QUEUED:
        return say(_("It waits in line."))
    if final.is_open:
        return say(_("It is under way."))
    if final.state in {State.FAILED, State.LOST}:
        return say(_("It did not go live: {reason}."), reason=explanations.headline_of(final))
    if final.state == State.CANCELED:
        return say(_("It was stopped before it went live."))
    words = {
        pills.LIVE: _("They are live."),
        pills.PUBLISHED: _("They went live with it; a later version has replaced it."),
        pills.CONFIRMING: _("It was built; we look whether visitors see it."),
        pills.UNCONFIRMED: _("It was built; we could not confirm that visitors see it."),
    }
    return say(words.get(pills.pill_of(final), _("It has finished.")))
