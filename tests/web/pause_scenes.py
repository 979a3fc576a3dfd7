"""The publish card in a pause of publishing and in the seconds after a press."""

from __future__ import annotations

from datetime import timedelta

from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import BuildRequest, Environment, Freeze, Role, User
from tests.scenes import make_build, make_environment, make_release
from tests.web.card_scenes import Scene, live_since, place


def pause(environment: Environment, *, by: User, **facts: object) -> Freeze:
    """Publishing is paused for an hour."""
    given = {"reason": "The museum's anniversary is live.", "ends_at": now() + timedelta(hours=1)}
    freeze = Freeze.objects.create(environment=environment, begun_by=by, **given | facts)
    environment.freeze = freeze
    environment.save(update_fields=["freeze"])
    return freeze


def admin_of(environment: Environment) -> User:
    """Tomás, the site's admin."""
    return User.objects.get(memberships__site=environment.site, memberships__role=Role.ADMIN)


def paused() -> Scene:
    """Nothing waits yet."""
    environment, ana = place()
    live_since(environment, ana)
    pause(environment, by=admin_of(environment))
    return environment, ana


def paused_for_admins() -> Scene:
    """The same for who may end it."""
    environment, _ana = paused()
    return environment, admin_of(environment)


def paused_with_mine_in_line() -> Scene:
    """A press made meanwhile."""
    environment, ana = paused()
    build = make_build(environment=environment, requested_by=ana)
    BuildRequest.objects.create(build=build, user=ana, key=f"mine-{build.pk}")
    return environment, ana


def paused_with_another_in_line() -> Scene:
    """Somebody else's press."""
    environment, ana = paused()
    make_build(environment=environment, requested_by=admin_of(environment))
    return environment, ana


def paused_while_one_runs() -> Scene:
    """What had begun goes on, and the card says what comes after."""
    environment, ana = paused()
    make_build(environment=environment, state=State.RUNNING, requested_by=ana)
    return environment, ana


def promotion_in_a_pause() -> Scene:
    """A version of staging that is to be copied waits like any publish."""
    environment, ana = paused()
    staging = make_environment(site=environment.site, name="Staging", slug="staging", kind="staging")
    tried = make_build(environment=staging, state=State.SUCCEEDED, requested_by=ana)
    make_release(build=tried)
    make_build(environment=environment, requested_by=ana, promotes=tried)
    return environment, ana


def grace() -> Scene:
    """A press that can still be undone."""
    environment, ana = place()
    live_since(environment, ana)
    make_build(environment=environment, requested_by=ana, not_before=now() + timedelta(seconds=4, milliseconds=900))
    return environment, ana


SCENES = {
    paused: ("paused", "Publishing is paused until"),
    paused_for_admins: ("paused", "The museum's anniversary is live"),
    paused_with_mine_in_line: ("paused_line", "Your publish waits until the pause is over"),
    paused_with_another_in_line: ("paused_line", "A publish waits for the pause to end"),
    paused_while_one_runs: ("building", "what is asked for now waits"),
    promotion_in_a_pause: ("paused_line", "Your publish waits until the pause is over"),
    grace: ("grace", "Publishing in 5 seconds"),
}
