"""The words for what waits for a second person, for keys that expire, and for what only programs hear of."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.lifecycle import State
from deploys.models import Occurrence, User
from deploys.notifications.words import Words, asked, build_of, moment_of, words
from deploys.web import clock, pills, token_words
from deploys.web.pills import Pill

APPROVED = Pill(word=gettext_lazy("Approved"), icon="tick", tone="ok")
KEY = Pill(word=gettext_lazy("Key expires"), icon="warning", tone="warn")
EVENT = Pill(word=gettext_lazy("Event"), icon="open", tone="idle")


def to_approve(occurrence: Occurrence, moment: datetime, reader: User | None) -> Words:
    """Somebody who may has to look at a build."""
    build = build_of(occurrence)
    headline = _("{name} wants to publish and needs a second person").format(name=build.asker or _("Somebody"))
    first = _("It waits in line until somebody approves or declines it.")
    todo = [_("Open the build, read what goes live, and approve or decline it.")]
    return words(pills.APPROVAL, headline, first, asked(build, moment, reader), todo=todo)


def approved(occurrence: Occurrence, moment: datetime, reader: User | None) -> Words:
    """The second person let it go out."""
    build = build_of(occurrence)
    who = occurrence.actor or build.approved_by
    headline = _("{name} approved it").format(name=who.name if who else _("Somebody"))
    return words(APPROVED, headline, _("It goes out when its turn comes."), asked(build, moment, reader))


def token_expires(occurrence: Occurrence, moment: datetime, _reader: User | None) -> Words:
    """Our key for GitLab comes to its end, or came."""
    ends = date.fromisoformat(str(occurrence.facts["expires_on"]))
    left = (ends - moment.date()).days
    day = formats.date_format(ends, "j F Y")
    effect = _("From {day} on, Buildhub cannot see how builds go, nor stop them.").format(day=day)
    todo = [
        _("In GitLab, make a new access token with the same role and scopes (Settings, Access tokens)."),
        _("Enter it in Buildhub. The warning goes away when GitLab has been asked, within minutes."),
    ]
    return words(KEY, token_words.headline(left), effect, todo=todo)


def moved(occurrence: Occurrence, _moment: datetime, _reader: User | None) -> Words:
    """A build came to a state; for programs, so in the words of the table."""
    build, state = build_of(occurrence), State(occurrence.facts["to"])
    return words(EVENT, f"Build {build.number}: {state.value}", f"{state.label}.")


def plan_began(occurrence: Occurrence, moment: datetime, _reader: User | None) -> Words:
    """The build of a plan was asked for."""
    planned = clock.moment_words(moment_of(occurrence.facts["planned_at"]), moment)
    return words(EVENT, _("What was planned for {time} is on its way").format(time=planned))


def plan_kept(occurrence: Occurrence, moment: datetime, _reader: User | None) -> Words:
    """What was planned is live."""
    planned = clock.moment_words(moment_of(occurrence.facts["planned_at"]), moment)
    return words(EVENT, _("What was planned for {time} is live").format(time=planned))


def schedule_changed(occurrence: Occurrence, _moment: datetime, _reader: User | None) -> Words:
    """Somebody saved, paused, resumed, canceled or restored a schedule."""
    who = occurrence.actor.name if occurrence.actor else _("Somebody")
    return words(EVENT, _("A schedule was {change} by {name}").format(change=occurrence.facts["change"], name=who))
