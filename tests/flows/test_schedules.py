"""Times that people choose: kept once, only if there are changes, made up for after an outage, taken back."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils.timezone import now
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from deploys.builds.actions import NotAllowed
from deploys.lifecycle import State
from deploys.models import Build, Environment, Kind, Membership, Occurrence, Plan, PlanKind, PlanState, Role, Schedule
from deploys.outbox import NO_RIGHT
from deploys.schedules import actions, asking, rows, steps
from deploys.schedules.actions import IsOver
from deploys.schedules.clock_times import runs
from deploys.web import schedule_page
from tests.content.feeds import page
from tests.flows.planning import Stage
from tests.scenes import make_environment, make_person

pytestmark = pytest.mark.django_db(transaction=True)
LISBON = ZoneInfo("Europe/Lisbon")


def once(stage: Stage, minutes: float, **facts: object) -> Schedule:
    """Ana chooses a time."""
    chosen = Schedule.once(
        stage.world.environment, at=stage.when(minutes), zone=LISBON, owner=stage.world.publisher, **facts
    )
    stage.world.environment.refresh_from_db()
    return actions.save(schedule=chosen, actor=stage.world.publisher, moment=now())


def test_seven_changes_go_live_at_the_chosen_time(stage: Stage) -> None:
    """One build in the name of who chose it; what came on top of the plan is named afterwards."""
    stage.save(*(page(f"page-{number}") for number in range(7)))
    once(stage, 60)
    with stage.at(59.9):
        stage.tick()
        assert stage.builds() == 1
    with stage.at(60.1):
        stage.save(page("one-more"))
        stage.tick()
        build = stage.newest()
        assert (stage.builds(), build.cause, build.requested_by) == (2, "schedule", stage.world.publisher)
        stage.world.say(build, "success")
        stage.tick()
        assert (stage.plan().state, stage.plan().build) == (PlanState.KEPT, build)
        plan = Plan.objects.select_related("build__base", "build__site").get()
        assert len(plan.foreseen) == 7
        assert schedule_page.difference(plan) == "1 more than planned: “One-More”."


def test_nothing_is_built_when_nothing_has_changed(stage: Stage) -> None:
    """The plan says so; without “only if there are changes” it is built all the same."""
    once(stage, 60)
    with stage.at(60.1):
        stage.tick()
        assert (stage.builds(), stage.plan().state, stage.plan().note) == (1, PlanState.IDLE, asking.NOTHING_CHANGED)
    once(stage, 90, only_if_changes=False)
    with stage.at(90.1):
        stage.tick()
        assert stage.builds() == 2


def test_an_edit_of_the_last_second_counts(stage: Stage) -> None:
    """The content is read again at the time, before it is said that nothing changed."""
    once(stage, 60)
    stage.feed.entries.append(page("late"))
    with stage.at(60.1):
        stage.tick()
        assert (stage.builds(), stage.plan().state) == (2, PlanState.ASKED)


def test_what_falls_due_together_is_one_build(stage: Stage) -> None:
    """Two people's times and a dated entry of the same minute."""
    stage.save(page("news"), stage.dated("opening", 60))
    once(stage, 60)
    once(stage, 60)
    with stage.at(61):
        stage.tick()
        assert (stage.builds(), Plan.objects.filter(state=PlanState.ASKED).count()) == (2, 3)


def test_a_paused_rule_lets_its_times_pass(stage: Stage) -> None:
    """Resumed, it goes on with the next one and makes up for nothing."""
    every_day = Schedule(
        environment=stage.world.environment, owner=stage.world.publisher, weekdays=127, at=time(7), zone="UTC"
    )
    rule = actions.save(schedule=every_day, actor=stage.world.publisher, moment=now())
    actions.pause(schedule=rule, actor=stage.world.publisher, moment=now())
    with stage.at(3 * 24 * 60):
        stage.save(page("news"))
        stage.tick()
        assert (stage.builds(), Plan.objects.count()) == (1, 0)
        actions.resume(schedule=rule, actor=stage.world.publisher, moment=now())
        assert stage.plan().due_at == next(runs(rule, now())).at


def test_a_weekly_rule_makes_up_for_an_outage_with_one_build(stage: Stage) -> None:
    """Five days without anybody: five rows, one build, and the next time is planned."""
    every_day = Schedule(
        environment=stage.world.environment, owner=stage.world.publisher, weekdays=127, at=time(7), zone="UTC"
    )
    actions.save(schedule=every_day, actor=stage.world.publisher, moment=now())
    stage.save(page("news"))
    with stage.at(5 * 24 * 60):
        stage.tick()
        asked = Plan.objects.filter(state=PlanState.ASKED)
        assert (stage.builds(), asked.count(), asked.values("build").distinct().count()) == (2, 5, 1)
        assert Plan.objects.planned().get().due_at > now()


