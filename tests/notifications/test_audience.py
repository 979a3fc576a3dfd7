"""Who hears of what: those who pressed of failure always, everybody else as they chose."""

from __future__ import annotations

import pytest
from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import (
    BuildRequest,
    BuildWish,
    Channel,
    ChannelKind,
    Environment,
    Kind,
    Occurrence,
    Reason,
    Role,
    Topic,
)
from deploys.notifications.audience import recipients
from deploys.notifications.sentences import words_of
from deploys.outbox import NO_RIGHT, tell
from deploys.releases import actions as releases
from deploys.transitions import advance
from tests.notifications.scenes import fail, mei, museum, running, subscribe, webhook
from tests.scenes import make_build, make_person, make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def environment() -> Environment:
    """A live site."""
    return museum()


def who_hears() -> dict[str, str]:
    """Who hears of the newest occurrence, and why."""
    found = recipients(Occurrence.objects.order_by("-pk")[0])
    return {each.channel.user.first_name if each.channel.user else each.channel.label: each.reason for each in found}


def go_live(environment: Environment, **facts: object) -> None:
    """A build goes live."""
    build = make_build(environment=environment, state=State.SUCCEEDED, **facts)
    releases.mark_live(make_release(build=build, live=False))


def test_whoever_pressed_hears_of_failure_without_having_chosen_anything(environment: Environment) -> None:
    """By mail, the way there always is; others hear nothing."""
    mei(environment, first_name="Ana")
    fail(running(environment, mei(environment)))
    assert who_hears() == {"Mei": Reason.PRESSED}


def test_so_do_those_who_joined(environment: Environment) -> None:
    """They asked for it too."""
    build = running(environment, mei(environment))
    BuildRequest.objects.create(build=build, user=mei(environment, first_name="Ana"), key="joined")
    fail(build)
    assert who_hears() == {"Mei": Reason.PRESSED, "Ana": Reason.PRESSED}


def test_failure_comes_by_mail_even_where_every_place_is_switched_off(environment: Environment) -> None:
    """Nobody who pressed stays in the dark."""
    person = mei(environment)
    Channel.objects.create(user=person, kind=ChannelKind.EMAIL, is_active=False)
    fail(running(environment, person))
    assert who_hears() == {"Mei": Reason.PRESSED}


def test_of_their_own_success_people_hear_only_if_they_asked(environment: Environment) -> None:
    """As the design has it."""
    quiet, curious = mei(environment, first_name="Ana"), mei(environment)
    go_live(environment, requested_by=quiet)
    assert who_hears() == {}
    subscribe(curious, environment, Topic.MINE)
    subscribe(quiet, environment, Topic.FAILURES)
    go_live(environment, requested_by=curious)
    assert who_hears() == {"Mei": Topic.MINE}
    go_live(environment, requested_by=quiet)
    assert who_hears() == {}


def test_the_first_success_after_failures_is_told_to_all_who_heard_of_them(environment: Environment) -> None:
    """Those who pressed and those who chose failures; the next success is no news."""
    pressed, other = mei(environment), mei(environment, first_name="Ana")
    subscribe(mei(environment, first_name="Tomas"), environment, Topic.FAILURES)
    fail(running(environment, pressed))
    make_build(environment=environment, state=State.CANCELED)
    go_live(environment, requested_by=other)
    assert who_hears() == {"Mei": Reason.PRESSED, "Ana": Reason.PRESSED, "Tomas": Topic.FAILURES}
    go_live(environment, requested_by=other)
    assert who_hears() == {}


def test_a_build_that_came_through_late_is_told_to_those_who_heard_of_its_trouble(environment: Environment) -> None:
    """It was not seen on the site, and then it was."""
    person = mei(environment)
    build = make_build(environment=environment, state=State.SUCCEEDED, requested_by=person)
    tell(Kind.UNPROVED, key="unproved", build=build)
    assert who_hears() == {"Mei": Reason.PRESSED}
    releases.mark_live(make_release(build=build, live=False))
    assert who_hears() == {"Mei": Reason.PRESSED}


