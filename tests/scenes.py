"""Objects built at a state, for tests and benchmarks: `make_build(state=State.RUNNING)`."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils.timezone import now

from deploys.content.sources.types import Entry
from deploys.content.spool import Spool
from deploys.content.store import store
from deploys.lifecycle import ENDED, FOLLOWED, State
from deploys.models import (
    Build,
    BuildContent,
    ContentSource,
    ContentState,
    Environment,
    GitLabProject,
    Membership,
    Proof,
    Release,
    Role,
    Site,
    User,
)

_count = itertools.count(1)


def make_site(**facts: Any) -> Site:
    """A site with a name and a slug of its own."""
    number = next(_count)
    return Site.objects.create(**{"name": f"Museum {number}", "slug": f"museum-{number}"} | facts)


def make_project(**facts: Any) -> GitLabProject:
    """A GitLab project with all tokens; nothing listens at its address unless the test says so."""
    number = next(_count)
    given = {
        "url": "http://127.0.0.1:9",
        "project_id": str(number),
        "trigger_token": "trigger-secret",
        "api_token": "api-secret",
        "hook_token": "hook-secret",
    }
    return GitLabProject.objects.create(**given | facts)


def make_environment(*, site: Site | None = None, **facts: Any) -> Environment:
    """A live environment, set up for publishing, with a marker."""
    site = site or make_site()
    given: dict[str, Any] = {
        "name": "Live site",
        "slug": "live",
        "url": "http://127.0.0.1:9/",
        "marker_url": "http://127.0.0.1:9/buildhub.json",
        "grace": 0,
    }
    if "gitlab_project" not in facts:
        given["gitlab_project"] = make_project()
    return Environment.objects.create(site=site, **given | facts)


def make_person(role: Role | str | None = Role.EDITOR, *, site: Site | None = None, **facts: Any) -> User:
    """Somebody who can sign in with the password `correct horse`, with a role on the site if there is one."""
    number = next(_count)
    given = {"username": f"person{number}", "first_name": "Mei", "last_name": f"Okafor {number}"}
    user = User.objects.create_user(password="correct horse", **given | facts)
    if site and role:
        Membership.objects.create(site=site, user=user, role=role)
    return user


def make_build(*, environment: Environment | None = None, state: State = State.QUEUED, **facts: Any) -> Build:
    """A build that stands at the state, with what a build there always has."""
    environment = environment or make_environment()
    moment = now()
    given: dict[str, Any] = {"state": state}
    if state != State.QUEUED:
        given |= {"claimed_at": moment, "attempts": 1, "deadline_at": moment + timedelta(hours=1)}
    if state == State.STARTING:
        given["lease_until"] = moment + timedelta(minutes=2)
    if state in FOLLOWED or state in ENDED - {State.SUPERSEDED}:
        number = next(_count)
        given |= {"pipeline_id": 1000 + number, "pipeline_url": f"http://127.0.0.1:9/-/pipelines/{number}"}
        given |= {"heard_at": moment, "pipeline_status": _status_at(state)}
    if state in ENDED:
        given["finished_at"] = moment
    return Build.create_queued(environment=environment, **given | facts)


def make_release(*, build: Build | None = None, live: bool = True, **facts: Any) -> Release:
    """A release of a build that went well; by default proved and in place."""
    build = build or make_build(state=State.SUCCEEDED)
    given: dict[str, Any] = {"environment": build.environment, "build": build, "host_id": str(build.key)}
    if live:
        given |= {"proof": Proof.MARKER, "live_at": now(), "next_check_at": None}
    release = Release.objects.create(**given | facts)
    if live:
        Environment.objects.filter(pk=build.environment_id).update(live_release=release)
        build.environment.refresh_from_db()
    return release


def make_source(*, site: Site | None = None, **facts: Any) -> ContentSource:
    """A source of content that nobody has read yet."""
    return ContentSource.objects.create(site=site or make_site(), **facts)


def make_entry(key: str = "hours", **facts: Any) -> Entry:
    """A page of the CMS that visitors may see. `fields` and the rest as in the normal form."""
    given: dict[str, Any] = {
        "kind": "page",
        "title": key.replace("-", " ").capitalize(),
        "url": f"/{key}/",
        "edit_url": None,
        "publish_at": None,
        "expire_at": None,
        "status": "live",
        "changed_at": None,
        "changed_by": None,
        "fields": {"body": "We open at 9."},
    }
    return Entry(key=key, **given | facts)


def store_entries(source: ContentSource, entries: Iterable[Entry]) -> ContentState:
    """Store one complete reading, however small; the source stands at the state that it made."""
    moment = now()
    ContentSource.objects.filter(pk=source.pk).update(accepts_shrinking=True)
    with Spool() as spool:
        for entry in entries:
            spool.add(entry)
        state = store(source, spool, read_from=moment, read_to=moment)
    source.refresh_from_db()
    return state


def carry(build: Build, source: ContentSource, **facts: Any) -> BuildContent:
    """The build carries the content of the source as it stands."""
    given: dict[str, Any] = {"seq": source.seq, "read_at": now()}
    return BuildContent.objects.create(build=build, source=source, **given | facts)


def _status_at(state: State) -> str:
    return {
        State.PENDING: "pending",
        State.RUNNING: "running",
        State.WAITING: "manual",
        State.SUCCEEDED: "success",
        State.FAILED: "failed",
        State.CANCELED: "canceled",
        State.LOST: "running",
    }[state]
