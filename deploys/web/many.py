"""What the cards of many environments have to know, read together: as many queries for three hundred as for two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, Subquery

from deploys.builds import line
from deploys.builds.place import Place
from deploys.content.outlook import Outlook, Summary, Total, totals
from deploys.lifecycle import ACTIVE, ENDED, OPEN, State
from deploys.models import (
    Build,
    BuildContent,
    BuildRequest,
    ContentSource,
    Environment,
    Heartbeat,
    Job,
    Membership,
    Plan,
    Release,
    Role,
    Signs,
    Step,
    User,
)
from deploys.web.facts import RECENT, Facts

_OF_BUILDS = (
    *("requested_by", "cancel_requested_by", "release"),
    *("brings_back__release", "promotes__environment", "promotes__preview"),
)
_OF_PLACES = (
    *("site", "gitlab_project", "freeze__begun_by"),
    *("live_release__build__requested_by", "live_release__build__brings_back__release"),
)


def places_of(user: User, now: datetime) -> list[Environment]:
    """The environments that the person may see, by site, with what `Many` needs of them. One query."""
    ended = Build.objects.filter(environment=OuterRef("pk"), state__in=ENDED).order_by("-number")
    newest = Release.objects.filter(environment=OuterRef("pk"), build__brings_back=None).order_by("-build__number")
    rows = Environment.objects.seen_by(user).public().select_related(*_OF_PLACES)
    plans = Plan.objects.filter(environment=OuterRef("pk"))
    rows = rows.annotate(
        next_plan_id=Subquery(plans.planned().of_people().order_by("due_at").values("pk")[:1]),
        late_plans=ArraySubquery(plans.alarming(now).order_by("-due_at").values("pk")),
        recent=ArraySubquery(ended.values("pk")[:RECENT]),
        newest_release=Subquery(newest.values("pk")[:1]),
    )
    return list(rows.order_by("site__name", "position", "pk"))


class Many:
    """Environments as one person sees them at one moment. What not every card says is read when the first asks."""

    def __init__(self, user: User, places: list[Environment], now: datetime) -> None:
        self.user, self.places, self.now = user, places, now

    def facts(self) -> Iterator[FactsOfOne]:
        """The facts of each place, in their order."""
        for place in self.places:
            open_builds = [build for build in self._builds[place.pk] if build.state in OPEN]
            active = line.under_way(open_builds, self.now)
            waiting = [build for build in open_builds if build.state == State.QUEUED]
            yield FactsOfOne(
                environment=place,
                user=self.user,
                role=self._roles[place.site_id],
                now=self.now,
                active=active,
                queued=next(iter(waiting), None),
                line=waiting,
                jobs=self._jobs[active.pk] if active else [],
                asked_by_me=self._asked_by_me,
                many=self,
            )

    def ended(self, place: Environment) -> list[Build]:
        """The newest ended builds, newest first."""
        return [build for build in reversed(self._builds[place.pk]) if build.state in ENDED]

    def release(self, place: Environment) -> Release | None:
        """What is in place, with its build, which need not be asked where it belongs."""
        release = place.live_release
        if release:
            release.build.environment, release.build.site = place, place.site
        return release

    def newest_version(self, place: Environment) -> Release | None:
        """The last version that was put on the web host anew."""
        return self._newest_versions.get(getattr(place, "newest_release", None) or 0)

    def content(self, place: Environment) -> Outlook:
        """The sources of the place's site, and what the live build carried of them."""
        return Outlook(moment=self.now, sources=self._sources[place.site_id], contents=self._contents)

    def plans(self, place: Environment) -> dict[int, Plan]:
        """What publishes next without a press, and the newest of what is late."""
        asked = [getattr(place, "next_plan_id", None), *getattr(place, "late_plans", [])[:1]]
        return {pk: self._plans[pk] for pk in asked if pk}

    def has_begun_going_live(self, build: Build) -> bool:
        """True when the last job of its pipeline began."""
        return any(job.step == Step.GOING_LIVE and job.started_at for job in self._jobs[build.pk])

    def people_with(self, place: Environment, roles: Iterable[Role]) -> list[str]:
        """Names of the site's members with one of the roles."""
        return [one.user.name for one in self._members[place.site_id] if one.role in set(roles)]

    @cached_property
    def waiting(self) -> dict[int, Total]:
        """How much waits at each place, by its id; those that cannot be compared are not in it."""
        live = {place.pk: release.build for place in self.places if (release := self.release(place))}
        asked = {place.pk: (self.content(place), live[place.pk]) for place in self.places if place.pk in live}
        return totals(asked, self.now)

    @cached_property
    def signs(self) -> Signs:
        """When the background parts were last seen. One query."""
        return Heartbeat.signs()

    @cached_property
    def _roles(self) -> dict[int, Role]:
        sites = {place.site_id for place in self.places}
        if self.user.is_superuser:
            return dict.fromkeys(sites, Role.ADMIN)
        rows = Membership.objects.filter(user=self.user, site__in=sites).values_list("site_id", "role")
        return {site: Role(role) for site, role in rows}

    @cached_property
    def _builds(self) -> dict[int, list[Build]]:
        """Open builds and the newest ended ones of each place, oldest first."""
        by_id = {place.pk: place for place in self.places}
        recent = [pk for place in self.places for pk in getattr(place, "recent", [])]
        wanted = Q(pk__in=recent) | Q(environment__in=by_id, state__in=OPEN)
        found: dict[int, list[Build]] = defaultdict(list)
        for build in Build.objects.select_related(*_OF_BUILDS).filter(wanted).order_by("number"):
            build.environment = by_id[build.environment_id]
            build.site = build.environment.site
            found[build.environment_id].append(build)
        return found

    @cached_property
    def _jobs(self) -> dict[int, list[Job]]:
        """The jobs of those builds of which a card asks how far they came."""
        came_to_nothing = {State.FAILED, State.LOST, State.CANCELED}
        asked = [one.pk for builds in self._builds.values() for one in builds if one.state in ACTIVE | came_to_nothing]
        found: dict[int, list[Job]] = defaultdict(list)
        for job in Job.objects.filter(build__in=asked):
            found[job.build_id].append(job)
        return found

    @cached_property
    def _asked_by_me(self) -> frozenset[int]:
        seen = [build.pk for builds in self._builds.values() for build in builds]
        mine = BuildRequest.objects.filter(build__in=seen, user=self.user)
        return frozenset(mine.values_list("build_id", flat=True))

    @cached_property
    def _newest_versions(self) -> dict[int, Release]:
        asked = [getattr(place, "newest_release", None) for place in self.places]
        rows = Release.objects.select_related("build__requested_by", "build__site")
        return rows.in_bulk([pk for pk in asked if pk])

    @cached_property
    def _plans(self) -> dict[int, Plan]:
        asked = [pk for place in self.places for pk in getattr(place, "late_plans", [])[:1]]
        asked += [pk for place in self.places if (pk := getattr(place, "next_plan_id", None))]
        return Plan.objects.select_related("schedule__owner").in_bulk(asked)

    @cached_property
    def _sources(self) -> dict[int, list[ContentSource]]:
        found: dict[int, list[ContentSource]] = defaultdict(list)
        sites = {place.site_id for place in self.places}
        for source in ContentSource.objects.active().filter(site__in=sites).order_by("pk"):
            found[source.site_id].append(source)
        return found

    @cached_property
    def _contents(self) -> dict[int, dict[int, BuildContent]]:
        found: dict[int, dict[int, BuildContent]] = defaultdict(dict)
        live = [release.build_id for place in self.places if (release := place.live_release)]
        for content in BuildContent.objects.filter(build__in=live):
            found[content.build_id][content.source_id] = content
        return found

    @cached_property
    def _members(self) -> dict[int, list[Membership]]:
        found: dict[int, list[Membership]] = defaultdict(list)
        sites = {place.site_id for place in self.places}
        rows = Membership.objects.filter(site__in=sites, user__is_active=True).select_related("user")
        for one in rows.order_by("user__first_name", "user__last_name", "user__username"):
            found[one.site_id].append(one)
        return found


