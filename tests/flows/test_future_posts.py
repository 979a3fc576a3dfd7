"""Dated entries go live and leave by themselves, at their time, once, and the plan says what became of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from deploys.builds import actions, freezes
from deploys.builds.steps.sweep import sweep
from deploys.lifecycle import State
from deploys.models import Build, Environment, Kind, Occurrence, Plan, PlanState, Role
from deploys.schedules import asking, steps
from tests.content.feeds import page
from tests.flows.planning import Stage
from tests.scenes import make_person

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_dated_entry_goes_live_by_itself(stage: Stage) -> None:
    """Nothing before its time; at its time one build; afterwards the plan names the build and when it was live."""
    stage.save(stage.dated("opening", 10))
    with stage.at(9.9):
        stage.tick()
        assert stage.builds() == 1
    with stage.at(10.1):
        stage.tick()
        build = stage.newest()
        assert (stage.builds(), build.cause, build.requested_by) == (2, "schedule", None)
        assert (stage.plan().state, stage.plan().build) == (PlanState.ASKED, build)
        stage.tick()
        assert stage.builds() == 2
    with stage.at(16):
        stage.world.say(build, "success")
        stage.tick()
        plan = stage.plan()
        assert (plan.state, plan.build, plan.due_at) == (PlanState.KEPT, build, stage.when(10))
        assert plan.live_at is not None and plan.live_at >= stage.when(16)
        build.refresh_from_db()
        assert build.change_counts == {"new": 1}


def test_an_entry_that_expires_leaves_by_itself(stage: Stage) -> None:
    """Its end is a due time too."""
    stage.save(page("fair", expire_at=stage.when(20).isoformat(), changed_at=stage.begin.isoformat()))
    stage.live()
    with stage.at(20.1):
        stage.tick()
        assert stage.plan().leaves
        build = stage.world.say(stage.newest(), "success")
        stage.tick()
        assert (stage.plan().state, build.change_counts) == (PlanState.KEPT, {"removed": 1})


def test_what_falls_due_together_goes_live_together(stage: Stage) -> None:
    """Three entries of one minute are one build."""
    stage.save(*(stage.dated(f"post-{number}", 5 + number / 10) for number in range(3)))
    with stage.at(5.5):
        stage.tick()
        assert (stage.builds(), Plan.objects.filter(state=PlanState.ASKED).count()) == (2, 3)


def test_after_an_outage_one_build_makes_up_for_everything(stage: Stage) -> None:
    """Nothing ran for a day: ten times were missed, each is noted, and one build carries them all."""
    stage.save(*(stage.dated(f"post-{number}", 60 * number) for number in range(1, 11)))
    with stage.at(24 * 60):
        stage.tick()
        assert stage.builds() == 2
        build = stage.world.say(stage.newest(), "success")
        stage.tick()
        assert set(Plan.objects.values_list("state", "build")) == {(PlanState.KEPT, build.pk)}
        assert Plan.objects.count() == 10


def test_a_date_that_moved_counts_where_it_is_now(stage: Stage) -> None:
    """The old time passes without a build, also when it had its row already."""
    stage.save(stage.dated("opening", 10))
    with stage.at(9):
        stage.tick()
        assert stage.plan().due_at == stage.when(10)
        stage.feed.entries[1]["publish_at"] = stage.when(30).isoformat()
        stage.read()
    with stage.at(10.1):
        stage.tick()
        assert (stage.builds(), stage.plan().state) == (1, PlanState.CANCELED)
    with stage.at(30.1):
        stage.tick()
        assert stage.builds() == 2
        assert Plan.objects.get(state=PlanState.ASKED).due_at == stage.when(30)


def test_what_was_taken_back_in_the_last_second_is_not_built(stage: Stage) -> None:
    """At the time the CMS is read once more before anything is asked for."""
    stage.save(stage.dated("opening", 10))
    with stage.at(9):
        stage.tick()
    stage.feed.entries.pop()
    with stage.at(10.1):
        stage.tick()
        assert (stage.builds(), stage.plan().state) == (1, PlanState.CANCELED)
        assert stage.plan().note == asking.TAKEN_BACK


def test_a_cms_that_is_late_is_waited_for_and_people_are_told(stage: Stage) -> None:
    """It says “scheduled” after the time: no build, a word after a while; the build comes when the CMS is ready."""
    stage.save(stage.dated("opening", 10, status="scheduled"))
    with stage.at(10.1):
        stage.tick()
        assert (stage.builds(), stage.plan().note) == (1, asking.PENDING)
        assert stage.plan().alarmed_at is None
    with stage.at(26):
        stage.tick()
        assert (stage.builds(), stage.plan().state) == (1, PlanState.PLANNED)
        assert stage.plan().alarmed_at is not None
        found = Occurrence.objects.get(kind=Kind.CONTENT_LATE)
        assert found.facts["count"] == 1
    stage.feed.entries[1]["status"] = "live"
    with stage.at(27):
        stage.read()
        stage.tick()
        build = stage.world.say(stage.newest(), "success")
        stage.tick()
        assert (stage.builds(), stage.plan().state, stage.plan().build) == (2, PlanState.KEPT, build)


def test_another_publish_meanwhile_does_not_count_for_what_the_cms_held_back(stage: Stage) -> None:
    """The build after the time came without the entry; its own build comes when the CMS is ready."""
    stage.save(stage.dated("opening", 10, status="scheduled"))
    with stage.at(11):
        stage.tick()
        stage.live()
        stage.tick()
        assert (stage.builds(), stage.plan().state) == (2, PlanState.PLANNED)
    stage.feed.entries[1]["status"] = "live"
    with stage.at(12):
        stage.read()
        stage.tick()
        assert (stage.builds(), stage.plan().state) == (3, PlanState.ASKED)


def test_a_press_at_the_same_time_carries_it(stage: Stage) -> None:
    """Somebody published right after the time: the plan is kept by that build, and no second one is made."""
    stage.save(stage.dated("opening", 10))
    with stage.at(9):
        stage.tick()
    with stage.at(10.05):
        build = stage.world.built()
        stage.tick()
        assert (stage.builds(), stage.plan().build) == (2, build)
        stage.world.say(build, "success")
        stage.tick()
        assert (stage.builds(), stage.plan().state) == (2, PlanState.KEPT)


def test_a_build_that_read_too_early_is_followed_by_another(stage: Stage) -> None:
    """It runs when the time comes, without the entry; the next in line brings it."""
    stage.save(stage.dated("opening", 10))
    with stage.at(9.9):
        early = stage.world.built()
    with stage.at(10.1):
        stage.tick()
        assert [build.state for build in Build.objects.order_by("number")][1:] == [State.PENDING, State.QUEUED]
        stage.world.say(early, "success")
        stage.tick()
        build = stage.world.say(stage.newest(), "success")
        stage.tick()
        assert (stage.plan().state, stage.plan().build) == (PlanState.KEPT, build)


def test_an_entry_that_is_published_now_waits_for_a_person(stage: Stage) -> None:
    """Many a CMS writes the present time as the date at every press on Publish: that is an edit, not a plan."""
    with stage.at(10):
        stage.save(page("news", publish_at=stage.when(10).isoformat(), changed_at=stage.when(10).isoformat()))
        stage.tick()
        assert (stage.builds(), Plan.objects.count()) == (1, 0)


def test_an_edit_after_the_date_changes_no_plan(stage: Stage) -> None:
    """Nothing ran for an hour, and somebody mended a typing error meanwhile: it was planned all the same."""
    stage.save(stage.dated("opening", 10))
    stage.feed.entries[1] |= {"body": "Mended.", "changed_at": stage.when(30).isoformat()}
    with stage.at(60):
        stage.read()
        stage.tick()
        assert (stage.builds(), stage.plan().state) == (2, PlanState.ASKED)


def test_a_failed_build_is_told_and_a_later_one_makes_up_for_it(stage: Stage) -> None:
    """No build after build by itself; the next one that goes live carries the entry."""
    stage.save(stage.dated("opening", 10))
    with stage.at(10.1):
        stage.tick()
        failed = stage.world.say(stage.newest(), "failed")
        stage.tick()
        assert (stage.plan().state, stage.plan().note) == (PlanState.MISSED, f"Build {failed.number} failed.")
        assert stage.plan().alarmed_at is not None
        assert Occurrence.objects.latest("pk").kind == Kind.FAILED
        stage.tick()
        assert stage.builds() == 2
    with stage.at(40):
        build = stage.live()
        stage.tick()
        assert (stage.plan().state, stage.plan().build) == (PlanState.KEPT, build)


def test_a_stopped_build_names_who_stopped_it(stage: Stage) -> None:
    """It is said, not asked for again."""
    stage.save(stage.dated("opening", 10))
    with stage.at(10.1):
        stage.tick()
        actions.cancel(build=stage.newest(), actor=stage.world.publisher)
        stage.world.say(stage.newest(), "canceled")
        stage.tick()
        assert stage.plan().note == f"{stage.world.publisher.name} stopped build 2."


def test_nothing_replaces_an_earlier_version_that_somebody_brought_back(stage: Stage) -> None:
    """The plan waits and says why; when the hold is lifted, its build comes."""
    stage.save(stage.dated("opening", 10))
    Environment.objects.update(held_by=stage.newest())
    with stage.at(10.1):
        stage.tick()
        assert (stage.builds(), stage.plan().note) == (1, asking.HELD)
    Environment.objects.update(held_by=None)
    with stage.at(30):
        stage.tick()
        assert (stage.builds(), stage.plan().state) == (2, PlanState.ASKED)


def test_a_cms_that_does_not_answer_is_waited_for(stage: Stage) -> None:
    """For ten minutes; then what is known counts, as it does for a press."""
    stage.save(stage.dated("opening", 10))
    stage.feed.refuse = 503
    with stage.at(10.1):
        stage.tick()
        assert (stage.builds(), stage.plan().note) == (1, asking.NOT_READ)
    with stage.at(21):
        stage.tick()
        assert (stage.builds(), stage.plan().state) == (2, PlanState.ASKED)


def test_two_beats_do_nothing_twice(stage: Stage) -> None:
    """Every tick comes twice, as if two beats ran: one plan, one build."""
    stage.save(stage.dated("opening", 10))
    for minute in (9.0, 10.1, 10.2):
        with stage.at(minute):
            for _ in range(2):
                steps.look_ahead(now())
                steps.keep(now())
            stage.world.run_told()
            stage.tick()
    assert (stage.builds(), Plan.objects.count()) == (2, 1)


def test_a_month_of_an_earlier_version_does_not_fall_due_again(stage: Stage) -> None:
    """What visitors saw before the bring-back is the past: only what is dated after it is planned."""
    stage.save(stage.dated("opening", 10))
    with stage.at(11):
        newest = stage.live()
        stage.tick()
        Plan.objects.all().delete()
        release = newest.release
        type(release).objects.filter(pk=release.pk).update(live_at=stage.when(11))
        Environment.objects.update(live_release=Build.objects.get(number=1).release)
    with stage.at(12):
        stage.tick()
        assert (Plan.objects.count(), stage.builds()) == (0, 2)


def test_a_place_can_leave_dates_to_people(stage: Stage) -> None:
    """Switched off, nothing goes live by itself; switched on again, what has fallen due does."""
    stage.save(stage.dated("opening", 10))
    Environment.objects.update(publishes_dated=False)
    with stage.at(11):
        stage.tick()
        assert (stage.builds(), Plan.objects.count()) == (1, 0)
        Environment.objects.update(publishes_dated=True)
        stage.tick()
        assert (stage.builds(), stage.plan().state) == (2, PlanState.ASKED)


def test_what_nobody_reads_any_more_is_given_up_after_a_week(stage: Stage) -> None:
    """A plan that waits for ever would be no plan."""
    stage.save(stage.dated("opening", 10, status="scheduled"))
    with stage.at(10.1):
        stage.tick()
    with stage.at(10 + timedelta(days=8).total_seconds() / 60):
        stage.tick()
        assert (stage.plan().state, stage.builds()) == (PlanState.MISSED, 1)


def test_in_a_pause_dated_entries_wait_and_go_live_after_it(stage: Stage) -> None:
    """They are asked for at their time, wait in line as one build, and nobody has to press when the pause is over."""
    environment = stage.world.environment
    admin = make_person(Role.ADMIN, site=environment.site)
    stage.save(stage.dated("opening", 10), stage.dated("closing", 20))
    with stage.at(5):
        freezes.begin(environment=environment, actor=admin, reason="Launch", ends_at=stage.when(60))
    for minute in (10.1, 20.1, 30):
        with stage.at(minute):
            stage.tick()
    build = stage.newest()
    assert (stage.builds(), build.state) == (2, State.QUEUED)
    with stage.at(60.1):
        sweep()
        stage.world.run_told()
        stage.world.say(stage.newest(), "success")
        stage.tick()
    assert {(plan.state, plan.build) for plan in Plan.objects.select_related("build")} == {(PlanState.KEPT, build)}
