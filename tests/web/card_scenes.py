"""Every state of the publish card as a scene: what is in the database, and who looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

from django.utils.timezone import localdate, now

from deploys.lifecycle import State
from deploys.models import (
    Build,
    BuildRequest,
    Cause,
    Environment,
    GitLabProject,
    Heartbeat,
    Job,
    Part,
    Proof,
    Role,
    Step,
    User,
)
from tests import content_scenes
from tests.preview_scenes import make_preview
from tests.scenes import make_build, make_environment, make_person, make_release, make_site

USUAL = {"total": 240, "in_line": 4, "collecting": 14, "building": 170, "checking": 30, "going_live": 22}

type Scene = tuple[Environment, User]


def place(role: Role = Role.PUBLISHER, **facts: Any) -> Scene:
    """A live environment with one person who looks at it, Ana, and a colleague, Mei."""
    site = make_site(name="Harbour Museum", time_zone="Europe/Lisbon", cms_url="https://cms.example/")
    given = {"url": "https://harbourmuseum.example/", "marker_url": "https://harbourmuseum.example/b.json"}
    environment = make_environment(site=site, **given | facts)
    ana = make_person(role, site=site, first_name="Ana", last_name="Ribeiro")
    make_person(Role.ADMIN, site=site, first_name="Tomás", last_name="Lind")
    for part in Part:  # ahead of the clock: nothing runs here, and tests take their time
        Heartbeat.objects.update_or_create(pk=part, defaults={"seen_at": now() + timedelta(hours=1)})
    return environment, ana


def live_since(environment: Environment, who: User, *, ago: timedelta = timedelta(hours=3)) -> Build:
    """An earlier build that is proved to be live."""
    moment = now() - ago
    build = make_build(
        environment=environment,
        state=State.SUCCEEDED,
        requested_by=who,
        requested_at=moment - timedelta(minutes=4, seconds=8),
        finished_at=moment,
    )
    make_release(build=build, live_at=moment, created_at=moment)
    return build


def started(environment: Environment, who: User | None, state: State, **facts: Any) -> Build:
    """A build that somebody asked for 100 seconds ago."""
    begun = now() - timedelta(seconds=100)
    given: dict[str, Any] = {"requested_by": who, "requested_at": begun, "started_at": begun + timedelta(seconds=3)}
    if state != State.QUEUED:
        given["claimed_at"] = facts.get("requested_at", begun)
    build = make_build(environment=environment, state=state, **given | facts)
    if who:
        BuildRequest.objects.create(build=build, user=who, key=f"key-{build.pk}")
    return build


def job(build: Build, step: Step, status: str, **facts: Any) -> Job:
    """A job of the build's pipeline."""
    number = 7000 + Job.objects.count()
    given: dict[str, Any] = {"name": step.value, "job_id": number}
    if status in {"success", "failed", "running"}:
        given["started_at"] = build.requested_at + timedelta(seconds=5)
    if status in {"success", "failed"}:
        given["finished_at"] = build.requested_at + timedelta(seconds=19)
    return Job.objects.create(build=build, step=step, status=status, **given | facts)


def not_configured() -> Scene:
    """The seed's own case: no GitLab project."""
    return place(gitlab_project=None)


def first_run() -> Scene:
    """Nobody ever published."""
    return place()


def ready() -> Scene:
    """A proved version is live, nothing is under way."""
    environment, ana = place()
    live_since(environment, ana)
    return environment, ana


def queued() -> Scene:
    """Ana's build is in line."""
    environment, ana = ready()
    started(environment, ana, State.QUEUED, requested_at=now(), started_at=None)
    return environment, ana


def building() -> Scene:
    """Ana's build runs, and past builds say how long it takes."""
    environment, ana = ready()
    build = started(environment, ana, State.RUNNING, usual=USUAL)
    job(build, Step.COLLECTING, "success")
    job(build, Step.BUILDING, "running")
    return environment, ana


def building_first() -> Scene:
    """The same without past builds."""
    environment, ana = place()
    started(environment, ana, State.PENDING)
    return environment, ana


