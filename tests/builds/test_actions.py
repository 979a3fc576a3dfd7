"""What people ask of builds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from deploys.builds import actions
from deploys.lifecycle import State
from deploys.models import Build, Event, Job, Membership, Role, Step
from tests import scenes

pytestmark = pytest.mark.django_db


def test_a_request_is_a_row_an_event_and_a_wake_up(told: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    """Nothing but the database is touched before the commit; then the worker is told the id."""
    environment = scenes.make_environment()
    editor = scenes.make_person(Role.EDITOR, site=environment.site)
    with django_capture_on_commit_callbacks(execute=True):
        build = actions.request(environment=environment, actor=editor)
        assert told == []
    assert told == [("builds.tasks.start_build", build.pk)]
    assert (build.number, build.state) == (1, State.QUEUED)
    assert build.events.get().note == f"{editor.name} pressed Publish"


def test_a_press_while_one_is_in_line_joins_it() -> None:
    """One build for both, and the row remembers both."""
    environment = scenes.make_environment()
    first, second = (scenes.make_person(Role.EDITOR, site=environment.site) for _ in range(2))
    build = actions.request(environment=environment, actor=first)
    assert actions.request(environment=environment, actor=second) == build
    assert {request.user for request in build.requests.all()} == {first, second}
    assert build.events.last().note == f"{second.name} joined this build"


def test_the_same_form_twice_is_one_request() -> None:
    """A double press carries the same key."""
    environment = scenes.make_environment()
    editor = scenes.make_person(Role.EDITOR, site=environment.site)
    builds = {actions.request(environment=environment, actor=editor, key="form-1").pk for _ in range(2)}
    assert (len(builds), Build.objects.count()) == (1, 1)


def test_a_stale_page_makes_no_second_build() -> None:
    """The page knew of no build; one began meanwhile: the person is told whose."""
    environment = scenes.make_environment()
    running = scenes.make_build(environment=environment, state=State.RUNNING)
    editor = scenes.make_person(Role.EDITOR, site=environment.site)
    with pytest.raises(actions.AlreadyBuilding) as caught:
        actions.request(environment=environment, actor=editor, seen_number=0)
    assert caught.value.build == running
    after = actions.request(environment=environment, actor=editor, seen_number=running.number)
    assert after.number == running.number + 1


@pytest.mark.parametrize(
    ("role", "publish_role", "may"),
    [
        (None, Role.EDITOR, False),
        (Role.READER, Role.EDITOR, False),
        (Role.EDITOR, Role.EDITOR, True),
        (Role.EDITOR, Role.PUBLISHER, False),
        (Role.PUBLISHER, Role.PUBLISHER, True),
        (Role.ADMIN, Role.PUBLISHER, True),
    ],
)
def test_the_environment_says_who_may_publish(role: Role | None, publish_role: Role, may: bool) -> None:
    """Those who may not are told who can."""
    environment = scenes.make_environment(publish_role=publish_role)
    boss = scenes.make_person(Role.ADMIN, site=environment.site)
    person = scenes.make_person(role, site=environment.site)
    if may:
        assert actions.request(environment=environment, actor=person).state == State.QUEUED
        return
    with pytest.raises(actions.NotAllowed) as caught:
        actions.request(environment=environment, actor=person)
    assert boss in caught.value.people
    assert not Build.objects.exists()


def test_publishing_that_is_not_set_up_names_what_is_missing() -> None:
    """The settings' own names, so that an admin can act."""
    project = scenes.make_project(api_token="")
    environment = scenes.make_environment(gitlab_project=project)
    with pytest.raises(actions.NotConfigured) as caught:
        actions.request(environment=environment, actor=None)
    assert caught.value.missing == ["GITLAB_API_TOKEN"]


def test_numbers_have_no_gaps_per_site() -> None:
    """A press that is rolled back takes no number away."""
    environment = scenes.make_environment()
    other = scenes.make_environment(site=environment.site, slug="staging")
    first = actions.request(environment=environment, actor=None)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.request(environment=other, actor=None)
        raise ZeroDivisionError
    second = actions.request(environment=other, actor=None)
    assert (first.number, second.number) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_twenty_people_at_once_make_one_build_per_environment() -> None:
    """Whoever comes second joins; numbers stay without gaps."""
    site = scenes.make_site()
    environments = [scenes.make_environment(site=site, slug=f"e{number}") for number in range(4)]

    def press(number: int) -> int:
        try:
            return actions.request(environment=environments[number % 4], actor=None).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        builds = set(pool.map(press, range(20)))
    assert len(builds) == 4
    assert sorted(Build.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_a_build_in_line_is_stopped_at_once() -> None:
    """Nothing was sent, so nothing has to be asked."""
    build = scenes.make_build(state=State.QUEUED)
    actions.cancel(build=build, actor=None)
    assert build.state == State.CANCELED


def test_it_is_too_late_to_stop_what_goes_live() -> None:
    """Past the last safe point, and after the end."""
    build = scenes.make_build(state=State.RUNNING)
    Job.objects.create(build=build, job_id=1, name="publish", step=Step.GOING_LIVE, status="running")
    for late in (build, scenes.make_build(state=State.SUCCEEDED)):
        with pytest.raises(actions.TooLate):
            actions.cancel(build=late, actor=None)


def test_editors_stop_their_own_builds_only() -> None:
    """Publishers stop any."""
    environment = scenes.make_environment()
    mine, other, boss = (scenes.make_person(role, site=environment.site) for role in ("editor", "editor", "publisher"))
    build = scenes.make_build(environment=environment, state=State.RUNNING, requested_by=mine)
    with pytest.raises(actions.NotAllowed) as caught:
        actions.cancel(build=build, actor=other)
    assert caught.value.people == [boss]
    actions.cancel(build=build, actor=mine)
    assert build.cancel_requested_by == mine


def test_postgres_refuses_a_second_active_build() -> None:
    """The constraint holds whatever the code does."""
    build = scenes.make_build(state=State.RUNNING)
    with pytest.raises(IntegrityError), transaction.atomic():
        scenes.make_build(environment=build.environment, state=State.STARTING)


def test_postgres_refuses_an_end_without_a_time() -> None:
    """Finished if and only if ended."""
    build = scenes.make_build(state=State.RUNNING)
    for facts in ({"state": State.SUCCEEDED}, {"finished_at": build.requested_at}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Build.objects.filter(pk=build.pk).update(**facts)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_postgres_refuses_to_change_history(change: str) -> None:
    """An event is never updated or deleted."""
    actions.request(environment=scenes.make_environment(), actor=None)
    with pytest.raises(DatabaseError, match="never changed or removed"), transaction.atomic():
        if change == "update":
            Event.objects.update(note="nothing happened")
        else:
            Event.objects.all()._raw_delete(using="default")


def test_secrets_are_not_readable_in_the_database() -> None:
    """The column holds a token of the cipher, the model the secret."""
    project = scenes.make_project(trigger_token="glptt-secret")
    with connection.cursor() as cursor:
        cursor.execute("SELECT trigger_token FROM deploys_gitlabproject WHERE id = %s", [project.pk])
        [stored] = cursor.fetchone()
    assert "glptt-secret" not in stored
    project.refresh_from_db()
    assert project.trigger_token == "glptt-secret"


def test_one_role_per_person_and_site() -> None:
    """A second membership is refused."""
    site = scenes.make_site()
    person = scenes.make_person(Role.EDITOR, site=site)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(site=site, user=person, role=Role.ADMIN)
