"""Who hears of an occurrence, where, and why. Nobody hears of a site that they may not open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from deploys.builds import approvals, rights
from deploys.lifecycle import ENDED, State
from deploys.models import (
    Build,
    BuildRequest,
    BuildWish,
    Channel,
    ChannelKind,
    Environment,
    Kind,
    Occurrence,
    Reason,
    Role,
    Subscription,
    Topic,
    User,
)
from deploys.outbox import NO_RIGHT

TROUBLES = frozenset({Kind.FAILED, Kind.HELD_BACK, Kind.UNPROVED, Kind.STUCK, Kind.UNCLEAR})
ENDS = frozenset({Kind.LIVE, Kind.FAILED, Kind.HELD_BACK, Kind.UNPROVED, Kind.STOPPED})  # a publish is done by them
TOPICS: dict[Kind, tuple[Topic, ...]] = {
    Kind.LIVE: (Topic.ALL,),
    Kind.FAILED: (Topic.FAILURES, Topic.ALL),
    Kind.HELD_BACK: (Topic.GUARD, Topic.ALL),
    Kind.UNPROVED: (Topic.FAILURES, Topic.ALL),
    Kind.STUCK: (Topic.FAILURES, Topic.ALL),
    Kind.UNCLEAR: (Topic.FAILURES, Topic.ALL),
    Kind.STOPPED: (Topic.ALL,),
    Kind.PLAN_MISSED: (Topic.PLANS,),
    Kind.CONTENT_LATE: (Topic.PLANS,),
    Kind.FREEZE_BEGAN: (Topic.FREEZES,),
    Kind.FREEZE_ENDED: (Topic.FREEZES,),
    Kind.TO_APPROVE: (Topic.APPROVALS,),
    Kind.TOKEN_EXPIRES: (Topic.TOKENS,),
    **dict.fromkeys((Kind.APPROVED, Kind.MOVED, Kind.PLAN_BEGAN, Kind.PLAN_KEPT, Kind.SCHEDULE, Kind.TEST), ()),
}
_LOOK_BACK = 50  # builds; a longer row of failures is told to those who pressed lately


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A place that hears of it. `reason` is a topic or a value of Reason."""

    channel: Channel
    reason: str


def recipients(occurrence: Occurrence) -> list[Recipient]:
    """Everybody who hears of it, each place once. Makes the mail channel of a person who had none."""
    environment = occurrence.environment
    if environment is None:
        return []
    topics = topics_of(occurrence)
    reasons = _people(occurrence, topics)
    members = _members(environment, reasons)
    found = [each for user in members for each in _places(user, reasons[user.pk])]
    return found + [each for one in environment.channels.active() if (each := _team(one, occurrence, topics))]


def _team(channel: Channel, occurrence: Occurrence, topics: tuple[str, ...]) -> Recipient | None:
    """The team's place if it hears of it. One for programs hears of everything since it is there."""
    if channel.programs_from is not None:
        event = int(occurrence.facts.get("event", channel.programs_from + 1))
        return Recipient(channel=channel, reason=Reason.PROGRAM) if event > channel.programs_from else None
    topic = _first(channel.topics, topics)
    return Recipient(channel=channel, reason=topic) if topic else None


def topics_of(occurrence: Occurrence) -> tuple[str, ...]:
    """The topics that it belongs to; the end of a row of failures belongs to theirs too."""
    topics: tuple[str, ...] = TOPICS[Kind(occurrence.kind)]
    if ends_failures(occurrence):
        topics = (*topics, Topic.FAILURES, Topic.GUARD)
    return topics


def failures_before(build: Build) -> list[Build]:
    """The failed builds since the last success before this one, newest first; stopped ones do not count."""
    earlier = build.environment.builds.filter(number__lt=build.number, state__in=ENDED)
    found = []
    counted = earlier.exclude(state__in=[State.CANCELED, State.SUPERSEDED])
    for one in counted.order_by("-number")[:_LOOK_BACK]:
        if one.state == State.SUCCEEDED:
            break
        found.append(one)
    return found