def slow() -> Scene:
    """It takes much longer than usual."""
    environment, ana = ready()
    begun = now() - timedelta(minutes=7)
    build = started(environment, ana, State.RUNNING, usual=USUAL, requested_at=begun, started_at=begun)
    job(build, Step.BUILDING, "running")
    return environment, ana


def stuck() -> Scene:
    """Nothing was heard for six minutes."""
    environment, ana = ready()
    begun = now() - timedelta(minutes=8)
    started(environment, ana, State.RUNNING, requested_at=begun, heard_at=now() - timedelta(minutes=6))
    return environment, ana


def stopping() -> Scene:
    """Ana asked to stop it."""
    environment, ana = ready()
    started(environment, ana, State.RUNNING, cancel_requested_at=now(), cancel_requested_by=ana)
    return environment, ana


def going_live() -> Scene:
    """The last step runs."""
    environment, ana = ready()
    build = started(environment, ana, State.RUNNING, usual=USUAL)
    job(build, Step.BUILDING, "success")
    job(build, Step.GOING_LIVE, "running")
    return environment, ana


def confirming() -> Scene:
    """Green, but the site does not show it yet."""
    environment, ana = ready()
    build = started(environment, ana, State.SUCCEEDED, finished_at=now())
    make_release(build=build, live=False)
    return environment, ana


def just_published() -> Scene:
    """Proved to be live a minute ago."""
    environment, ana = place()
    live_since(environment, ana, ago=timedelta(minutes=1))
    return environment, ana


def unproved() -> Scene:
    """Green, and the site never showed it."""
    environment, ana = ready()
    build = started(environment, ana, State.SUCCEEDED)
    make_release(build=build, live=False, proof=Proof.MISSING, finding="The site still shows build 1.")
    return environment, ana


def published_unchecked() -> Scene:
    """Green, and there is no marker to check."""
    environment, ana = place(marker_url="")
    build = started(environment, ana, State.SUCCEEDED)
    make_release(build=build, proof=Proof.UNCHECKED, live_at=None)
    return environment, ana


def failed() -> Scene:
    """An image was missing."""
    environment, ana = ready()
    facts = {"page": "Visit with a school group", "file": "tide-pool.jpg", "edit_url": "https://cms.example/118"}
    build = started(environment, ana, State.FAILED, error_class="asset_missing", error_facts=facts, usual=USUAL)
    job(build, Step.COLLECTING, "success")
    job(build, Step.BUILDING, "failed")
    return environment, ana


def stopped() -> Scene:
    """Ana stopped it before anything went live."""
    environment, ana = ready()
    started(environment, ana, State.CANCELED, cancel_requested_by=ana)
    return environment, ana


def may_not_publish() -> Scene:
    """Ana only reads."""
    environment, ana = place(Role.READER)
    live_since(environment, ana)
    return environment, ana


def someone_else() -> Scene:
    """Mei's build runs."""
    environment, ana = ready()
    mei = make_person(Role.EDITOR, site=environment.site, first_name="Mei", last_name="Okafor")
    build = started(environment, mei, State.RUNNING, usual=USUAL)
    job(build, Step.BUILDING, "running")
    return environment, ana


def started_in_gitlab() -> Scene:
    """Mei started one in GitLab, where she needs no account of ours."""
    environment, ana = ready()
    facts = {"cause": Cause.GITLAB, "started_by": "Mei Okafor", "found_in": environment.gitlab_project}
    build = make_build(environment=environment, state=State.RUNNING, **facts)
    job(build, Step.BUILDING, "running")
    return environment, ana


def waits_in_gitlab() -> Scene:
    """One of GitLab's waits for a person there, which holds nobody up."""
    environment, ana = up_to_date()
    facts = {"cause": Cause.GITLAB, "started_by": "Mei Okafor", "found_in": environment.gitlab_project}
    make_build(environment=environment, state=State.WAITING, **facts)
    return environment, ana


def token_expires() -> Scene:
    """Ana is an admin, and our key for GitLab works for three more days."""
    environment, ana = place(Role.ADMIN)
    live_since(environment, ana)
    ends = localdate(now(), UTC) + timedelta(days=3)
    told = {"token_name": "buildhub", "token_scopes": ["api"], "token_checked_at": now(), "token_expires_on": ends}
    GitLabProject.objects.filter(pk=environment.gitlab_project_id).update(**told)
    environment.refresh_from_db()
    return environment, ana


