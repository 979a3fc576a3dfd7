"""The card of a build in line: paused, in its seconds of grace, or waiting for its turn."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.builds import line
from deploys.models import Build
from deploys.web import buttons, copied_cards, line_words, paused_cards, pills
from deploys.web.card_model import Card, join, say
from deploys.web.facts import Facts
from deploys.web.troubled_cards import SOON


def in_line(facts: Facts, build: Build) -> Card:
    """What keeps it there: a pause, the seconds in which it can be undone, or its turn."""
    if facts.pause and line.is_paused(build, facts.now):
        return paused_cards.in_line(facts, facts.pause, build)
    left = line.grace_left(build, facts.now)
    return _grace(facts, build, left) if left and facts.may_stop(build) else _queued(facts, build)


def _grace(facts: Facts, build: Build, left: float) -> Card:
    seconds = math.ceil(left)
    text = ngettext("Publishing in {count} second", "Publishing in {count} seconds", seconds)
    return Card(
        state="grace",
        pill=pills.STARTING,
        headline=text.format(count=seconds),
        text=say(_("Until then it can be undone, as if it had not been pressed.")),
        buttons=[replace(buttons.stop(build, _("Undo")), icon="turn-back", busy=_("Undoing"))],
        build=build,
        favicon="building",
        announcement=f"{text.format(count=seconds)}. {_('Undo is available.')}",
        holds_for=timedelta(seconds=left - seconds + 1),
        can_notify=True,
    )


def _queued(facts: Facts, build: Build) -> Card:
    place = facts.place_of(build)
    return Card(
        state="queued",
        pill=pills.WAITING,
        headline=line_words.headline(place, mine=build.pk in facts.asked_by_me),
        text=join(line_words.start(place), say(_("You can leave this page; the publish carries on without it."))),
        buttons=copied_cards.leave_buttons(facts, build),
        note=build.waiting_note,
        percent=-1,
        bar_label=_("Waiting in line"),
        build=build,
        favicon="building",
        announcement=_("Waiting in line."),
        holds_for=SOON,
        can_notify=True,
    )
