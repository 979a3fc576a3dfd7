"""What the worker does about messages: from what happened to deliveries, from deliveries to answers.

The rows are the queue: a crash at any place loses nothing. One round runs at a time and talks to many places at once,
so that slow receivers hold up neither each other nor the worker's other tasks.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from deploys.builds import line
from deploys.models import Channel, ChannelKind, Delivery, DeliveryStage, Heartbeat, Kind, Occurrence
from deploys.notifications import audience, programs, timing
from deploys.notifications.channels import mail, slack, teams, webhook
from deploys.notifications.channels.errors import Answer, Gone, NotDelivered, Unavailable
from deploys.notifications.messages import Message, compose
from deploys.notifications.sentences import words_of

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)  # longer than any try: a message in the hands of a dead worker is sent again after it
ROUND_LEASE = timedelta(seconds=60)
ROUND = "messages"  # the row whose time says until when somebody is sending
AT_ONCE = 8  # places that are talked to at the same time
LONGEST = 40.0  # seconds that one task goes on with rounds
PAUSES = tuple(timedelta(seconds=s) for s in (30, 120, 600, 1800, 7200, 18000, 36000))  # after each failed try
NOT_WANTED = "The person may not open this site any more, or the publish does not wait any more."
BROKEN = "Something broke on our side; the worker's log says what."

Clock = Callable[[], datetime]


def tell_people(now: Clock = timezone.now) -> None:
    """Fan out what happened and send what is due, until nothing is. Safe to run at any time, any number of times."""
    began = time.monotonic()
    while time.monotonic() - began < LONGEST:
        programs.collect(now())
        fan_out(now())
        if not _take_the_round(now()):
            return
        try:
            send_due(now)
        finally:
            Heartbeat.objects.filter(part=ROUND).update(seen_at=now() - ROUND_LEASE)
        # Looked at after the round is given back: whoever came meanwhile found it taken and left it to us.
        if not Delivery.objects.due(now()).exists():
            return


def _take_the_round(moment: datetime) -> bool:
    """True when no other worker is sending; a killed one loses its turn after a minute."""
    if Heartbeat.objects.filter(part=ROUND, seen_at__lte=moment - ROUND_LEASE).update(seen_at=moment):
        return True
    _, is_first = Heartbeat.objects.get_or_create(part=ROUND, defaults={"seen_at": moment})
    return is_first


def fan_out(moment: datetime) -> None:
    """Make the deliveries of everything that nobody was told of yet."""
    for pk in Occurrence.objects.filter(told_at=None).values_list("pk", flat=True)[:200]:
        try:
            _fan_out(pk, moment)
        except Exception:
            # One that nobody can make sense of must not hold up the others; it is tried again with every tick.
            logger.exception("Nobody could be told of occurrence %s.", pk)


@transaction.atomic
def _fan_out(pk: int, moment: datetime) -> None:
    related = Occurrence.objects.select_related("environment__site", "build__environment__site", "build__site")
    occurrence = related.select_for_update(of=["self"], skip_locked=True).filter(pk=pk, told_at=None).first()
    if occurrence is None:
        return
    zone = occurrence.environment.site.time_zone if occurrence.environment else ""
    rows = []
    for each in audience.recipients(occurrence):
        ready = _ready_at(occurrence, moment)
        at, joins = timing.send_at(each.channel, each.reason, ready, timing.zone_of(each.channel, zone))
        rows.append(
            Delivery(
                occurrence=occurrence,
                channel=each.channel,
                reason=each.reason,
                joins=joins,
                created_at=moment,
                next_try_at=at,
            )
        )
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    Occurrence.objects.filter(pk=pk).update(told_at=moment, headline=_headline(occurrence, zone, moment))


def _ready_at(occurrence: Occurrence, moment: datetime) -> datetime:
    """A press that can still be undone is nothing to approve yet."""
    build = occurrence.build
    if occurrence.kind != Kind.TO_APPROVE or build is None or build.not_before is None:
        return moment
    return max(moment, build.not_before)


def _headline(occurrence: Occurrence, zone: str, moment: datetime) -> str:
    """What the log calls it; empty for what cannot be put into words."""
    try:
        with timezone.override(timing.zone_named(zone)):
            return words_of(occurrence, moment).headline[:200]
    except Exception:
        logger.exception("Occurrence %s has no words.", occurrence.pk)
        return ""


def send_due(now: Clock = timezone.now) -> None:
    """Send up to eight messages whose time has come, side by side."""
    join_waiting(now())
    due = Delivery.objects.due(now()).order_by("next_try_at").values_list("batch", flat=True)
    batches = list(dict.fromkeys(due[: AT_ONCE * 4]))[:AT_ONCE]
    claimed = [held for batch in batches if (held := Delivery.claim(batch, moment=now(), lease=LEASE))]
    tries = {}
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="message") as threads:
        for held in claimed:
            if (attempt := _prepared(held, now())) is not None:
                tries[threads.submit(attempt)] = held
        for done in as_completed(tries):
            _record(tries[done], done.result(), now())


@transaction.atomic
def join_waiting(moment: datetime) -> None:
    """Put what waited for the same time and place into one message. What was tried already keeps its id."""
    free = Delivery.objects.due(moment).filter(joins=True, attempts=0)
    channels: dict[int, list[int]] = {}
    for pk, channel in free.select_for_update(skip_locked=True).values_list("pk", "channel_id"):
        channels.setdefault(channel, []).append(pk)
    for rows in channels.values():
        Delivery.objects.filter(pk__in=rows).update(batch=uuid.uuid4(), joins=False)


def _prepared(held: list[Delivery], moment: datetime) -> Callable[[], Answer | NotDelivered] | None:
    """The try of a message, which touches no database; None for a message that nobody needs any more."""
    channel = held[0].channel
    wanted = [delivery for delivery in held if _is_still_wanted(delivery)]
    if dropped := [delivery.pk for delivery in held if delivery not in wanted]:
        ended = {"stage": DeliveryStage.DROPPED, "ended_at": moment, "next_try_at": None, "lease_until": None}
        Delivery.objects.filter(pk__in=dropped).update(answer=NOT_WANTED, **ended)
    if not wanted:
        return None
    environment = wanted[0].occurrence.environment
    zone = timing.zone_of(channel, environment.site.time_zone if environment else "")
    try:
        message = compose(wanted, zone, moment)
    except Exception:
        # One message that cannot be written must not hold up the others.
        logger.exception("Message %s could not be written.", wanted[0].batch)
        return lambda: Unavailable(BROKEN)
    return partial(_outcome, channel, message, moment)


def _is_still_wanted(delivery: Delivery) -> bool:
    """False for a person who left the site since, and for what was approved or stopped since. One query for people."""
    if delivery.occurrence.kind == Kind.TO_APPROVE and not _is_to_approve(delivery.occurrence):
        return False
    user, environment = delivery.channel.user, delivery.occurrence.environment
    if user is None or environment is None:
        return True
    is_member = user.is_superuser or user.memberships.filter(site=environment.site_id).exists()
    return user.is_active and is_member


def _is_to_approve(occurrence: Occurrence) -> bool:
    """True while the build still waits for that approval, not for a later one."""
    if occurrence.build is None or not line.waits_for_approval(occurrence.build):
        return False
    return not occurrence.build.occurrences.filter(kind=Kind.TO_APPROVE, pk__gt=occurrence.pk).exists()


def _outcome(channel: Channel, message: Message, moment: datetime) -> Answer | NotDelivered:
    """Send, and give back what came of it. Runs in a thread of its own."""
    try:
        return transmit(channel, message, moment)
    except NotDelivered as error:
        return error
    except Exception:
        logger.exception("Message %s could not be sent.", message.id)
        return Unavailable(BROKEN)


def transmit(channel: Channel, message: Message, moment: datetime) -> Answer:
    """Send a message the channel's way. Raises NotDelivered."""
    if channel.kind == ChannelKind.EMAIL:
        return mail.send(message, address=channel.mail_address)
    if channel.kind == ChannelKind.SLACK:
        return slack.send(message, url=channel.address)
    if channel.kind == ChannelKind.TEAMS:
        return teams.send(message, url=channel.address)
    secrets = [channel.secret]
    if channel.old_secret and channel.old_secret_until and channel.old_secret_until > moment:
        secrets.append(channel.old_secret)
    return webhook.send(message, url=channel.address, secrets=secrets, moment=moment)


@transaction.atomic
def _record(held: Sequence[Delivery], outcome: Answer | NotDelivered, moment: datetime) -> None:
    """Write what came of a try, while it is still ours."""
    rows = Delivery.objects.waiting().filter(batch=held[0].batch, attempts=held[0].attempts)
    channel = Channel.objects.filter(pk=held[0].channel_id)
    facts = {"lease_until": None, "status": outcome.status}
    if isinstance(outcome, Answer):
        rows.update(stage=DeliveryStage.SENT, ended_at=moment, next_try_at=None, answer=outcome.words[:300], **facts)
        channel.exclude(trouble="").update(trouble="")
        return
    answer = str(outcome)[:300]
    tries = held[0].attempts
    if isinstance(outcome, Unavailable) and tries <= len(PAUSES):
        pause = max(PAUSES[tries - 1], timedelta(seconds=outcome.retry_after))
        rows.update(next_try_at=moment + pause, answer=answer, **facts)
        return
    rows.update(stage=DeliveryStage.FAILED, ended_at=moment, next_try_at=None, answer=answer, **facts)
    channel.update(trouble=answer)
    if isinstance(outcome, Gone):
        channel.update(is_active=False)
