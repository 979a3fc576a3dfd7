"""What the publish card has to know, read in a few queries that do not grow with the number of builds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from deploys.builds import line, rights
from deploys.builds.place import Place, place_of
from deploys.content.outlook import Outlook, Summary
from deploys.lifecycle import State
from deploys.models import Build, BuildRequest, Environment, Freeze, Job, Plan, Release, Role, Step, User
from deploys.models.heartbeat import SILENCE, Heartbeat, Part, Signs
from deploys.web import explanations, steps, versions

RECENT = 6  # ended builds that the card looks back on
_NEEDS_THE_WORKER = {State.QUEUED, State.STARTING}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """An environment as one person sees it at one moment.

    `active` is the build under way, `queued` the first of the `line`. What only some cards say is read when it is asked
    for.
    """

    environment: Environment
    user: User
    role: Role
    now: datetime
    active: Build | None
    queued: Build | None
    jobs: list[Job]
    asked_by_me: frozenset[int] = field(default_factory=frozenset)
    line: list[Build] = field(default_factory=list)

    @property
    def build(self) -> Build | None:
        """The build that the card is about, if one is open."""
        return self.active or self.queued

    @property
    def mine_in_line(self) -> Build | None:
        """The last build in line that the person asked for."""
        return next((build for build in reversed(self.line) if build.pk in self.asked_by_me), None)

    def place_of(self, build: Build) -> Place | None:
        """The place of a build in line and when its turn comes; None where that is not said. A few queries."""
        return place_of(build, self.now)

    def has_asked_for(self, build: Build) -> bool:
        """True when the person asked for this build, first, by joining it, or for one that it took over. One query."""
        if build.requested_by_id == self.user.pk or build.pk in self.asked_by_me:
            return True
        return build.requests.filter(user=self.user).exists()

    @cached_property
    def rows(self) -> list[steps.Row]:
        """The five steps of the open build."""
        return steps.rows_of(self.build, self.jobs) if self.build else []

    @property
    def may_publish(self) -> bool:
        """True when the person's role may start builds here."""
        return rights.may_publish(self.role, self.environment)

    @property
    def may_bring_back(self) -> bool:
        """True when the person's role may put earlier versions back."""
        return rights.may_bring_back(self.role, self.environment)

    @property
    def pause(self) -> Freeze | None:
        """The pause of publishing that is in force."""
        freeze = self.environment.freeze
        return freeze if freeze and freeze.is_in_force(self.now) else None

    def may_stop(self, build: Build) -> bool:
        """True when the person may stop this build."""
        return rights.may_stop(self.user, self.role, build)

    @property
    def is_admin(self) -> bool:
        """Admins read which setting is missing; others read whom to ask."""
        return self.role.includes(Role.ADMIN)

    @cached_property
    def ended(self) -> list[Build]:
        """The newest ended builds, newest first. One query."""
        ended = self.environment.builds.ended().select_related("requested_by", "cancel_requested_by", "release")
        return _placed(list(ended.order_by("-number")[:RECENT]), self.environment)

    @cached_property
    def signs(self) -> Signs:
        """When the background parts were last seen. No query where the page was told with the environment."""
        return self.environment.signs or Heartbeat.signs()

    @cached_property
    def missing_parts(self) -> list[Part]:
        """What publishing needs and what does not run.

        A build that waits to be started needs a worker that was seen at all; a fresh one gives it a moment to begin.
        """
        signs = self.signs
        if self.build is None or self.build.state not in _NEEDS_THE_WORKER:
            return signs.stopped(self.now)
        return signs.silent(self.now) if self.now - self.build.requested_at > SILENCE else []

    @property
    def is_going_live(self) -> bool:
        """True past the last safe point."""
        return any(job.step == Step.GOING_LIVE and job.status in {"running", "success"} for job in self.jobs)

    def touched_the_site(self, build: Build) -> bool:
        """True when its files were on their way, so that visitors may see parts of it. One query for a built one."""
        if build.is_copy:
            return explanations.copy_touched_the_site(build)
        return explanations.went_live_partly(build)

    @cached_property
    def release(self) -> Release | None:
        """What is in place, with its build. One query, unless it is among the builds that a card at rest looks at.

        The environment in hand knows it from then on, so that templates need not ask again.
        """
        pk = self.environment.live_release_id
        if pk is None:
            return None
        at_hand = [] if self.build else [build.release for build in self.ended if hasattr(build, "release")]
        found = next((one for one in at_hand if one.pk == pk), None)
        self.environment.live_release = found or Release.objects.select_related(
            "build__requested_by", "build__brings_back__release"
        ).get(pk=pk)
        return self.environment.live_release

    @property
    def live(self) -> Release | None:
        """The release that was proved to be what visitors get; one that nobody could check does not count."""
        release = self.release
        return release if release and release.is_proved else None

    @cached_property
    def newest_version(self) -> Release | None:
        """The last version that was put on the web host anew. One query."""
        return versions.newest(self.environment)

    @cached_property
    def brought_back(self) -> Build | None:
        """The bring-back that made an earlier version live; None while the newest one is. One query for bring-backs."""
        build = self.live.build if self.live else None
        if build is None or build.brings_back_id is None or self.newest_version is None:
            return None
        return build if self.newest_version.build_id != build.brings_back_id else None

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
        """The newest build that a press has to know: of the open ones while there are any; 0 before the first."""
        known = [build for build in (self.active, self.queued) if build] or self.ended[:1]
        return max((build.number for build in known), default=0)

    @cached_property
    def content(self) -> Outlook:
        """The sources, and what the live build and the one under way carried. Two queries, one without sources."""
        builds = [build for build in (self.release.build if self.release else None, self.active) if build]
        return Outlook.look(self.environment.site, self.now, builds)

    @cached_property
    def waiting(self) -> Summary | None:
        """What would go live now; None when it cannot be compared with what visitors see."""
        return self.content.since(self.release.build) if self.release else None

    @cached_property
    def saved_since(self) -> Summary | None:
        """What was saved since the build under way read the content."""
        return self.content.since(self.active) if self.active else None

    @property
    def ahead(self) -> Summary | None:
        """What a press now would put live besides the build under way; None when that is not known."""
        return self.saved_since if self.active else self.waiting

    @property
    def waiting_count(self) -> int | None:
        """How many changes wait for sure; None when not known, or when nothing was found but may have been missed."""
        if self.waiting is None or (not self.waiting.total and self.content.troubled):
            return None
        return self.waiting.total

    @cached_property
    def plans(self) -> dict[int, Plan]:
        """The two plans that the page was told of with the environment, by id. One query if there is any."""
        known = [getattr(self.environment, name, None) for name in ("next_plan_id", "late_plan_id")]
        ids = [pk for pk in known if pk is not None]
        plans = Plan.objects.select_related("schedule__owner").in_bulk(ids) if ids else {}
        return {pk: self.placed(plan) for pk, plan in plans.items()}

    def placed(self, plan: Plan) -> Plan:
        """The plan, whose schedule need not be asked where it belongs."""
        if plan.schedule:
            plan.schedule.environment = self.environment
        return plan

    @cached_property
    def late_count(self) -> int:
        """How many should be live and are not. One query."""
        return self.environment.plans.alarming(self.now).count()

    @property
    def next_plan(self) -> Plan | None:
        """What publishes next without a press: a time that somebody chose, or edits that have come to rest."""
        return self.plans.get(getattr(self.environment, "next_plan_id", None) or 0)

    @property
    def late_plan(self) -> Plan | None:
        """The newest of what should be live and is not."""
        return self.plans.get(getattr(self.environment, "late_plan_id", None) or 0)

    @cached_property
    def publishers(self) -> list[str]:
        """Names of the people who may publish here. One query."""
        return [person.name for person in rights.who_may_publish(self.environment)]

    @cached_property
    def admins(self) -> list[str]:
        """Names of the site's admins. One query."""
        return [person.name for person in rights.people_with(self.environment.site, [Role.ADMIN])]


