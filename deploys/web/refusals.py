"""What a press that was not carried out says to the person who pressed."""

from __future__ import annotations

from django.utils.timezone import now
from django.utils.translation import gettext as _

from deploys.builds.actions import AlreadyBuilding, NotAllowed, NotConfigured, TooLate
from deploys.web import clock
from deploys.web.card_model import ask_words

REFUSALS = (AlreadyBuilding, NotAllowed, NotConfigured, TooLate)


def words(refusal: AlreadyBuilding | NotAllowed | NotConfigured | TooLate) -> str:
    """Say in plain words why nothing happened, as text."""
    if isinstance(refusal, AlreadyBuilding):
        return _already_building(refusal)
    if isinstance(refusal, NotAllowed):
        return ask_words([person.name for person in refusal.people])
    if isinstance(refusal, NotConfigured):
        return _("Publishing is not set up here, so nothing was started.")
    return _("It was too late to stop: this publish is going live or already over.")


def _already_building(refusal: AlreadyBuilding) -> str:
    build = refusal.build
    ago = clock.ago(build.requested_at, now())
    if build.requested_by is None:
        return _("A publish began {ago} and is under way. Nothing was started twice.").format(ago=ago)
    return _("{name} pressed Publish {ago}; that publish is under way. Nothing was started twice.").format(
        name=build.requested_by.name, ago=ago
    )
