"""How the builds of an environment went over a period: shares, usual times, and the last ones one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Aggregate, Count, DurationField, F, Max, Q

from deploys.lifecycle import ENDED, State
from deploys.models import Build, Environment
from deploys.models.build import IS_FAILED

PERIOD = timedelta(days=30)
ROUNDED = 100  # per cent


class Share(Aggregate):
    """The value below or at which such a share of the values lies: 0.5 is the median (PostgreSQL, ordered sets)."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)%(filter)s"
    output_field = DurationField()


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """A period's numbers; times are None where no build had them.

    Stopped, replaced and held back builds are neither good nor bad. Times are those of builds that went well with a
    pipeline of their own: `took` from the request to the end, `waited` from the request to the turn.
    """

    published: int
    failed: int
    published_before: int
    failed_before: int
    took: timedelta | None
    took_at_most: timedelta | None
    waited: timedelta | None
    waited_longest: timedelta | None

    @property
    def rate(self) -> int | None:
        """Per cent that went well; None when nothing did or failed."""
        return _rate(self.published, self.failed)

    @property
    def rate_before(self) -> int | None:
        """The same of the period before."""
        return _rate(self.published_before, self.failed_before)


def _rate(good: int, bad: int) -> int | None:
    return round(ROUNDED * good / (good + bad)) if good + bad else None


def numbers(environment: Environment, until: datetime) -> Numbers:
    """Of the 30 days that end then, and how many went well in the 30 days before. One query."""
    begin = until - PERIOD
    rows = Build.objects.filter(
        site=environment.site_id, environment=environment, requested_at__gte=begin - PERIOD, requested_at__lt=until
    )
    lately = Q(requested_at__gte=begin)
    good = Q(state=State.SUCCEEDED, brings_back=None)
    timed = lately & good & Q(promotes=None)
    took, waited = F("finished_at") - F("requested_at"), F("claimed_at") - F("requested_at")
    found = rows.aggregate(
        published=Count("pk", filter=lately & good),
        failed=Count("pk", filter=lately & IS_FAILED),
        published_before=Count("pk", filter=~lately & good),
        failed_before=Count("pk", filter=~lately & IS_FAILED),
        took=Share(took, share=0.5, filter=timed),
        took_at_most=Share(took, share=0.9, filter=timed),
        waited=Share(waited, share=0.5, filter=timed),
        waited_longest=Max(waited, filter=timed),
    )
    return Numbers(**found)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How one build went: how it ended, when it was asked for, how long it took until its end, whether it is live."""

    state: str
    error_class: str
    requested_at: datetime
    took: timedelta
    is_live: bool


def last(environment: Environment, count: int) -> list[Ran]:
    """The last builds that ran to some end, oldest first; without those that copied a version or never began."""
    rows = environment.builds.built().filter(state__in=sorted(ENDED - {State.SUPERSEDED})).order_by("-number")
    live = environment.live_release_id if environment.live_release and environment.live_release.is_proved else None
    columns = ("state", "error_class", "requested_at", "finished_at", "release")
    return [
        Ran(
            state=state,
            error_class=error,
            requested_at=asked,
            took=ended - asked,
            is_live=bool(release) and release == live,
        )
        for state, error, asked, ended, release in reversed(rows.values_list(*columns)[:count])
    ]