def unknown() -> Scene:
    """The answer of the build service got lost."""
    environment, ana = ready()
    started(environment, ana, State.UNKNOWN)
    return environment, ana


def service_down() -> Scene:
    """GitLab does not answer while a build waits."""
    environment, ana = ready()
    trouble = {"trouble": "service_down", "trouble_since": now() - timedelta(minutes=2)}
    GitLabProject.objects.filter(pk=environment.gitlab_project_id).update(**trouble)
    started(environment, ana, State.QUEUED, started_at=None)
    return environment, ana


def worker_missing() -> Scene:
    """No worker has been seen while a build waits."""
    environment, ana = ready()
    started(environment, ana, State.QUEUED, started_at=None)
    stop_parts(Part.WORKER)
    return environment, ana


def stop_parts(*parts: Part) -> None:
    """These have given no sign of life for five minutes."""
    Heartbeat.objects.filter(pk__in=parts).update(seen_at=now() - timedelta(minutes=5))


def beat_missing() -> Scene:
    """Beat stopped while a build runs."""
    environment, ana = ready()
    started(environment, ana, State.RUNNING)
    stop_parts(Part.BEAT)
    return environment, ana


def nothing_runs() -> Scene:
    """Worker and beat stopped while nothing was under way."""
    environment, ana = ready()
    stop_parts(Part.WORKER, Part.BEAT)
    return environment, ana


def up_to_date() -> Scene:
    """Nothing differs from what visitors see."""
    environment, ana = place()
    content_scenes.publish(live_since(environment, ana))
    return environment, ana


def changes_waiting() -> Scene:
    """Seven edits wait."""
    environment, ana = up_to_date()
    content_scenes.edit(environment.site)
    return environment, ana


def reader_of_changes() -> Scene:
    """Seven edits wait, and Ana only reads."""
    environment, ana = place(Role.READER)
    content_scenes.publish(live_since(environment, ana))
    content_scenes.edit(environment.site)
    return environment, ana


def never_read() -> Scene:
    """There is a source, but nobody has read it."""
    environment, ana = ready()
    content_scenes.source_of(environment.site)
    return environment, ana


def no_base() -> Scene:
    """The live build ran before the content was read."""
    environment, ana = ready()
    content_scenes.edit(environment.site)
    return environment, ana


def troubled() -> Scene:
    """The newest reading does not count, and nothing was found before."""
    environment, ana = up_to_date()
    content_scenes.trouble(environment.site)
    return environment, ana


def troubled_with_changes() -> Scene:
    """The newest reading does not count, and seven edits were found before."""
    environment, ana = changes_waiting()
    content_scenes.trouble(environment.site)
    return environment, ana


def overdue() -> Scene:
    """Nothing was found before, but nobody reads any more."""
    environment, ana = up_to_date()
    content_scenes.unread(environment.site)
    return environment, ana


def just_published_changes() -> Scene:
    """Ana's seven changes went live a minute ago."""
    environment, ana = place()
    build = live_since(environment, ana, ago=timedelta(minutes=1))
    content_scenes.publish(build)
    Build.objects.filter(pk=build.pk).update(change_counts={"edited": 5, "new": 1, "removed": 1})
    return environment, ana


def building_changes() -> Scene:
    """Ana's build carries seven changes; two more were saved since."""
    environment, ana = changes_waiting()
    build = started(environment, ana, State.RUNNING, usual=USUAL, change_counts={"edited": 5, "new": 1, "removed": 1})
    job(build, Step.BUILDING, "running")
    content_scenes.carry_now(build)
    content_scenes.edit_again(environment.site)
    return environment, ana


def someone_elses_changes() -> Scene:
    """The same with Mei's build."""
    environment, ana = building_changes()
    mei = make_person(Role.EDITOR, site=environment.site, first_name="Mei", last_name="Okafor")
    BuildRequest.objects.filter(build__environment=environment).update(user=mei)
    environment.builds.active().update(requested_by=mei)
    return environment, ana


