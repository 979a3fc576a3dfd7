"""What the publish card has to know, read in a few queries that do not grow with the number of builds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from deploys.builds import rights
from deploys.content.outlook import Outlook, Summary
from deploys.lifecycle import ACTIVE, State
from deploys.models import Build, BuildRequest, Environment, Heartbeat, Job, Proof, Release, Role, Step, User
from deploys.web import steps

WORKER_SILENCE = timedelta(seconds=30)  # after this, a worker counts as not running
RECENT = 6  # ended builds that the card looks back on
_NEEDS_THE_WORKER = {State.QUEUED, State.STARTING}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """An environment as one person sees it at one moment.

    `active` is the build under way, `queued` the one in line, `ended` the newest ended builds, newest first.
    """

    environment: Environment
    user: User
    role: Role
    now: datetime
    active: Build | None
    queued: Build | None
    ended: list[Build]
    jobs: list[Job]
    worker_seen_at: datetime | None
    asked_by_me: frozenset[int] = field(default_factory=frozenset)

    @property
    def build(self) -> Build | None:
        """The build that the card is about, if one is open."""
        return self.active or self.queued

    @cached_property
    def rows(self) -> list[steps.Row]:
        """The five steps of the open build."""
        return steps.rows_of(self.build, self.jobs) if self.build else []

    @property
    def may_publish(self) -> bool:
        """True when the person's role may start builds here."""
        return rights.may_publish(self.role, self.environment)

    def may_stop(self, build: Build) -> bool:
        """True when the person may stop this build."""
        return rights.may_stop(self.user, self.role, build)

    @property
    def is_admin(self) -> bool:
        """Admins read which setting is missing; others read whom to ask."""
        return self.role.includes(Role.ADMIN)

    @property
    def worker_is_missing(self) -> bool:
        """True when a build waits for the worker and the worker gave no sign of life for a while."""
        if self.build is None or self.build.state not in _NEEDS_THE_WORKER:
            return False
        begun = max(self.build.requested_at, self.worker_seen_at or self.build.requested_at)
        return self.now - begun > WORKER_SILENCE

    @property
    def is_going_live(self) -> bool:
        """True past the last safe point."""
        return any(job.step == Step.GOING_LIVE and job.status in {"running", "success"} for job in self.jobs)

    def touched_the_site(self, build: Build) -> bool:
        """True when a job of the last step had begun, so that visitors may see parts of it. One query."""
        return build.jobs.filter(step=Step.GOING_LIVE, started_at__isnull=False).exists()

    @property
    def live(self) -> Release | None:
        """The release that was proved to be what visitors get; one that nobody could check does not count."""
        release = self.environment.live_release
        return release if release and release.proof == Proof.MARKER else None

    @cached_property
    def last_failed(self) -> Build | None:
        """The failure that nobody put away and no later success has settled."""
        for build in self.ended:
            if build.state == State.SUCCEEDED:
                return None
            if build.state in {State.FAILED, State.LOST}:
                return None if build.hidden_at else build
        return None

    @property
    def last(self) -> Build | None:
        """The newest ended build that was not merely replaced in line."""
        return next((build for build in self.ended if build.state != State.SUPERSEDED), None)

    @property
    def last_succeeded(self) -> Build | None:
        """The newest build whose pipeline went green."""
        return next((build for build in self.ended if build.state == State.SUCCEEDED), None)

    @property
    def newest_number(self) -> int:
        """The number of the newest build here; 0 before the first."""
        known = [build.number for build in (self.active, self.queued, *self.ended[:1]) if build]
        return max(known, default=0)

    @cached_property
    def content(self) -> Outlook:
        """The sources, and what the live build and the one under way carried. Two queries, one without sources."""
        release = self.environment.live_release
        builds = [build for build in (release.build if release else None, self.active) if build]
        return Outlook.look(self.environment.site, self.now, builds)

    @cached_property
    def waiting(self) -> Summary | None:
        """What would go live now; None when it cannot be compared with what visitors see."""
        release = self.environment.live_release
        return self.content.since(release.build) if release else None

    @cached_property
    def saved_since(self) -> Summary | None:
        """What was saved since the build under way read the content."""
        return self.content.since(self.active) if self.active else None

    @property
    def waiting_count(self) -> int | None:
        """How many changes wait for sure; None when not known, or when nothing was found but may have been missed."""
        if self.waiting is None or (not self.waiting.total and self.content.troubled):
            return None
        return self.waiting.total

    @cached_property
    def publishers(self) -> list[str]:
        """Names of the people who may publish here. One query."""
        return [person.name for person in rights.who_may_publish(self.environment)]

    @cached_property
    def admins(self) -> list[str]:
        """Names of the site's admins. One query."""
        return [person.name for person in rights.people_with(self.environment.site, [Role.ADMIN])]


def look(*, environment: Environment, user: User, role: Role, now: datetime) -> Facts:
    """Read what the card needs: 2 queries at rest, up to 5 while a build is open."""
    open_builds = list(
        environment.builds.open().select_related("requested_by", "cancel_requested_by").order_by("number")
    )
    ended = environment.builds.ended().select_related("requested_by", "cancel_requested_by", "release")
    newest_ended = list(ended.order_by("-number")[:RECENT])
    for build in (*open_builds, *newest_ended):
        build.environment, build.site = environment, environment.site
    active = next((build for build in open_builds if build.state in ACTIVE), None)
    first = active or next(iter(open_builds), None)
    return Facts(
        environment=environment,
        user=user,
        role=role,
        now=now,
        active=active,
        queued=next((build for build in open_builds if build.state == State.QUEUED), None),
        ended=newest_ended,
        jobs=list(active.jobs.all()) if active else [],
        worker_seen_at=_worker_seen_at(first),
        asked_by_me=_asked_by(user, open_builds),
    )


def _worker_seen_at(build: Build | None) -> datetime | None:
    if build is None or build.state not in _NEEDS_THE_WORKER:
        return None
    return Heartbeat.objects.filter(pk="worker").values_list("seen_at", flat=True).first()


def _asked_by(user: User, builds: list[Build]) -> frozenset[int]:
    if not builds:
        return frozenset()
    requests = BuildRequest.objects.filter(build__in=builds, user=user)
    return frozenset(requests.values_list("build_id", flat=True))
