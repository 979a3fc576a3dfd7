"""The log of messages of a site, for its admins: what went where, how it went, and sending one again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deploys.models import Channel, Delivery, DeliveryStage, Kind, Occurrence, Reason, Site, Topic
from deploys.notifications.messages import place_of
from deploys.notifications.reasons import TOPIC_WORDS
from deploys.web import clock
from deploys.web.card_model import join, say
from deploys.web.pills import Pill

SHOWN = 50
PILLS = {
    DeliveryStage.WAITING: Pill(word=gettext_lazy("On its way"), icon="ring", tone="run"),
    DeliveryStage.SENT: Pill(word=gettext_lazy("Delivered"), icon="tick", tone="ok"),
    DeliveryStage.FAILED: Pill(word=gettext_lazy("Not delivered"), icon="cross", tone="bad"),
    DeliveryStage.DROPPED: Pill(word=gettext_lazy("Not needed"), icon="minus-circle", tone="idle"),
}
LATER = Pill(word=gettext_lazy("Waits"), icon="clock", tone="idle")
FILTERS = {
    "all": (gettext_lazy("All"), ()),
    "failed": (gettext_lazy("Not delivered"), (DeliveryStage.FAILED,)),
    "waiting": (gettext_lazy("On their way"), (DeliveryStage.WAITING,)),
}
_RELATED = (
    "occurrence__environment__site",
    "occurrence__build__site",
    "channel__user",
    "channel__environment",
)


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """One message to one place. `state` is safe HTML."""

    delivery: Delivery
    pill: Pill
    headline: str
    place: str
    url: str
    to: str
    why: str
    state: SafeString
    may_be_sent_again: bool


def deliveries_of(site: Site, shown: str) -> QuerySet[Delivery]:
    """The messages of the site, newest first."""
    rows = Delivery.objects.filter(occurrence__environment__site=site).select_related(*_RELATED)
    states = FILTERS[shown][1]
    return (rows.filter(stage__in=states) if states else rows).order_by("-pk")


def lines_of(deliveries: list[Delivery], moment: datetime) -> list[LogLine]:
    """Describe them."""
    return [_line(delivery, moment) for delivery in deliveries]


def _line(delivery: Delivery, moment: datetime) -> LogLine:
    occurrence = delivery.occurrence
    later = delivery.next_try_at is not None and delivery.next_try_at > moment
    waits = delivery.stage == DeliveryStage.WAITING and later
    return LogLine(
        delivery=delivery,
        pill=LATER if waits else PILLS[DeliveryStage(delivery.stage)],
        headline=occurrence.headline or _unnamed(occurrence),
        place=place_of(occurrence.environment),
        url=occurrence.build.get_absolute_url() if occurrence.build else "",
        to=_to(delivery.channel),
        why=_why(delivery.reason),
        state=_state(delivery, moment),
        may_be_sent_again=delivery.stage in {DeliveryStage.SENT, DeliveryStage.FAILED},
    )


def _unnamed(occurrence: Occurrence) -> str:
    """A test, and what nobody could put into words."""
    return _("This is a test") if occurrence.kind == Kind.TEST else occurrence.get_kind_display()


def _to(channel: Channel) -> str:
    """Who or what gets it."""
    if channel.user is None:
        return f"{channel.label} ({channel.get_kind_display()})" if channel.name else channel.label
    return f"{channel.user.name} ({channel.label})"


def _why(reason: str) -> str:
    if reason in set(Topic):
        return str(TOPIC_WORDS[Topic(reason)])
    return {
        Reason.PRESSED: _("Asked for the publish"),
        Reason.WISH: _("“Tell me when it is done”"),
        Reason.ADMIN: _("Admin of the site"),
        Reason.APPROVER: _("May approve it"),
        Reason.PROGRAM: _("For programs"),
        Reason.TEST: _("Test"),
    }[Reason(reason)]


def _state(delivery: Delivery, moment: datetime) -> SafeString:
    tries = ""
    if delivery.attempts > 1 or (delivery.attempts and delivery.stage != DeliveryStage.SENT):
        tries = ngettext("{count} try.", "{count} tries.", delivery.attempts).format(count=delivery.attempts)
    following = delivery.next_try_at
    when = ""
    if following and following > moment:
        words = _("Next try {time}.") if delivery.attempts else _("Goes out {time}.")
        when = say(words, time=clock.when(localtime(following), moment))
    answer = delivery.answer
    return join(f"{answer}." if answer and not answer.endswith(".") else answer, tries, when)