def look(
    *, environment: Environment, user: User, role: Role, now: datetime, open_builds: list[Build] | None = None
) -> Facts:
    """Read what every card needs: 1 query at rest, 2 while a build runs, and who asked if it was somebody else.

    `open_builds` are those of the environment, oldest first, for whoever has just read them.
    """
    if open_builds is None:
        open_builds = list(environment.builds.open().order_by("number"))
    for build in _placed(open_builds, environment):
        if build.requested_by_id == user.pk:
            build.requested_by = user
    active = line.under_way(open_builds, now)
    waiting = [build for build in open_builds if build.state == State.QUEUED]
    return Facts(
        environment=environment,
        user=user,
        role=role,
        now=now,
        active=active,
        queued=next(iter(waiting), None),
        jobs=list(active.jobs.all()) if active else [],
        asked_by_me=_asked_by(user, open_builds),
        line=waiting,
    )


def _placed(builds: list[Build], environment: Environment) -> list[Build]:
    """The builds, which need not be asked where they belong."""
    for build in builds:
        build.environment, build.site = environment, environment.site
    return builds


def _asked_by(user: User, builds: list[Build]) -> frozenset[int]:
    """Those that the person asked for, first or by joining. One query for builds that somebody else began."""
    mine = {build.pk for build in builds if build.requested_by_id == user.pk}
    if others := [build.pk for build in builds if build.pk not in mine]:
        requests = BuildRequest.objects.filter(build__in=others, user=user)
        mine.update(requests.values_list("build_id", flat=True))
    return frozenset(mine)
