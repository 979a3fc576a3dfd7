"""The API token's end: asked for, warned of, and forgotten when the token was replaced."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils.timezone import now

from deploys.builds import tokens
from deploys.builds.steps import token
from deploys.builds.tasks import look_at_tokens
from deploys.models import GitLabProject, Kind, Occurrence, Role
from deploys.notifications import steps
from sandbox.gitlab import GitLabSandbox
from tests.flows.world import World
from tests.scenes import make_environment, make_person, make_project, make_site
from tests.web.reading import parse, words

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 5, 4, 8, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Any, told: list[tuple[str, int]]) -> Any:
    """A connection to the stand-in."""
    with GitLabSandbox(tmp_path / "gitlab") as gitlab:
        yield World(gitlab, tmp_path / "site", told)


def expires(world: World, on: date | None) -> None:
    """GitLab says so of the token."""
    world.project.access_tokens[0].expires_at = on


def known(**facts: Any) -> GitLabProject:
    """A connection whose token was asked about."""
    project = make_project()
    given = {"token_mark": tokens.mark_of(project), "token_name": "buildhub", "token_checked_at": now()}
    GitLabProject.objects.filter(pk=project.pk).update(**given | facts)
    project.refresh_from_db()
    return project


def test_gitlab_is_asked_until_when_it_works_and_what_it_may(world: World) -> None:
    """Name, scopes and end are kept; nothing of the token itself."""
    expires(world, now().date() + timedelta(days=20))
    token.check(world.row.pk)
    world.row.refresh_from_db()
    assert world.row.token_days_left(now()) == 20
    assert world.row.token_scopes == sorted(world.project.access_tokens[0].scopes)
    assert "api-secret" not in world.row.token_mark
    assert list(tokens.to_ask(now())) == []
    assert list(tokens.to_ask(now() + timedelta(hours=24))) == [world.row]


def test_a_token_that_was_replaced_is_asked_about_at_once_and_the_warning_goes(world: World) -> None:
    """Whoever stored it, by whichever way."""
    expires(world, now().date() + timedelta(days=2))
    token.check(world.row.pk)
    world.row.refresh_from_db()
    assert tokens.warning_of(world.row, now()) == 3
    fresh = world.project.add_access_token("fresh-secret")
    fresh.expires_at = now().date() + timedelta(days=300)
    world.row.api_token = "fresh-secret"
    world.row.save()
    look_at_tokens()
    assert world.told == [("builds.tasks.check_token", world.row.pk)]
    assert not Occurrence.objects.filter(kind=Kind.TOKEN_EXPIRES).exists()
    token.check(world.row.pk)
    world.row.refresh_from_db()
    assert tokens.warning_of(world.row, now()) is None


def test_a_token_that_gitlab_refuses_keeps_the_end_that_was_known(world: World) -> None:
    """That it is refused is told elsewhere; it is not asked about every minute."""
    expires(world, now().date())
    known_end = now().date() + timedelta(days=1)
    GitLabProject.objects.update(token_mark=tokens.mark_of(world.row), token_expires_on=known_end)
    token.check(world.row.pk)
    world.row.refresh_from_db()
    assert world.row.token_expires_on == known_end
    assert list(tokens.to_ask(now())) == []


def test_without_an_answer_it_is_asked_again_with_the_next_tick() -> None:
    """Nothing is written."""
    project = make_project()
    make_environment(gitlab_project=project)
    token.check(project.pk)
    assert [one.pk for one in tokens.to_ask(now())] == [project.pk]


@pytest.mark.parametrize(
    ("days", "warning"), [(400, None), (15, None), (14, 14), (4, 14), (3, 3), (1, 3), (0, 0), (-5, 0)]
)
def test_warnings_come_14_and_3_days_before_and_on_the_day(days: int, warning: int | None) -> None:
    """It dies at 00:00 UTC, so that on the day it is dead."""
    project = known(token_expires_on=MORNING.date() + timedelta(days=days))
    assert tokens.warning_of(project, MORNING) == warning
    assert tokens.warning_of(project, MORNING.replace(hour=0)) == warning


def test_each_warning_is_sent_once_to_the_admins_of_each_site(settings: Any) -> None:
    """Not to others; a new token with another end warns anew."""
    settings.EMAIL_IS_SET_UP = True
    project = known(token_expires_on=MORNING.date() + timedelta(days=14))
    sites = [make_environment(site=make_site(), gitlab_project=project).site for _ in range(2)]
    make_environment(site=sites[0], slug="staging", kind="staging", gitlab_project=project)
    admins = {make_person(Role.ADMIN, site=site, email=f"{site.slug}@example.com").pk for site in sites}
    make_person(Role.PUBLISHER, site=sites[0], email="no@example.com")
    for day in range(-3, 20):
        with time_machine.travel(MORNING + timedelta(days=day), tick=False):
            for _again in range(2):
                tokens.warn(now())
            steps.fan_out(now())
    told = Occurrence.objects.filter(kind=Kind.TOKEN_EXPIRES)
    assert told.count() == 2 * len(tokens.WARNINGS)
    assert {row.deliveries.get().channel.user_id for row in told} == admins


@pytest.mark.parametrize(("role", "is_seen"), [(Role.ADMIN, True), (Role.PUBLISHER, False), (Role.EDITOR, False)])
def test_the_card_tells_admins_in_a_quiet_line(client: Client, role: Role, is_seen: bool) -> None:
    """Others cannot do anything about it."""
    project = known(token_expires_on=now().date() + timedelta(days=2))
    environment = make_environment(gitlab_project=project)
    client.force_login(make_person(role, site=environment.site))
    page = words(parse(client.get(environment.get_absolute_url())))
    assert ("Our key for GitLab expires in 2 days" in page) is is_seen


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"token_expires_on": date(2026, 5, 6), "token_scopes": ["read_api"]},
            "Until 6 May 2026, 2 days left (read_api)",
        ),
        ({"token_expires_on": date(2026, 5, 4)}, "Expired on 4 May 2026"),
        ({"token_scopes": ["api"]}, "Does not expire (api)"),
        ({"token_name": ""}, "GitLab does not tell until when it works"),
        ({"token_checked_at": None}, "GitLab has not been asked yet"),
    ],
)
def test_health_says_until_when(client: Client, facts: dict[str, Any], sentence: str) -> None:
    """With what it may do, and when GitLab was asked."""
    with time_machine.travel(MORNING, tick=True):
        environment = make_environment(gitlab_project=known(**facts))
        client.force_login(make_person(Role.ADMIN, site=environment.site))
        page = words(parse(client.get("/health/")))
    assert sentence in page


def test_gitlabs_own_hook_has_it_asked_about(client: Client, told: list[tuple[str, int]]) -> None:
    """GitLab tells 60, 30 and 7 days ahead, if its hook is set so."""
    project = known()
    make_environment(gitlab_project=project)
    body = {
        "object_kind": "access_token",
        "event_name": "expiring_access_token",
        "project": {"id": 7},
        "object_attributes": {"user_id": 90, "name": "buildhub", "id": 25, "expires_at": "2026-05-11"},
    }
    headers = {"X-Gitlab-Token": "hook-secret", "X-Gitlab-Event": "Resource Access Token Hook"}
    reply = client.post(f"/hooks/gitlab/{project.hook_key}/", body, content_type="application/json", headers=headers)
    assert reply.status_code == 202
    assert told == [("builds.tasks.check_token", project.pk)]
    assert [one.pk for one in tokens.to_ask(now())] == [project.pk]
