"""What waits for a second person: who is told, when, and that it is told once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from deploys.builds import actions, approvals
from deploys.models import Build, Delivery, DeliveryStage, Environment, Kind, Occurrence, Reason, Role, Topic, User
from deploys.notifications import steps
from tests.notifications.receivers import MailServer
from tests.notifications.scenes import mei, museum, subscribe
from tests.scenes import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def environment() -> Environment:
    """A live site where a second person approves."""
    return museum(four_eyes=True)


def person(environment: Environment, role: Role, name: str) -> User:
    """Somebody with a mail address."""
    return make_person(role, site=environment.site, first_name=name, last_name="", email=f"{name.lower()}@example.com")


def hear(kind: Kind) -> set[tuple[str, str]]:
    """Who hears of it, and why."""
    rows = Delivery.objects.filter(occurrence__kind=kind, channel__user__isnull=False)
    return {(row.channel.user.first_name, row.reason) for row in rows if row.channel.user}


def test_those_who_may_approve_are_told_once_and_not_whoever_asked(
    environment: Environment, post_office: MailServer
) -> None:
    """Publishers and admins but the one who pressed; editors cannot approve."""
    ana = person(environment, Role.PUBLISHER, "Ana")
    for role, name in ((Role.PUBLISHER, "Pia"), (Role.ADMIN, "Ada"), (Role.EDITOR, "Eli"), (Role.READER, "Rob")):
        person(environment, role, name)
    actions.request(environment=environment, actor=ana)
    for _again in range(3):
        steps.tell_people()
    assert hear(Kind.TO_APPROVE) == {("Pia", Reason.APPROVER), ("Ada", Reason.APPROVER)}
    assert sorted(post_office.to) == ["ada@example.com", "pia@example.com"]
    assert "Ana wants to publish and needs a second person" in post_office.mails[0]["Subject"]
    assert "You may approve" not in post_office.mails[0]["Subject"]


def test_a_press_that_is_undone_in_time_is_told_to_nobody(environment: Environment, post_office: MailServer) -> None:
    """The seconds to undo it pass first."""
    Environment.objects.update(grace=30)
    environment.refresh_from_db()
    ana = person(environment, Role.PUBLISHER, "Ana")
    person(environment, Role.ADMIN, "Ada")
    with time_machine.travel(now(), tick=False) as clock:
        build = actions.request(environment=environment, actor=ana)
        steps.tell_people()
        assert post_office.mails == []
        actions.cancel(build=build, actor=ana)
        clock.shift(timedelta(seconds=31))
        steps.tell_people()
    assert post_office.mails == []
    assert Delivery.objects.get(occurrence__kind=Kind.TO_APPROVE).stage == DeliveryStage.DROPPED


def test_whoever_asked_hears_that_it_was_approved(environment: Environment, post_office: MailServer) -> None:
    """By name; the approver is not told of their own act."""
    asker, ada = mei(environment), person(environment, Role.ADMIN, "Ada")
    build = actions.request(environment=environment, actor=asker)
    approvals.approve(build=build, actor=ada)
    steps.tell_people()
    assert hear(Kind.APPROVED) == {("Mei", Reason.PRESSED)}
    assert [mail["To"] for mail in post_office.mails] == ["mei@example.com"]
    assert "Ada approved it" in post_office.mails[0]["Subject"]


def test_whoever_asked_hears_that_it_was_declined_and_why(environment: Environment, post_office: MailServer) -> None:
    """As of any stop."""
    asker, ada = mei(environment), person(environment, Role.ADMIN, "Ada")
    build = actions.request(environment=environment, actor=asker)
    approvals.decline(build=build, actor=ada, reason="Not before the opening")
    steps.tell_people()
    [mail] = post_office.mails
    assert mail["To"] == "mei@example.com"
    assert "Not before the opening" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_what_has_to_be_approved_again_is_told_again(environment: Environment, post_office: MailServer) -> None:
    """Somebody joined after the approval: it is another publish now."""
    asker, ada = mei(environment), person(environment, Role.ADMIN, "Ada")
    build = actions.request(environment=environment, actor=asker)
    steps.tell_people()
    for number, name in enumerate(("Eli", "Rob"), start=1):
        approvals.approve(build=build, actor=ada)
        build.refresh_from_db()
        actions.request(environment=environment, actor=person(environment, Role.EDITOR, name))
        assert Occurrence.objects.filter(kind=Kind.TO_APPROVE, build=build).count() == 1 + number
    steps.tell_people()
    assert post_office.to.count("ada@example.com") == 2  # what was over before it was sent is not sent


def test_a_team_and_others_may_choose_to_hear_of_it(environment: Environment) -> None:
    """The topic, for those who cannot approve but want to know."""
    eli = person(environment, Role.EDITOR, "Eli")
    subscribe(eli, environment, Topic.APPROVALS)
    actions.request(environment=environment, actor=mei(environment))
    steps.fan_out(now())
    assert hear(Kind.TO_APPROVE) == {("Eli", Topic.APPROVALS)}


def test_nothing_is_told_where_nobody_has_to_approve() -> None:
    """The usual case."""
    environment = museum()
    build = actions.request(environment=environment, actor=mei(environment))
    assert not Occurrence.objects.exists()
    assert Build.objects.get() == build