def ends_failures(occurrence: Occurrence) -> bool:
    """True for the first success after failures, and for a build that came through after trouble of its own."""
    build = occurrence.build
    if occurrence.kind != Kind.LIVE or build is None or build.environment.is_for_previews:
        return False
    had_trouble = build.occurrences.filter(kind__in=TROUBLES, pk__lt=occurrence.pk)
    return bool(failures_before(build)) or had_trouble.exists()


def _people(occurrence: Occurrence, topics: tuple[str, ...]) -> dict[int, str]:
    """Whoever has a reason to hear of it, by user id; the strongest reason counts."""
    reasons: dict[int, str] = {}
    build = occurrence.build
    for row in Subscription.objects.filter(environment=occurrence.environment):
        if (topic := _first(row.topics, topics)) and row.user_id != occurrence.actor_id:
            reasons[row.user_id] = topic
    if occurrence.kind == Kind.TOKEN_EXPIRES or occurrence.facts.get("why") == NO_RIGHT:
        admins = rights.people_with(occurrence.environment.site, [Role.ADMIN]) if occurrence.environment else []
        reasons |= dict.fromkeys((person.pk for person in admins), Reason.ADMIN.value)
    if build is None:
        return reasons
    if occurrence.kind == Kind.TO_APPROVE:
        reasons |= dict.fromkeys((person.pk for person in approvals.who_may_approve(build)), Reason.APPROVER.value)
    askers = _askers([build])
    if occurrence.kind == Kind.LIVE:
        chosen = Subscription.objects.filter(environment=occurrence.environment, user__in=askers)
        reasons |= {row.user_id: Topic.MINE.value for row in chosen if Topic.MINE in row.topics}
    if occurrence.kind in ENDS:
        wishes = BuildWish.objects.filter(build=build).values_list("user_id", flat=True)
        reasons |= dict.fromkeys(wishes, Reason.WISH.value)
    if ends_failures(occurrence):
        reasons |= dict.fromkeys(_askers([build, *failures_before(build)]), Reason.PRESSED.value)
    elif occurrence.kind in TROUBLES or occurrence.kind in {Kind.STOPPED, Kind.APPROVED}:
        reasons |= dict.fromkeys(askers - {occurrence.actor_id or 0}, Reason.PRESSED.value)
    return reasons


def _askers(builds: list[Build]) -> set[int]:
    """The people who asked for one of the builds, first or by joining."""
    asked = BuildRequest.objects.filter(build__in=builds, user__isnull=False).values_list("user_id", flat=True)
    return {pk for pk in asked if pk} | {build.requested_by_id for build in builds if build.requested_by_id}


def _members(environment: Environment, reasons: Iterable[int]) -> list[User]:
    """Those who may open the site now."""
    may = Q(is_superuser=True) | Q(memberships__site=environment.site_id)
    return list(User.objects.filter(may, pk__in=list(reasons), is_active=True).distinct())


def _places(user: User, reason: str) -> list[Recipient]:
    """Where the person hears of it: their active places; by mail what they must hear or asked to be mailed."""
    own = list(user.channels.all())
    active = [channel for channel in own if channel.is_active]
    by_mail = [channel for channel in active if channel.kind == ChannelKind.EMAIL]
    needs_mail = (reason == Reason.WISH and not by_mail) or (reason == Reason.PRESSED and not active) or not own
    if needs_mail:
        by_mail = [Channel.mail_of(user)]
    chosen = by_mail if reason == Reason.WISH or needs_mail else active
    return [Recipient(channel=channel, reason=reason) for channel in chosen]


def _first(chosen: list[str], topics: tuple[str, ...]) -> str:
    """The first of these topics that was chosen; empty for none."""
    return next((str(topic) for topic in topics if topic in chosen), "")
