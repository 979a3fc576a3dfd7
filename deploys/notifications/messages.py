"""What a message says: made when it is sent, in the reader's time zone, without any text of the content."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.signing import Signer
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.models import Delivery, Environment, Kind, Occurrence, Reason
from deploys.notifications import sentences
from deploys.notifications.reasons import reason_words
from deploys.notifications.words import Words
from deploys.web import clock

MOST_LINES = 20  # of a digest
_signer = Signer(salt="deploys.notifications.stop")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One occurrence in a digest."""

    words: Words
    place: str
    at: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is sent. `id` is the same in every try. `events` are for machines, one for each occurrence."""

    id: uuid.UUID
    subject: str
    words: Words
    place: str
    url: str
    link: str
    why: str
    settings_url: str = ""
    stop_url: str = ""
    lines: list[Line] = field(default_factory=list)
    more: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)


def compose(deliveries: Sequence[Delivery], zone: ZoneInfo, moment: datetime) -> Message:
    """Write one message about these occurrences, oldest first, which go to the same place."""
    with timezone.override(zone):
        return _single(deliveries[0], moment) if len(deliveries) == 1 else _digest(deliveries, moment)


def _single(delivery: Delivery, moment: datetime) -> Message:
    occurrence = delivery.occurrence
    words = sentences.words_of(occurrence, moment, reader=delivery.channel.user)
    place = place_of(occurrence.environment)
    about = f"{place}: {words.headline}" if place else words.headline
    return Message(
        id=delivery.batch,
        subject=f"{words.word} · {about}",
        words=words,
        place=place,
        url=url_of(occurrence),
        link=_("Open the build") if occurrence.build else _("Open Buildhub"),
        why=reason_words(delivery.reason, place, is_team=delivery.channel.environment_id is not None),
        settings_url=_settings_url(delivery),
        stop_url=_stop_url(delivery),
        events=[event_of(occurrence, words)],
    )


def _digest(deliveries: Sequence[Delivery], moment: datetime) -> Message:
    said = [(one.occurrence, sentences.words_of(one.occurrence, moment, reader=one.channel.user)) for one in deliveries]
    lines = [
        Line(
            words=words,
            place=place_of(occurrence.environment),
            at=clock.moment_label(occurrence.at, moment),
            url=url_of(occurrence),
        )
        for occurrence, words in said
    ]
    count = len(lines)
    headline = ngettext("{count} thing happened", "{count} things happened", count).format(count=count)
    places = list(dict.fromkeys(line.place for line in lines))
    return Message(
        id=deliveries[0].batch,
        subject=f"{headline} · {', '.join(places[:3])}",
        words=Words(word=_("Summary"), tone="idle", headline=headline, text=[]),
        place=", ".join(places[:3]),
        url=absolute(reverse("home")),
        link=_("Open Buildhub"),
        why=_("These messages waited for your daily summary or the end of your quiet hours."),
        settings_url=_settings_url(deliveries[0]),
        lines=lines[-MOST_LINES:],
        more=max(0, count - MOST_LINES),
        events=[event_of(occurrence, words) for occurrence, words in said],
    )


def event_of(occurrence: Occurrence, words: Words) -> dict[str, Any]:
    """The occurrence for machines, in the shape of Standard Webhooks: type, timestamp, data. Described in the docs."""
    build, environment = occurrence.build, occurrence.environment
    data: dict[str, Any] = {"id": occurrence.key, "headline": words.headline, "text": words.text}
    data["url"] = url_of(occurrence)
    if environment:
        data["site"] = {"slug": environment.site.slug, "name": environment.site.name}
        data["environment"] = {"slug": environment.slug, "name": environment.name, "kind": environment.kind}
    if build:
        data["build"] = {
            "number": build.number,
            "state": build.state,
            "error_class": build.error_class,
            "cause": build.cause,
            "requested_by": build.asker or None,
            "key": str(build.key),
            "commit": build.sha,
            "pipeline_url": build.pipeline_url,
        }
        data["works_again"] = words.works_again
    data |= _facts_for_programs(occurrence)
    return {"type": type_of(occurrence), "timestamp": occurrence.at.isoformat(), "data": data}


def type_of(occurrence: Occurrence) -> str:
    """What machines call it."""
    if occurrence.kind == Kind.MOVED:
        return f"build.{occurrence.facts['to']}"
    return TYPES[Kind(occurrence.kind)]


def _facts_for_programs(occurrence: Occurrence) -> dict[str, Any]:
    """What a kind has beside the words. Of a move: the state of then, not the one of now."""
    facts = {name: value for name, value in occurrence.facts.items() if name != "to"}
    if occurrence.kind == Kind.MOVED:
        facts["state"] = occurrence.facts["to"]
        facts["by"] = occurrence.actor.name if occurrence.actor else None
    return {"facts": facts}


TYPES: dict[Kind, str] = {
    Kind.LIVE: "publish.live",
    Kind.FAILED: "publish.failed",
    Kind.HELD_BACK: "publish.held_back",
    Kind.UNPROVED: "publish.unproved",
    Kind.STUCK: "publish.stuck",
    Kind.UNCLEAR: "publish.unclear",
    Kind.STOPPED: "publish.stopped",
    Kind.PLAN_MISSED: "plan.missed",
    Kind.CONTENT_LATE: "content.late",
    Kind.FREEZE_BEGAN: "freeze.began",
    Kind.FREEZE_ENDED: "freeze.ended",
    Kind.TO_APPROVE: "publish.to_approve",
    Kind.APPROVED: "publish.approved",
    Kind.TOKEN_EXPIRES: "token.expires",
    Kind.PLAN_BEGAN: "plan.began",
    Kind.PLAN_KEPT: "plan.live",
    Kind.SCHEDULE: "schedule.changed",
    Kind.TEST: "test",
}


def place_of(environment: Environment | None) -> str:
    """The site's name, with the environment's where it is not the live one."""
    if environment is None:
        return ""
    if environment.kind == "live":
        return environment.site.name
    return f"{environment.site.name} ({environment.name})"


def url_of(occurrence: Occurrence) -> str:
    """Where it can be read in full."""
    if occurrence.build:
        return absolute(occurrence.build.get_absolute_url())
    if occurrence.environment:
        return absolute(occurrence.environment.get_absolute_url())
    return absolute(reverse("home"))


def absolute(path: str) -> str:
    """The address of one of our pages as people outside open it; empty where nobody has said PUBLIC_URL."""
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else ""


def _settings_url(delivery: Delivery) -> str:
    if delivery.channel.user_id:
        return absolute(reverse("notifications"))
    environment = delivery.channel.environment
    return absolute(reverse("site-notifications", args=[environment.site.slug])) if environment else ""


def _stop_url(delivery: Delivery) -> str:
    """Where one press ends these messages; empty for those that nobody chose."""
    channel, environment = delivery.channel, delivery.occurrence.environment
    if channel.user_id is None or environment is None or delivery.reason in set(Reason):
        return ""
    token = stop_token(channel.user_id, environment.pk, delivery.reason)
    return absolute(reverse("stop-notifications", args=[token]))


def stop_token(user_id: int, environment_id: int, topic: str) -> str:
    """What allows whoever holds it to end one kind of message to one person, and nothing else."""
    return _signer.sign(f"{user_id}.{environment_id}.{topic}")


def read_stop_token(token: str) -> tuple[int, int, str]:
    """Who, where and what the token is about. Raises django.core.signing.BadSignature."""
    user_id, environment_id, topic = _signer.unsign(token).split(".", 2)
    return int(user_id), int(environment_id), topic
