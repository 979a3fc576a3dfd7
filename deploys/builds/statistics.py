"""How the builds of an environment went over a period: shares, usual times, and the last ones one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from deploys.lifecycle import ENDED, State
from deploys.models import Environment

PERIOD = timedelta(days=30)
ROUNDED = 100  # per cent


# Percentiles of seconds as floats, two in one pass: sorting intervals takes several times as long.
SQL = """
SELECT count(*) FILTER (WHERE lately AND good), count(*) FILTER (WHERE lately AND bad),
    count(*) FILTER (WHERE NOT lately AND good), count(*) FILTER (WHERE NOT lately AND bad),
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY took) FILTER (WHERE timed),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) FILTER (WHERE timed), max(waited) FILTER (WHERE timed)
FROM (
    SELECT requested_at >= %(begin)s AS lately,
        state = 'succeeded' AND brings_back_id IS NULL AS good,
        state IN ('failed', 'lost') AND error_class <> 'held_back' AS bad,
        state = 'succeeded' AND brings_back_id IS NULL AND promotes_id IS NULL AND requested_at >= %(begin)s AS timed,
        date_part('epoch', finished_at - requested_at) AS took,
        date_part('epoch', claimed_at - requested_at) AS waited
    FROM deploys_build
    WHERE site_id = %(site)s AND environment_id = %(environment)s
        AND requested_at >= %(before)s AND requested_at < %(until)s
) AS build
"""


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
    given = {"begin": begin, "before": begin - PERIOD, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(SQL, given | {"site": environment.site_id, "environment": environment.pk})
        published, failed, published_before, failed_before, took, waited, longest = cursor.fetchone()
    return Numbers(
        published=published,
        failed=failed,
        published_before=published_before,
        failed_before=failed_before,
        took=_time(took[0]) if took else None,
        took_at_most=_time(took[1]) if took else None,
        waited=_time(waited),
        waited_longest=_time(longest),
    )


def _time(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


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