def test_whoever_stopped_a_publish_is_not_told_of_it(environment: Environment) -> None:
    """The one who asked for it is, if it was somebody else."""
    asker, stopper = mei(environment), mei(environment, first_name="Ana")
    advance(running(environment, asker), State.CANCELED, actor=stopper)
    assert who_hears() == {"Mei": Reason.PRESSED}
    advance(running(environment, asker), State.CANCELED, actor=asker)
    assert who_hears() == {}


def test_a_wish_is_answered_whatever_the_end(environment: Environment) -> None:
    """By mail only, once for this build."""
    person = mei(environment)
    Channel.objects.create(user=person, kind=ChannelKind.SLACK, address="https://hooks.example/x")
    build = running(environment)
    BuildWish.objects.create(build=build, user=person)
    advance(build, State.CANCELED)
    found = recipients(Occurrence.objects.get())
    assert [(each.channel.kind, each.reason) for each in found] == [(ChannelKind.EMAIL, Reason.WISH)]


@pytest.mark.parametrize(
    ("kind", "facts", "topic"),
    [
        (Kind.PLAN_MISSED, {"planned_at": "2026-11-12T09:00:00+00:00"}, Topic.PLANS),
        (Kind.CONTENT_LATE, {"planned_at": "2026-11-12T09:00:00+00:00", "count": 2}, Topic.PLANS),
        (Kind.FREEZE_BEGAN, {"reason": "Fair"}, Topic.FREEZES),
        (Kind.FREEZE_ENDED, {}, Topic.FREEZES),
    ],
)
def test_what_is_about_no_build_goes_to_those_who_chose_it(
    environment: Environment, kind: Kind, facts: dict[str, object], topic: Topic
) -> None:
    """People and the places of a team; not to whoever did it."""
    actor = mei(environment, first_name="Ana")
    for person in (mei(environment), actor):
        subscribe(person, environment, topic)
    webhook(environment, "https://hooks.example/x", topic, name="Team")
    webhook(environment, "https://hooks.example/y", Topic.FAILURES, name="Others")
    tell(kind, key="k", environment=environment, facts=facts, actor=actor)
    assert who_hears() == {"Mei": topic, "Team": topic}


def test_a_held_back_publish_is_a_choice_of_its_own(environment: Environment) -> None:
    """Failures alone do not cover it."""
    subscribe(mei(environment), environment, Topic.GUARD)
    subscribe(mei(environment, first_name="Ana"), environment, Topic.FAILURES)
    fail(running(environment), "held_back")
    assert who_hears() == {"Mei": Topic.GUARD}


def test_who_may_not_open_the_site_hears_nothing(environment: Environment) -> None:
    """People who left, strangers, and accounts that are switched off."""
    left, off = mei(environment), mei(environment, first_name="Ana", is_active=False)
    for person in (left, off, make_person(None, email="x@example.com")):
        subscribe(person, environment, Topic.FAILURES)
    left.memberships.all().delete()
    fail(running(environment, left))
    assert who_hears() == {}


def test_a_place_that_is_switched_off_gets_nothing(environment: Environment) -> None:
    """A team's or a person's."""
    person = mei(environment)
    subscribe(person, environment, Topic.FAILURES)
    Channel.objects.create(user=person, kind=ChannelKind.EMAIL, is_active=False)
    webhook(environment, "https://hooks.example/x", Topic.FAILURES, is_active=False)
    fail(running(environment))
    assert who_hears() == {}


def test_admins_hear_of_a_plan_whose_owner_lost_the_right() -> None:
    """Nobody else can put it right; those who chose missed plans hear of it as of any other."""
    environment = museum()
    admin = make_person(Role.ADMIN, site=environment.site)
    chooser, _other = mei(environment), make_person(Role.PUBLISHER, site=environment.site)
    subscribe(chooser, environment, Topic.PLANS)
    facts = {"planned_at": now().isoformat(), "why": NO_RIGHT}
    tell(Kind.PLAN_MISSED, key="plan-1-missed", environment=environment, facts=facts)
    occurrence = Occurrence.objects.get()
    heard = {(each.channel.user, each.reason) for each in recipients(occurrence)}
    assert heard == {(admin, Reason.ADMIN), (chooser, Topic.PLANS)}
    said = words_of(occurrence, now())
    assert "was not published" in said.headline
    assert "may no longer publish here" in said.text[0]
