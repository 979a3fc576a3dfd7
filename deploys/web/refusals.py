"""What a press that was not carried out says to the person who pressed."""

from __future__ import annotations

from django.utils.timezone import now
from django.utils.translation import gettext as _

from deploys.builds.actions import AlreadyBuilding, CannotTell, NotAllowed, NotConfigured, TooLate
from deploys.builds.approvals import ChangedMeanwhile, NotWaiting
from deploys.builds.copies import IsLive, NotKept
from deploys.builds.preview_limits import TooManyPreviews
from deploys.builds.previews import BeingCopied, NoPreviews
from deploys.web import clock
from deploys.web.card_model import ask_words

REFUSALS = (
    *(AlreadyBuilding, BeingCopied, CannotTell, ChangedMeanwhile, IsLive, NoPreviews, NotAllowed, NotConfigured),
    *(NotKept, NotWaiting, TooLate, TooManyPreviews),
)
type Refusal = (
    AlreadyBuilding
    | BeingCopied
    | CannotTell
    | ChangedMeanwhile
    | IsLive
    | NoPreviews
    | NotAllowed
    | NotConfigured
    | NotKept
    | NotWaiting
    | TooLate
    | TooManyPreviews
)


def words(refusal: Refusal) -> str:
    """Say in plain words why nothing happened, as text."""
    if isinstance(refusal, AlreadyBuilding):
        return _already_building(refusal)
    if isinstance(refusal, NotAllowed):
        return ask_words([person.name for person in refusal.people])
    if isinstance(refusal, NotConfigured):
        return _("Publishing is not set up here, so nothing was started.")
    if isinstance(refusal, CannotTell):
        return cannot_tell_words()
    if isinstance(refusal, TooManyPreviews):
        return _too_many(refusal)
    if isinstance(refusal, NotWaiting):
        return _("This publish does not wait for a second person any more. Nothing was changed.")
    if isinstance(refusal, ChangedMeanwhile):
        return _("Something was saved while you were reading. Look at the list as it is now, then approve.")
    if isinstance(refusal, BeingCopied | IsLive | NoPreviews | NotKept):
        return str(refusal)
    return _("It was too late to stop: this publish is going live or already over.")


def preview_words(refusal: Refusal) -> str:
    """The same about a preview, whose time may be over by now."""
    if isinstance(refusal, TooLate):
        return _("This preview is over or still being made, so nothing was changed.")
    return words(refusal)


def _too_many(refusal: TooManyPreviews) -> str:
    time = clock.moment_words(refusal.again_at, now()) if refusal.again_at else ""
    if refusal.per_hour:
        text = _("You asked for {count} previews within an hour. You can ask for the next one {time}.")
    else:
        text = _(
            "This site has {count} previews, more are not kept at a time. Delete one that nobody needs, "
            "or wait until one ends {time}."
        )
    return text.format(count=refusal.count, time=time)


def cannot_tell_words() -> str:
    """The build service takes nothing from us, so that it cannot be told to publish anyway."""
    return _(
        "The build service takes no word from Buildhub here. "
        "A developer can run it in GitLab with the variable BUILDHUB_ANYWAY set to 1."
    )


def _already_building(refusal: AlreadyBuilding) -> str:
    build = refusal.build
    ago = clock.ago(build.requested_at, now())
    if build.is_foreign:
        return _("A publish was started in GitLab {ago} and is under way. Nothing was started twice.").format(ago=ago)
    if build.requested_by is None:
        return _("A publish began {ago} and is under way. Nothing was started twice.").format(ago=ago)
    return _("{name} pressed Publish {ago}; that publish is under way. Nothing was started twice.").format(
        name=build.requested_by.name, ago=ago
    )
