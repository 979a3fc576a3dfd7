"""A site with a long past: builds of every age with logs, content, pages and messages."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import (
    Build,
    ContentSource,
    ContentState,
    Environment,
    HostState,
    Job,
    JobLog,
    Kind,
    Occurrence,
    Page,
    Release,
    ReleasePages,
    Step,
)
from tests import scenes

LOG = "one\ntwo\nthree\n"


def old_build(environment: Environment, days: int, *, state: State = State.SUCCEEDED, **facts: object) -> Build:
    """A build that was asked for and ended so many days ago, with a job and its log."""
    at = now() - timedelta(days=days)
    build = scenes.make_build(environment=environment, state=state, requested_at=at, **facts)
    if build.is_ended:
        Build.objects.filter(pk=build.pk).update(finished_at=at)
    job = Job.objects.create(
        build=build, job_id=build.number, name="build", step=Step.BUILDING, status="success", started_at=at
    )
    JobLog.objects.create(job=job, text=LOG, bytes_read=len(LOG), is_complete=True)
    build.refresh_from_db()
    return build


def read_at(source: ContentSource, days: int, **bodies: str) -> ContentState:
    """The CMS held these entries, with these texts, so many days ago."""
    entries = [scenes.make_entry(key, fields={"body": body}) for key, body in bodies.items()]
    state = scenes.store_entries(source, entries)
    at = now() - timedelta(days=days)
    ContentState.objects.filter(pk=state.pk).update(read_from=at, read_to=at)
    state.refresh_from_db()
    return state


def publish(environment: Environment, source: ContentSource, days: int, *, live: bool = True) -> Build:
    """A build of that age that carries what the source holds, with a release, a list of pages and a message."""
    before = environment.live_release
    build = old_build(environment, days, base=before.build if before else None)
    at = build.requested_at
    scenes.carry(build, source, read_at=at, seq_after=source.seq)
    release = scenes.make_release(build=build, live=live, created_at=at)
    Release.objects.filter(pk=release.pk).update(live_at=at if live else None)
    ReleasePages.keep(release, {"index.html": Page(10, "a" * 64)})
    ReleasePages.objects.filter(host_id=release.host_id).update(made_at=at)
    Occurrence.objects.create(
        key=f"live-{build.pk}", kind=Kind.LIVE, environment=environment, build=build, at=at, told_at=at
    )
    environment.refresh_from_db()
    return build


def long_past(*ages: int) -> tuple[Environment, ContentSource, list[Build]]:
    """A site that published at each of these ages (in days), the last one live; each time another text."""
    environment = scenes.make_environment(target="s3://bucket", keep_releases=1, keep_days=1)
    source = scenes.make_source(site=environment.site)
    builds = []
    for at, days in enumerate(ages):
        read_at(source, days, hours=f"We open at {at}.", prices="Free.", **{f"news-{at}": "Once only."})
        builds.append(publish(environment, source, days))
    HostState.objects.create(environment=environment, kept=[builds[-1].release.host_id])
    return environment, source, builds


def later(days: int) -> datetime:
    """So many days from now."""
    return now() + timedelta(days=days)