def test_a_cancelation_can_be_taken_back(stage: Stage) -> None:
    """The time is planned again as it was, with what was foreseen; after the time it is too late."""
    stage.save(page("news"))
    chosen = once(stage, 60)
    actions.cancel(schedule=chosen, actor=stage.world.publisher, moment=now())
    assert stage.plan().state == PlanState.CANCELED
    actions.restore(schedule=chosen, actor=stage.world.publisher, moment=now())
    assert (stage.plan().state, len(stage.plan().foreseen)) == (PlanState.PLANNED, 1)
    actions.cancel(schedule=chosen, actor=stage.world.publisher, moment=now())
    with stage.at(61):
        stage.tick()
        assert stage.builds() == 1
        with pytest.raises(IsOver):
            actions.restore(schedule=chosen, actor=stage.world.publisher, moment=now())


def test_a_changed_time_replaces_the_old_one(stage: Stage) -> None:
    """Earlier or later: one plan, at the new time."""
    chosen = once(stage, 60)
    for minutes in (120, 30):
        local = stage.when(minutes).astimezone(LISBON)
        chosen.day, chosen.at = local.date(), local.time()
        actions.save(schedule=chosen, actor=stage.world.publisher, moment=now())
        assert stage.plan().due_at == stage.when(minutes)


def test_a_time_that_has_passed_is_refused(stage: Stage) -> None:
    """With words that name the next step."""
    with pytest.raises(IsOver, match="Choose a later one"):
        once(stage, -5)


def test_an_owner_who_lost_the_right_publishes_nothing(stage: Stage) -> None:
    """The plan says so; somebody else's time of the same minute is kept."""
    stage.save(page("news"))
    once(stage, 60)
    Membership.objects.filter(user=stage.world.publisher).update(role=Role.READER)
    other = make_person(Role.PUBLISHER, site=stage.world.environment.site)
    chosen = Schedule.once(stage.world.environment, at=stage.when(60), zone=LISBON, owner=other)
    actions.save(schedule=chosen, actor=other, moment=now())
    with stage.at(61):
        stage.tick()
        by_owner = dict(Plan.objects.values_list("schedule__owner", "state"))
        assert by_owner == {stage.world.publisher.pk: PlanState.MISSED, other.pk: PlanState.ASKED}
        assert stage.newest().requested_by == other
        stage.tick()
        told = Occurrence.objects.get(kind=Kind.PLAN_MISSED)
        assert (told.environment, told.facts["why"]) == (stage.world.environment, NO_RIGHT)


def test_editors_choose_times_and_publishers_make_rules(stage: Stage) -> None:
    """And nobody changes what somebody else chose, but publishers."""
    editor = make_person(Role.EDITOR, site=stage.world.environment.site)
    reader = make_person(Role.READER, site=stage.world.environment.site)
    environment = stage.world.environment
    mine = actions.save(
        schedule=Schedule.once(environment, at=stage.when(60), zone=LISBON, owner=editor), actor=editor, moment=now()
    )
    rule = Schedule(environment=environment, owner=editor, weekdays=1, at=time(7), zone="UTC")
    theirs = once(stage, 60)
    for actor, attempt in (
        (editor, lambda: actions.save(schedule=rule, actor=editor, moment=now())),
        (editor, lambda: actions.cancel(schedule=theirs, actor=editor, moment=now())),
        (reader, lambda: actions.cancel(schedule=mine, actor=reader, moment=now())),
    ):
        with pytest.raises(NotAllowed):
            attempt()
        assert actor.schedules.exclude(canceled_at=None).count() == 0
    actions.cancel(schedule=mine, actor=stage.world.publisher, moment=now())


def test_it_waits_for_the_publish_under_way(stage: Stage) -> None:
    """What that one leaves over is known when it is live; with nothing left, nothing is built."""
    stage.save(page("news"))
    once(stage, 60)
    with stage.at(59):
        build = stage.world.built()
    with stage.at(60.1):
        stage.tick()
        assert (stage.builds(), stage.plan().note) == (2, asking.ANOTHER_FIRST)
        stage.world.say(build, "success")
        stage.tick()
        assert (stage.builds(), stage.plan().state) == (2, PlanState.IDLE)


@pytest.mark.parametrize("minutes_down", [0, 90])
def test_edits_publish_by_themselves_after_a_quiet_time(stage: Stage, minutes_down: int) -> None:
    """Each edit puts it off; then one build goes out, and no second one for the same edits."""
    admin = make_person(Role.ADMIN, site=stage.world.environment.site)
    actions.set_automatic(environment=stage.world.environment, actor=admin, quiet_minutes=10, at_most_every=0)
    stage.tick()
    assert Plan.objects.count() == 0
    stage.save(page("news"))
    with stage.at(1):
        stage.tick()
        assert timedelta(minutes=10) <= stage.plan().due_at - stage.when(1) < timedelta(minutes=10, seconds=30)
    with stage.at(8):
        stage.save(page("more"))
        stage.tick()
        assert stage.plan().due_at >= stage.when(18)
        assert stage.builds() == 1
    with stage.at(18.5 + minutes_down):
        stage.tick()
        build = stage.newest()
        assert (stage.builds(), build.cause) == (2, "cms")
        stage.tick()
        stage.world.say(build, "success")
        stage.tick()
        assert (stage.builds(), stage.plan().state) == (2, PlanState.KEPT)


