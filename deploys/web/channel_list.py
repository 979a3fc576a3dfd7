"""The places that messages go to, as lists show them: what they are, when they are sent to, how the last one went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.models import Channel, ChannelKind, Delivery, DeliveryStage, Topic
from deploys.notifications.reasons import TOPIC_WORDS
from deploys.web import clock
from deploys.web.card_model import say
from deploys.web.channel_form import is_own_mail
from deploys.web.pills import Pill

ON = Pill(word=gettext_lazy("On"), icon="tick", tone="ok")
OFF = Pill(word=gettext_lazy("Switched off"), icon="minus-circle", tone="idle")
TROUBLED = Pill(word=gettext_lazy("Not delivered"), icon="warning", tone="warn")


@dataclass(frozen=True, kw_only=True)
class ChannelLine:
    """One place. `last` is safe HTML; `is_waiting` while a test is on its way."""

    channel: Channel
    pill: Pill
    where: str
    when: str
    topics: list[str]
    last: SafeString
    trouble: str
    is_waiting: bool
    may_be_removed: bool


def lines_of(channels: Iterable[Channel], moment: datetime) -> list[ChannelLine]:
    """Describe the places. One query for each."""
    return [_line(channel, moment) for channel in channels]


def _line(channel: Channel, moment: datetime) -> ChannelLine:
    last = channel.deliveries.select_related("occurrence").order_by("-pk").first() if channel.pk else None
    trouble = channel.trouble or _not_set_up(channel)
    pill = OFF if not channel.is_active else TROUBLED if trouble else ON
    return ChannelLine(
        channel=channel,
        pill=pill,
        where=_where(channel),
        when=_when(channel),
        topics=_topics(channel),
        last=_last(last, moment),
        trouble=trouble,
        is_waiting=last is not None and _is_under_way(last),
        may_be_removed=not is_own_mail(channel),
    )


def _topics(channel: Channel) -> list[str]:
    if channel.is_for_programs:
        return [_("Every event, for programs")]
    return [str(TOPIC_WORDS[Topic(name)]) for name in channel.topics if name in Topic]


def _is_under_way(delivery: Delivery) -> bool:
    """True until the first answer is there: before the first try, and while a worker has the message in its hands."""
    is_tried = delivery.attempts > 0 and delivery.lease_until is None
    return delivery.stage == DeliveryStage.WAITING and not delivery.joins and not is_tried


def _not_set_up(channel: Channel) -> str:
    if channel.kind != ChannelKind.EMAIL:
        return ""
    if not settings.EMAIL_IS_SET_UP:
        return _("Sending mail is not set up here. Those who run Buildhub can do that.")
    if not channel.mail_address:
        return _("Your account has no mail address. An admin can enter one.")
    return ""


def _where(channel: Channel) -> str:
    """The address as far as it is no secret."""
    if channel.kind == ChannelKind.EMAIL:
        return channel.mail_address
    return urlsplit(channel.address).netloc.rpartition("@")[2]


def _when(channel: Channel) -> str:
    if channel.kind == ChannelKind.WEBHOOK:
        return _("Each event at once.")
    if channel.digest_at:
        return _("One message a day at {time}.").format(time=_clock(channel.digest_at))
    if channel.quiet_from and channel.quiet_until:
        words = _("At once, but quiet from {begin} to {end}.")
        return words.format(begin=_clock(channel.quiet_from), end=_clock(channel.quiet_until))
    return _("At once.")


def _clock(moment: time) -> str:
    return f"{moment:%H:%M}"


def _last(delivery: Delivery | None, moment: datetime) -> SafeString:
    if delivery is None:
        return say(_("Nothing was sent here yet."))
    time = clock.when(delivery.ended_at or delivery.created_at, moment)
    words = {
        DeliveryStage.SENT: _("The last message arrived {time}."),
        DeliveryStage.FAILED: _("The last message did not arrive ({time})."),
        DeliveryStage.DROPPED: _("The last message was not needed any more ({time})."),
        DeliveryStage.WAITING: _("A message of {time} is on its way."),
    }
    return say(words[DeliveryStage(delivery.stage)], time=time)
