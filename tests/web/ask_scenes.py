"""The publish card where a press is answered with a question, or needs a second person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils.timezone import now

from deploys.builds import approvals
from deploys.lifecycle import State
from deploys.models import AskFirst, BuildRequest, Cause, Environment, Role, User
from tests import content_scenes
from tests.scenes import make_person, store_entries
from tests.web import pause_scenes
from tests.web.card_scenes import Scene, live_since, place, started


def own_changes(**facts: Any) -> Scene:
    """Two edits wait, both Ana's."""
    environment, ana = place(**facts)
    content_scenes.publish(live_since(environment, ana))
    save(environment, "hours", "about", by=ana.name)
    return environment, ana


def nobodys_changes() -> Scene:
    """The same from a CMS that names nobody."""
    environment, ana = own_changes()
    save(environment, "hours", "about", by=None)
    return environment, ana


def save(environment: Environment, *keys: str, by: str | None, without: tuple[str, ...] = ()) -> None:
    """These entries were saved by somebody, and some are gone; everything else is as visitors see it."""
    entries = {key: entry for key, entry in content_scenes.before().items() if key not in without}
    entries |= {key: replace(entries[key], fields={"body": f"New, by {by}"}, changed_by=by) for key in keys}
    store_entries(content_scenes.source_of(environment.site), entries.values())


def always_asked() -> Scene:
    """The environment's rule asks before every press."""
    return own_changes(ask_first=AskFirst.ALWAYS)


def asked_by_me() -> Scene:
    """Ana, a publisher, asked, and somebody else has to approve it."""
    environment, ana = up_to_approve()
    started(environment, ana, State.QUEUED, requested_at=now(), started_at=None)
    return environment, ana


def to_approve() -> Scene:
    """Mei asked, and Ana can approve it."""
    environment, ana = up_to_approve()
    started(environment, mei_of(environment), State.QUEUED, requested_at=now(), started_at=None)
    return environment, ana


def others_to_approve() -> Scene:
    """Mei asked; Rui, an editor, can only join or wait."""
    environment, _ana = to_approve()
    return environment, make_person(Role.EDITOR, site=environment.site, first_name="Rui", last_name="Costa")


def schedule_to_approve() -> Scene:
    """Nobody pressed."""
    environment, ana = up_to_approve()
    started(environment, None, State.QUEUED, requested_at=now(), started_at=None, cause=Cause.SCHEDULE)
    return environment, ana


def nobody_left_to_approve() -> Scene:
    """Ana and the only other publisher both asked."""
    environment, ana = asked_by_me()
    tomas = User.objects.get(memberships__site=environment.site, first_name="Tomás")
    BuildRequest.objects.create(build=environment.builds.in_line().get(), user=tomas, key="joined")
    return environment, ana


def to_approve_in_a_pause() -> Scene:
    """Publishing is paused too."""
    environment, ana = to_approve()
    pause_scenes.pause(environment, by=pause_scenes.admin_of(environment))
    return environment, ana


def to_approve_behind() -> Scene:
    """Another build runs; the next one needs a second person."""
    environment, ana = up_to_approve()
    started(environment, mei_of(environment), State.RUNNING)
    started(environment, mei_of(environment), State.QUEUED, requested_at=now(), started_at=None)
    return environment, ana


def declined() -> Scene:
    """Tomás declined Ana's."""
    environment, ana = asked_by_me()
    tomas = User.objects.get(memberships__site=environment.site, first_name="Tomás")
    build = environment.builds.in_line().get()
    approvals.decline(build=build, actor=tomas, reason="The prices are last year's.")
    return environment, ana


def up_to_approve() -> Scene:
    """Seven changes wait where a second person is needed; Mei is an editor there."""
    environment, ana = place(four_eyes=True)
    content_scenes.publish(live_since(environment, ana))
    content_scenes.edit(environment.site)
    make_person(Role.EDITOR, site=environment.site, first_name="Mei", last_name="Okafor")
    return environment, ana


def mei_of(environment: Environment) -> User:
    """Mei, who edits."""
    return User.objects.get(memberships__site=environment.site, first_name="Mei")


SCENES = {
    asked_by_me: ("approval", "Your publish waits for a second person"),
    to_approve: ("approval", "Mei Okafor asks to publish 7 changes"),
    others_to_approve: ("approval", "Ana Ribeiro or Tomás Lind can approve it."),
    schedule_to_approve: ("approval", "A publish needs a second person"),
    nobody_left_to_approve: ("approval", "Nobody is left who could approve it."),
    to_approve_in_a_pause: ("approval", "Publishing is paused until"),
    to_approve_behind: ("someone_else", "The next publish needs a second person."),
    declined: ("stopped", "Tomás Lind declined this publish"),
    own_changes: ("changes_waiting", "2 changes are waiting to go live"),
}