def test_edits_without_end_publish_all_the_same(stage: Stage) -> None:
    """After six quiet times it is not put off any further."""
    actions.set_automatic(
        environment=stage.world.environment,
        actor=make_person(Role.ADMIN, site=stage.world.environment.site),
        quiet_minutes=10,
        at_most_every=0,
    )
    for minute in (*range(0, 60, 5), 61):
        with stage.at(minute):
            stage.save(page(f"page-{minute}"))
            stage.tick()
            assert stage.builds() == (1 if minute < 60 else 2)


def test_at_most_so_often(stage: Stage) -> None:
    """An hour after the last build at the earliest."""
    actions.set_automatic(
        environment=stage.world.environment,
        actor=make_person(Role.ADMIN, site=stage.world.environment.site),
        quiet_minutes=5,
        at_most_every=60,
    )
    stage.save(page("news"))
    stage.tick()
    due_at = stage.plan().due_at
    assert due_at == Build.objects.get().requested_at + timedelta(minutes=60)


def test_not_now_waits_for_the_next_edit(stage: Stage) -> None:
    """Nothing goes out for these edits; taken back, it does; a newer edit is planned anew."""
    publisher, environment = stage.world.publisher, stage.world.environment
    admin = make_person(Role.ADMIN, site=environment.site)
    actions.set_automatic(environment=environment, actor=admin, quiet_minutes=10, at_most_every=0)
    stage.save(page("news"))
    stage.tick()
    plan = actions.not_now(environment=environment, actor=publisher)
    with stage.at(30):
        stage.tick()
        assert stage.builds() == 1
        actions.now_after_all(plan=plan, actor=publisher, moment=now())
        stage.tick()
        assert stage.builds() == 2
        stage.world.say(stage.newest(), "failed")
        stage.tick()
    with stage.at(40):
        stage.tick()
        assert stage.builds() == 2
        stage.save(page("more"))
        stage.tick()
        assert environment.plans.planned().get().kind == PlanKind.AUTOMATIC


def test_an_earlier_version_is_left_alone(stage: Stage) -> None:
    """Nothing is even planned while it is live."""
    environment = stage.world.environment
    admin = make_person(Role.ADMIN, site=environment.site)
    actions.set_automatic(environment=environment, actor=admin, quiet_minutes=1, at_most_every=0)
    type(environment).objects.update(held_by=stage.newest())
    stage.save(page("news"))
    with stage.at(10):
        stage.tick()
        assert (stage.builds(), Plan.objects.count()) == (1, 0)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(
    outages=st.lists(st.tuples(st.integers(0, 364), st.integers(1, 12)), max_size=6),
    weekdays=st.integers(1, 127),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    hour=st.integers(0, 23),
)
def test_a_replayed_year_with_outages_misses_nothing(
    db: None, outages: list[tuple[int, int]], weekdays: int, zone: str, hour: int
) -> None:
    """Every time of a year has one row, and right after each tick none that has passed is without its row."""
    begin = datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC"))
    environment = make_environment()
    rule = Schedule.objects.create(
        environment=environment,
        owner=make_person(Role.PUBLISHER, site=environment.site),
        weekdays=weekdays,
        at=time(hour, 30),
        zone=zone,
        changed_at=begin,
    )
    down = {day for first, length in outages for day in range(first, first + length)}
    for day in range(0, 366, 2):
        if day not in down:
            moment = begin + timedelta(days=day)
            while not rule.plans.filter(due_at__gt=moment).exists():
                rows.renew(rule, moment)
            rows.renew(rule, moment)
    end = begin + timedelta(days=366)
    rows.renew(rule, end)
    wanted = []
    for run in runs(rule, begin):
        wanted.append(run.at)
        if run.at > end:
            break
    assert list(rule.plans.order_by("due_at").values_list("due_at", flat=True)) == wanted


def test_one_bad_site_keeps_no_other_waiting(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that raises is logged, and the next environment has its turn."""
    stage.save(page("news"))
    once(stage, 60)
    elsewhere = make_environment()
    person = make_person(Role.PUBLISHER, site=elsewhere.site)
    chosen = Schedule.once(elsewhere, at=stage.when(60), zone=LISBON, owner=person, only_if_changes=False)
    actions.save(schedule=chosen, actor=person, moment=now())
    whole = steps.asking.ask

    def ask(environment: Environment, *rest: Any) -> Any:
        if environment == stage.world.environment:
            raise RuntimeError("broken")
        return whole(environment, *rest)

    monkeypatch.setattr(steps.asking, "ask", ask)
    with stage.at(61):
        steps.keep(now())
    assert elsewhere.builds.get().state == State.QUEUED