def failed_changes() -> Scene:
    """A build with seven changes failed; two more were saved since."""
    environment, ana = changes_waiting()
    content_scenes.edit_again(environment.site)
    counts = {"edited": 5, "new": 1, "removed": 1}
    started(environment, ana, State.FAILED, error_class="timeout", usual=USUAL, change_counts=counts)
    return environment, ana


def stopped_changes() -> Scene:
    """Ana stopped it; her changes still wait."""
    environment, ana = changes_waiting()
    started(environment, ana, State.CANCELED, cancel_requested_by=ana)
    return environment, ana


def unchecked_changes() -> Scene:
    """No marker to check, and seven edits wait."""
    environment, ana = place(marker_url="")
    build = started(environment, ana, State.SUCCEEDED)
    make_release(build=build, proof=Proof.UNCHECKED, live_at=None)
    content_scenes.publish(build)
    content_scenes.edit(environment.site)
    return environment, ana


def with_previews() -> Scene:
    """The site has a place for previews, and one is being made there."""
    environment, ana = up_to_date()
    make_preview(environment.site, state=State.RUNNING)
    return environment, ana


# What each scene's card is called in the data, and words that it must say.
SCENES: dict[Callable[[], Scene], tuple[str, str]] = {
    not_configured: ("not_configured", "Publishing is not set up here"),
    first_run: ("first_run", "Nothing has been published yet"),
    ready: ("ready", "Visitors see the version from"),
    queued: ("queued", "You are next in line"),
    building: ("building", "Publishing, about"),
    building_first: ("building", "The first publishes take up to 10 minutes."),
    slow: ("slow", "Still publishing, longer than usual"),
    stuck: ("stuck", "We have not heard from this build for 6 minutes"),
    stopping: ("stopping", "Stopping now."),
    going_live: ("going_live", "Too late to stop."),
    confirming: ("confirming", "Now we look whether visitors see it"),
    just_published: ("just_published", "Your publish is live"),
    unproved: ("unproved", "We could not confirm that the new version is live"),
    published_unchecked: ("published_unchecked", "This environment has no marker to check"),
    failed: ("failed", "One page uses an image that is no longer there"),
    stopped: ("stopped", "Stopped before going live"),
    may_not_publish: ("may_not_publish", "Your role does not allow publishing here. Ask"),
    someone_else: ("someone_else", "Mei Okafor is publishing"),
    started_in_gitlab: ("someone_else", "Started in GitLab by Mei Okafor"),
    waits_in_gitlab: ("up_to_date", "Everything is live"),
    token_expires: ("ready", "Our key for GitLab expires in 3 days"),
    unknown: ("unknown", "We do not know whether this publish started"),
    service_down: ("service_down", "The build service is not answering"),
    worker_missing: ("service_down", "Your publish is waiting: a part of Buildhub is not running"),
    beat_missing: ("service_down", "We cannot follow this publish: a part of Buildhub is not running"),
    nothing_runs: ("service_down", "Publishing waits: a part of Buildhub is not running"),
    up_to_date: ("up_to_date", "Everything is live"),
    with_previews: ("up_to_date", "Build again anyway View the site Preview"),
    changes_waiting: ("changes_waiting", "7 changes are waiting to go live"),
    reader_of_changes: ("may_not_publish", "7 changes are waiting to go live"),
    never_read: ("ready", "The content has not been read yet"),
    no_base: ("ready", "We cannot compare yet"),
    troubled: ("ready", "The content could not be read as a whole since"),
    overdue: ("ready", "The content could not be read as a whole since"),
    troubled_with_changes: ("changes_waiting", "Newer edits may be missing here."),
    just_published_changes: ("just_published", "Your 7 changes are live"),
    building_changes: ("building", "Publishing 7 changes, about"),
    someone_elses_changes: ("someone_else", "Mei Okafor is publishing 7 changes"),
    failed_changes: ("failed", "8 changes are still waiting."),
    stopped_changes: ("stopped", "7 changes are still waiting."),
    unchecked_changes: ("changes_waiting", "This environment has no marker to check"),
}
