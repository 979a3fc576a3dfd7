"""What people ask of messages: rows and a word to the worker; no network here."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now

from deploys import audit, wake
from deploys.models import (
    AuditAction,
    Build,
    BuildWish,
    Channel,
    ChannelKind,
    Delivery,
    DeliveryStage,
    Environment,
    Kind,
    Occurrence,
    Reason,
    Subscription,
    Topic,
    User,
)
from deploys.notifications.channels.webhook import new_secret
from deploys.notifications.programs import newest_event

AUDITED = ("name", "address", "secret", "topics", "digest_at", "quiet_from", "quiet_until")
_LABELS = {"secret": "Signing secret", "is_active": "Switched on"}
OVERLAP = timedelta(hours=24)  # while receivers change over, the old secret signs too


def choose_topics(*, user: User, chosen: Mapping[Environment, Collection[Topic]]) -> None:
    """Store what the person wants to hear of these environments."""
    for environment, topics in chosen.items():
        names = [topic.value for topic in Topic if topic in topics]
        Subscription.objects.update_or_create(user=user, environment=environment, defaults={"topics": names})


def stop_topic(*, user_id: int, environment_id: int, topic: str) -> None:
    """End one kind of message to one person. Safe to repeat."""
    with transaction.atomic():
        rows = Subscription.objects.select_for_update().filter(user=user_id, environment=environment_id)
        for row in rows:
            row.topics = [name for name in row.topics if name != topic]
            row.save(update_fields=["topics"])


@transaction.atomic
def save_channel(
    *, channel: Channel, actor: User | None, secret: str = "", renew_secret: bool = False, for_programs: bool = False
) -> str:
    """Store a place. A webhook gets a secret when it has none or wants a new one; the old one signs for a day more.

    `for_programs`: a team's webhook gets every event from now on. Returns the secret that was made, to be shown once;
    empty when none was made.
    """
    stored = Channel.objects.select_for_update().filter(pk=channel.pk).first()
    made, before = "", channel.secret
    if channel.kind == ChannelKind.WEBHOOK:
        channel.secret = secret or channel.secret
        if renew_secret or not channel.secret:
            channel.secret = made = new_secret()
        if before and channel.secret != before:
            channel.old_secret, channel.old_secret_until = before, now() + OVERLAP
        if for_programs != channel.is_for_programs:
            channel.programs_from = channel.programs_through = newest_event()
            if not for_programs:
                channel.programs_from = None
    channel.trouble = ""
    channel.save()
    if stored:
        values = audit.values_of(stored, AUDITED)
        _write_down(channel, actor, values, was_for_programs=stored.is_for_programs)
    else:
        _write_down(channel, actor)
    return made


def _write_down(
    channel: Channel,
    actor: User | None,
    before: audit.Values | None = None,
    *,
    was_for_programs: bool | None = None,
    gone: bool = False,
) -> None:
    """What was done to a team's place, and by whom; a person's own places are nobody else's business.

    `before`: the values that it had; None: it is new.
    """
    if channel.environment is None:
        return
    subject = f"{channel.get_kind_display()} “{channel.label}” of {channel.environment.name}"
    site = channel.environment.site
    if before is None or gone:
        action = AuditAction.REMOVED if gone else AuditAction.ADDED
        audit.record(actor=actor, subject=subject, site=site, action=action)
        return
    changes = audit.differences(channel, before, _LABELS)
    if was_for_programs not in {None, channel.is_for_programs}:
        changes["For programs, every event"] = ["no", "yes"] if channel.is_for_programs else ["yes", "no"]
    if changes:
        audit.record(actor=actor, subject=subject, site=site, changes=changes)


def set_active(*, channel: Channel, actor: User, is_active: bool) -> None:
    """Let messages go to this place, or none. What waits for a place that is switched off is not needed any more."""
    with transaction.atomic():
        before = audit.values_of(channel, ["is_active"])
        channel.is_active, channel.trouble = is_active, ""
        channel.save(update_fields=["is_active", "trouble"])
        _write_down(channel, actor, before)
        if not is_active:
            Delivery.objects.waiting().filter(channel=channel).update(
                stage=DeliveryStage.DROPPED, ended_at=now(), next_try_at=None, answer="The place was switched off."
            )


@transaction.atomic
def remove(*, channel: Channel, actor: User) -> None:
    """Forget a place and everything that was sent to it."""
    _write_down(channel, actor, gone=True)
    channel.delete()


@transaction.atomic
def send_test(*, channel: Channel, actor: User) -> Delivery:
    """Send a test to this place, at once, also when it is switched off."""
    occurrence = Occurrence.objects.create(
        key=f"test-{uuid.uuid4().hex}",
        kind=Kind.TEST,
        environment=channel.environment,
        actor=actor,
        told_at=now(),
    )
    delivery = Delivery.objects.create(occurrence=occurrence, channel=channel, reason=Reason.TEST)
    pk = occurrence.pk
    transaction.on_commit(lambda: wake.tell(pk))
    return delivery


@transaction.atomic
def send_again(*, delivery: Delivery) -> bool:
    """Send a message once more that ended, all that travelled in it. Returns False while it is on its way.

    One that was not delivered keeps its id, so that a receiver that took it all the same can tell; one that was
    delivered gets a new id, as somebody wants to see it again.
    """
    together = Delivery.objects.select_for_update().filter(batch=delivery.batch)
    if together.waiting().exists():
        return False
    rows = Delivery.objects.filter(pk__in=[one.pk for one in together])
    if delivery.stage == DeliveryStage.SENT:
        rows.update(batch=uuid.uuid4())
    rows.update(
        stage=DeliveryStage.WAITING, attempts=0, next_try_at=now(), ended_at=None, lease_until=None, joins=False
    )
    pk = delivery.occurrence_id
    transaction.on_commit(lambda: wake.tell(pk))
    return True


def wish(*, build: Build, user: User) -> bool:
    """Note that the person wants a mail when this build is done. Returns False for a build that has ended."""
    with transaction.atomic():
        build.environment.lock()
        if Build.objects.ended().filter(pk=build.pk).exists() and not _is_being_proved(build):
            return False
        BuildWish.objects.get_or_create(build=build, user=user)
    return True


def _is_being_proved(build: Build) -> bool:
    """True between the end of the pipeline and the proof that the site shows it."""
    release = getattr(build, "release", None)
    return release is not None and not release.is_proved and release.next_check_at is not None
