"""A later build in line takes the changes of an earlier one along, and whoever asked for that hears how it ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from deploys.builds import actions, freezes
from deploys.lifecycle import State
from deploys.models import Build, Environment, Role, User
from deploys.transitions import advance
from tests import scenes
from tests.web import copy_scenes
from tests.web.reading import find, parse, words

pytestmark = pytest.mark.django_db


def taken_over(**facts: Any) -> tuple[Build, Build, User]:
    """Mei's press in line, Ana's after a bring-back that somebody asked for in between; and Mei."""
    environment, ana = copy_scenes.kept()
    Environment.objects.filter(pk=environment.pk).update(**facts)
    mei = User.objects.get(first_name="Mei", memberships__site=environment.site)
    first = actions.request(environment=environment, actor=mei)
    copy_scenes.copy_of(environment, ana, State.QUEUED)
    second = actions.request(environment=environment, actor=ana)
    first.refresh_from_db()
    return first, second, mei


def page_of(client: Client, build: Build, person: User) -> str:
    """The page of a build as this person reads it."""
    client.force_login(person)
    return words(find(parse(client.get(build.get_absolute_url())), "main")[0])


def test_a_later_press_takes_the_earlier_ones_changes_along() -> None:
    """One build less; the bring-back in between keeps its place, and the later press its word."""
    first, second, mei = taken_over()
    assert (first.state, first.superseded_by, first.outcome) == (State.SUPERSEDED, second, second)
    assert [build.is_copy for build in first.environment.builds.in_line()] == [True, False]
    assert second.requests.filter(user=mei).exists()
    assert f"Build {second.number} includes these changes" in first.events.values_list("note", flat=True)


def test_publish_anyway_takes_over_what_waits() -> None:
    """The build that would be held back again does not run first."""
    place = scenes.make_environment()
    publisher = scenes.make_person(Role.PUBLISHER, site=place.site)
    waiting = actions.request(environment=place, actor=scenes.make_person(Role.EDITOR, site=place.site))
    held = scenes.make_build(environment=place, state=State.FAILED, error_class="held_back")
    anyway = actions.publish_anyway(build=held, actor=publisher)
    waiting.refresh_from_db()
    assert (waiting.superseded_by, anyway.anyway) == (anyway, True)


def test_what_an_admin_let_through_a_pause_stays_let_through() -> None:
    """The later build carries the leave with it, and the reason."""
    environment, ana = copy_scenes.kept()
    admin = User.objects.get(first_name="Tomás", memberships__site=environment.site)
    freezes.begin(environment=environment, actor=admin, reason="Launch", ends_at=now() + timedelta(hours=1))
    freezes.publish_through(environment=environment, actor=admin, reason="Wrong prices")
    copy_scenes.copy_of(environment, ana, State.QUEUED)
    second = actions.request(environment=environment, actor=ana)
    second.refresh_from_db()
    assert (second.through_freeze, second.reason) == (True, "Wrong prices")


def test_the_same_form_again_still_finds_its_build() -> None:
    """A doubled request of the press that was taken over makes nothing new."""
    environment, ana = copy_scenes.kept()
    first = actions.request(environment=environment, actor=ana, key="form")
    copy_scenes.copy_of(environment, ana, State.QUEUED)
    actions.request(environment=environment, actor=ana)
    assert actions.request(environment=environment, actor=ana, key="form") == first
    assert environment.builds.in_line().count() == 2


def test_what_runs_is_never_taken_over() -> None:
    """Only what is in line; a running build goes on."""
    place = scenes.make_environment()
    running = scenes.make_build(environment=place, state=State.RUNNING)
    actions.request(environment=place, actor=scenes.make_person(Role.EDITOR, site=place.site))
    running.refresh_from_db()
    assert running.state == State.RUNNING


@pytest.mark.parametrize(
    ("state", "facts", "said"),
    [
        (State.QUEUED, {}, "It waits in line."),
        (State.RUNNING, {}, "It is under way."),
        (State.FAILED, {"error_class": "timeout"}, "It did not go live: The build took longer than 60 minutes."),
        (State.CANCELED, {}, "It was stopped before it went live."),
    ],
)
def test_the_page_of_a_replaced_build_says_what_became_of_it(
    state: State, facts: dict[str, Any], said: str, client: Client
) -> None:
    """Which build includes the changes, with a link, and how that one stands or ended."""
    first, second, mei = taken_over()
    if state != State.QUEUED:
        Build.objects.filter(pk=second.pk).update(pipeline_id=4711)
        second.refresh_from_db()
        for step in (State.STARTING, State.RUNNING, state):
            advance(second, step, **(facts if step == state else {}))
    text = page_of(client, first, mei)
    assert f"Build {second.number} includes these changes. {said}" in text
    assert "Replaced" in text


def test_when_it_is_live_the_replaced_build_says_so(client: Client) -> None:
    """And the card of the person whose press it was, although somebody else pressed for the later one."""
    first, second, mei = taken_over()
    first.environment.builds.copies().in_line().get().events.count()
    for build in first.environment.builds.copies().in_line():
        advance(build, State.CANCELED)
    for step in (State.STARTING, State.SUCCEEDED):
        advance(second, step)
    scenes.make_release(build=second)
    assert "includes these changes. They are live." in page_of(client, first, mei)
    card = find(parse(client.get(first.environment.get_absolute_url())), "section", id="publish")[0]
    assert "It includes what you asked for." in words(card)
    history = client.get(f"/sites/{first.site.slug}/history/").content.decode()
    assert f"Build {second.number} includes these changes" in history


def test_taken_over_twice_the_last_one_counts(client: Client) -> None:
    """The page leads to the build that tells the end, not to one between."""
    first, second, mei = taken_over()
    held = scenes.make_build(environment=first.environment, state=State.FAILED, error_class="held_back")
    publisher = second.requested_by
    assert publisher is not None
    last = actions.publish_anyway(build=held, actor=publisher)
    first = Build.objects.get(pk=first.pk)
    assert first.outcome == last
    assert f"Build {last.number} includes these changes" in page_of(client, first, mei)
    assert last.requests.filter(user=mei).exists()
