"""The card and the page when something goes live without a press."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.timezone import now

from deploys.models import Environment, Membership, Plan, PlanKind, PlanState, Role, Schedule, User
from deploys.schedules import actions, automatic
from tests import content_scenes
from tests.scenes import make_entry, store_entries
from tests.web import card_scenes
from tests.web.card_scenes import Scene

LISBON = ZoneInfo("Europe/Lisbon")


def tomorrow() -> datetime:
    """Tomorrow at 07:00 in Lisbon."""
    day = (now().astimezone(LISBON) + timedelta(days=1)).date()
    return datetime.combine(day, time(7), tzinfo=LISBON).astimezone(UTC)


def _once(environment: Environment, owner: User, at: datetime) -> Schedule:
    chosen = Schedule.once(environment, at=at, zone=LISBON, owner=owner)
    return actions.save(schedule=chosen, actor=owner, moment=now())


def scheduled() -> Scene:
    """Seven changes wait, and Ana chose tomorrow at 07:00."""
    environment, ana = card_scenes.changes_waiting()
    _once(environment, ana, tomorrow())
    return environment, ana


def scheduled_for_a_reader() -> Scene:
    """The same, and Ana only reads by now."""
    environment, ana = scheduled()
    Membership.objects.filter(user=ana).update(role=Role.READER)
    return environment, ana


def scheduled_weekly() -> Scene:
    """Seven changes wait for the rule of every day."""
    environment, ana = card_scenes.changes_waiting()
    rule = Schedule(environment=environment, owner=ana, weekdays=127, at=time(7), zone="Europe/Lisbon")
    actions.save(schedule=rule, actor=ana, moment=now())
    return environment, ana


def scheduled_without_changes() -> Scene:
    """Nothing waits, and Ana chose tomorrow at 07:00."""
    environment, ana = card_scenes.up_to_date()
    _once(environment, ana, tomorrow())
    return environment, ana


def by_itself() -> Scene:
    """Seven changes publish by themselves in four minutes."""
    environment, ana = card_scenes.changes_waiting()
    Environment.objects.filter(pk=environment.pk).update(quiet_minutes=4)
    environment.refresh_from_db()
    automatic.look(environment, now() - timedelta(seconds=20))
    return environment, ana


def late() -> Scene:
    """An entry should be live since 20 minutes ago, and the CMS has not published it."""
    environment, ana = card_scenes.up_to_date()
    moment = now()
    Plan.objects.create(
        environment=environment,
        kind=PlanKind.CONTENT,
        source=content_scenes.source_of(environment.site),
        entry_key="opening",
        title="Night of the museums",
        due_at=moment - timedelta(minutes=20),
        alarmed_at=moment - timedelta(minutes=5),
        note="The CMS has not published it yet.",
    )
    return environment, ana


def planned() -> Scene:
    """A page with everything: rules, a paused one, dated entries, and plans that were kept, missed and idle."""
    environment, ana = scheduled()
    rule = Schedule(environment=environment, owner=ana, weekdays=0b1001, at=time(6, 30), zone="America/New_York")
    actions.save(schedule=rule, actor=ana, moment=now())
    paused = Schedule(environment=environment, owner=ana, weekdays=127, at=time(22), zone="Europe/Lisbon")
    actions.save(schedule=paused, actor=ana, moment=now())
    actions.pause(schedule=paused, actor=ana, moment=now())
    source = content_scenes.source_of(environment.site)
    ahead = now() + timedelta(days=2)
    dated = [
        make_entry("night", title="Night of the museums", publish_at=ahead),
        make_entry("tide", title="Low tide walk", expire_at=ahead + timedelta(days=1)),
    ]
    store_entries(source, [*content_scenes.after().values(), *dated])
    _past(environment, ana)
    return environment, ana


def _past(environment: Environment, ana: User) -> None:
    live = environment.live_release.build
    source = content_scenes.source_of(environment.site)
    facts = {"environment": environment, "kind": PlanKind.CONTENT, "source": source}
    moment = now() - timedelta(days=1)
    Plan.objects.create(
        **facts,
        entry_key="opening",
        title="The new quay opens",
        due_at=moment,
        state=PlanState.KEPT,
        build=live,
        asked_at=moment,
        live_at=moment + timedelta(minutes=6),
    )
    Plan.objects.create(
        **facts,
        entry_key="fair",
        title="Book fair",
        due_at=moment - timedelta(hours=2),
        state=PlanState.MISSED,
        note="Build 4 failed.",
        hidden_at=moment,
        alarmed_at=moment,
    )
    Plan.objects.create(
        environment=environment,
        kind=PlanKind.SCHEDULE,
        schedule=environment.schedules.weekly().first(),
        due_at=moment - timedelta(days=1),
        state=PlanState.IDLE,
        note="Nothing had changed.",
    )


def nothing_planned() -> Scene:
    """Nobody chose a time, and nothing is dated."""
    return card_scenes.ready()


# What each scene's card is called in the data, and words that it must say.
SCENES = {
    scheduled: ("scheduled", "7 changes go live tomorrow at 07:00"),
    scheduled_for_a_reader: ("may_not_publish", "7 changes go live tomorrow at 07:00"),
    scheduled_weekly: ("scheduled", "See the schedule"),
    scheduled_without_changes: ("up_to_date", "The next publish is planned for tomorrow at 07:00."),
    by_itself: ("scheduled", "7 changes will publish by themselves in 4 minutes"),
    late: ("up_to_date", "“Night of the museums” should be live since"),
}