@dataclass(frozen=True, kw_only=True)
class FactsOfOne(Facts):
    """The facts of one environment of many. What was saved since a build began is not said there, so not read."""

    many: Many

    @property
    def may_bring_back(self) -> bool:
        """Nothing is offered to be brought back where many are shown: their own pages do."""
        return False

    @cached_property
    def ended(self) -> list[Build]:
        """The newest ended builds, newest first."""
        return self.many.ended(self.environment)

    @cached_property
    def signs(self) -> Signs:
        """When the background parts were last seen."""
        return self.many.signs

    def place_of(self, build: Build) -> Place | None:
        """Not said where many are shown: it would have to be asked for each."""
        return None

    def has_asked_for(self, build: Build) -> bool:
        """True when the person asked for this build, first, by joining it, or for one that it took over."""
        return build.requested_by_id == self.user.pk or build.pk in self.asked_by_me

    def touched_the_site(self, build: Build) -> bool:
        """True when its files were on their way, so that visitors may see parts of it."""
        return super().touched_the_site(build) if build.is_copy else self.many.has_begun_going_live(build)

    @cached_property
    def release(self) -> Release | None:
        """What is in place, with its build."""
        return self.many.release(self.environment)

    @cached_property
    def newest_version(self) -> Release | None:
        """The last version that was put on the web host anew."""
        return self.many.newest_version(self.environment)

    @cached_property
    def content(self) -> Outlook:
        """The sources, and what the live build carried."""
        return self.many.content(self.environment)

    @cached_property
    def saved_since(self) -> Summary | None:
        """Not read."""
        return None

    @property
    def waiting_total(self) -> Total | None:
        """What would go live now; None when it cannot be compared with what visitors see."""
        return self.many.waiting.get(self.environment.pk)

    @property
    def waiting_count(self) -> int | None:
        """How many changes wait for sure; None when not known, or when nothing was found but may have been missed."""
        total = self.waiting_total
        return None if total is None or (not total.count and self.content.troubled) else total.count

    @cached_property
    def plans(self) -> dict[int, Plan]:
        """What publishes next without a press, and the newest of what is late."""
        return {pk: self.placed(plan) for pk, plan in self.many.plans(self.environment).items()}

    @property
    def late_plan(self) -> Plan | None:
        """The newest of what should be live and is not."""
        late = getattr(self.environment, "late_plans", [])
        return self.plans[late[0]] if late else None

    @cached_property
    def late_count(self) -> int:
        """How many should be live and are not."""
        return len(getattr(self.environment, "late_plans", []))

    @cached_property
    def publishers(self) -> list[str]:
        """Names of the people who may publish here."""
        least = self.environment.publish_role
        return self.many.people_with(self.environment, [role for role in Role if role.includes(least)])

    @cached_property
    def admins(self) -> list[str]:
        """Names of the site's admins."""
        return self.many.people_with(self.environment, [Role.ADMIN])
