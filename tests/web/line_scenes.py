"""The publish card of builds in line behind others, and of a press that a later build took over."""

from __future__ import annotations

from datetime import timedelta

from django.utils.timezone import now

from deploys.builds import actions
from deploys.lifecycle import State
from deploys.models import BuildRequest, Environment, Role, Step, User
from tests.scenes import make_build, make_environment, make_person
from tests.web.card_scenes import Scene, job, live_since, place, someone_else, started
from tests.web.copy_scenes import copy_of, kept


def good_builds(environment: Environment, count: int = 3) -> None:
    """Past builds of four minutes each."""
    for hours in range(count):
        begun = now() - timedelta(hours=9 + hours)
        moments = {"requested_at": begun, "claimed_at": begun, "finished_at": begun + timedelta(minutes=4)}
        make_build(environment=environment, state=State.SUCCEEDED, **moments)


def mine_after_this() -> Scene:
    """Mei's build runs, and Ana's comes after it."""
    environment, ana = someone_else()
    actions.request(environment=environment, actor=ana)
    return environment, ana


def behind_two() -> Scene:
    """Ana's build runs, then an earlier version comes back, then Mei's build: Mei looks."""
    environment, ana = kept()
    started(environment, ana, State.RUNNING)
    copy_of(environment, ana, State.QUEUED)
    mei = make_person(Role.EDITOR, site=environment.site, first_name="Mei", last_name="Okafor")
    actions.request(environment=environment, actor=mei)
    return environment, mei


def shares_a_resource(ahead: int = 2) -> Scene:
    """Pipelines of another site go first, one running and one in line; past builds tell how long they take."""
    environment, ana = place(resource="production")
    live_since(environment, ana)
    other = make_environment(gitlab_project=environment.gitlab_project, resource="production")
    good_builds(other)
    began = now() - timedelta(seconds=100)
    usual = {"total": 240, "building": 230}
    running = make_build(environment=other, state=State.RUNNING, requested_at=began, claimed_at=began, usual=usual)
    job(running, Step.BUILDING, "running")
    if ahead > 1:
        make_build(environment=other)
    build = make_build(environment=environment, requested_by=ana)
    BuildRequest.objects.create(build=build, user=ana, key=f"mine-{build.pk}")
    return environment, ana


def next_to_share() -> Scene:
    """The same with only the running one before it."""
    return shares_a_resource(ahead=1)


def taken_over() -> Scene:
    """Mei's press was taken over by Ana's, which runs: Mei looks."""
    environment, ana = place()
    live_since(environment, ana)
    mei: User = make_person(Role.EDITOR, site=environment.site, first_name="Mei", last_name="Okafor")
    first = make_build(environment=environment, requested_by=mei, state=State.SUPERSEDED)
    build = started(environment, ana, State.RUNNING)
    type(first).objects.filter(pk=first.pk).update(superseded_by=build)
    BuildRequest.objects.create(build=build, user=mei, key=f"taken-over-{build.pk}")
    return environment, mei


SCENES = {
    mine_after_this: ("someone_else", "Your publish is next in line; it starts in about"),
    behind_two: ("someone_else", "There are 2 ahead of you. It starts by itself when its turn comes."),
    shares_a_resource: ("queued", "It starts in about 7 minutes. Another site uses the same build service first."),
    next_to_share: ("queued", "It starts in about 3 minutes."),
    taken_over: ("building", "It includes what you asked for."),
}
