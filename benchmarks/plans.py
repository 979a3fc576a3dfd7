"""What is planned, at size: 10,000 dated entries ahead, and 1,000 schedules that fall due in the same minute.

The clock is passed in: an hour with 200 dated entries is replayed second by second, with the ticks as beat sends them
(the rows of what falls due once a minute, the asking every five seconds) and a reading of the CMS that begins two
seconds after it was asked for. Database time is what the ticks spend waiting for PostgreSQL.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import _ready  # noqa: F401 - Django and its servers first
from _report import Figure, report, share
from django.db import connection
from django.utils.timezone import now

from deploys import wake
from deploys.lifecycle import State
from deploys.models import (
    Build,
    BuildContent,
    ContentSource,
    EntryVersion,
    Environment,
    Membership,
    Plan,
    PlanKind,
    Role,
    Schedule,
    User,
)
from deploys.schedules import steps
from tests import scenes

AHEAD = 10_000
IN_THE_HOUR = 200
HOUR = 3600
SCHEDULES = 1000
READING_AFTER = 2


def main() -> None:
    """Replay the hour, then the busy minute, and print the table."""
    wake._submit = lambda *_told: None  # no worker runs here
    begin = now().replace(microsecond=0)
    environment, source = _dated(begin)
    spent = _replay(environment, source, begin)
    waits = [(plan.asked_at - plan.due_at).total_seconds() for plan in Plan.objects.exclude(asked_at=None)]
    late = [plan for plan in Plan.objects.filter(asked_at=None, due_at__lte=begin + timedelta(seconds=HOUR - 120))]
    due_at = begin + timedelta(days=400)
    print("The hour is replayed; the busy minute is set up.", flush=True)
    _schedules(due_at)
    took = _seconds(lambda: steps.keep(due_at))
    asked = Plan.objects.filter(kind=PlanKind.SCHEDULE).exclude(asked_at=None)
    builds = asked.values("build").distinct().count()
    report(
        "What is planned",
        f"{AHEAD:,} dated entries ahead, {len(waits)} of them in one hour; {SCHEDULES:,} schedules of as many sites",
        [
            Figure(name="due to build requested, p95", value=share(waits, 95), unit="s", most=61),
            Figure(name="due to build requested, longest", value=max(waits), unit="s"),
            Figure(name="dated entries that were missed", value=len(late), unit="", most=0),
            Figure(
                name="database time of a tick of the minute, p95", value=share(spent["ahead"], 95), unit="ms", most=50
            ),
            Figure(
                name="database time of a tick of the minute, longest", value=max(spent["ahead"]), unit="ms", most=50
            ),
            Figure(name="database time of a tick of 5 s, p95", value=share(spent["keep"], 95), unit="ms", most=50),
            Figure(name="1,000 schedules due at once, all requested within", value=took, unit="s", most=60),
            Figure(name="builds requested by them", value=builds, unit="", most=SCHEDULES, least=SCHEDULES),
        ],
    )


def _dated(begin: datetime) -> tuple[Environment, ContentSource]:
    """A live site whose CMS has dated 10,000 entries: some within the hour, the others within a year."""
    environment = scenes.make_environment()
    source = scenes.make_source(site=environment.site, seq=1)
    chance = random.Random(6)
    seconds = [chance.uniform(130, HOUR - 130) for _ in range(IN_THE_HOUR)]
    seconds += [chance.uniform(2 * HOUR, 365 * 24 * HOUR) for _ in range(AHEAD - IN_THE_HOUR)]
    facts = {"changed_at": begin - timedelta(days=1)}
    versions = [
        _version(source, f"post-{number}", publish_at=begin + timedelta(seconds=at), **facts)
        for number, at in enumerate(seconds)
    ]
    EntryVersion.objects.bulk_create(versions, batch_size=2000)
    _goes_live(scenes.make_build(environment=environment, state=State.SUCCEEDED), source, begin)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return environment, source


def _version(source: ContentSource, key: str, **facts: Any) -> EntryVersion:
    digest = sha256(f"{source.pk} {key}".encode()).digest()
    given = {"hash": digest, "compare_hash": digest, "title": f"The title of {key}", "first_seq": 1}
    return EntryVersion(source=source, entry_key=key, **given | facts)


def _goes_live(build: Build, source: ContentSource, moment: datetime) -> None:
    BuildContent.objects.create(build=build, source=source, seq=source.seq, read_at=moment)
    scenes.make_release(build=build, live_at=moment)


def _replay(environment: Environment, source: ContentSource, begin: datetime) -> dict[str, list[float]]:
    """Milliseconds of database time of each tick. A build that was asked for is live half a minute later."""
    spent: dict[str, list[float]] = {"ahead": [], "keep": []}
    read_at, live_at = 0, 0
    for second in range(HOUR):
        moment = begin + timedelta(seconds=second)
        if read_at and second >= read_at:
            ContentSource.objects.filter(pk=source.pk).update(tried_from=moment, wanted_at=None)
            read_at = 0
        if live_at and second >= live_at:
            build = environment.builds.order_by("-number")[0]
            Build.objects.filter(pk=build.pk).update(
                **{"state": State.SUCCEEDED}, finished_at=moment, pipeline_id=build.pk
            )
            _goes_live(build, source, moment - timedelta(seconds=25))
            live_at = 0
        if second % 60 == 17:
            spent["ahead"].append(_database_time(lambda at=moment: steps.look_ahead(at)))
        if second % 5 == 3:
            spent["keep"].append(_database_time(lambda at=moment: steps.keep(at)))
            if not read_at and ContentSource.objects.filter(pk=source.pk).exclude(wanted_at=None).exists():
                read_at = second + READING_AFTER
            if not live_at and environment.builds.open().exists():
                live_at = second + 30
    return spent


def _schedules(due_at: datetime) -> None:
    """As many sites, each with a change that waits, a person, and a time that she chose."""
    for _ in range(SCHEDULES):
        environment = scenes.make_environment()
        source = scenes.make_source(site=environment.site, seq=2, tried_from=due_at, wanted_at=due_at)
        _goes_live(scenes.make_build(environment=environment, state=State.SUCCEEDED), source, now())
        BuildContent.objects.filter(source=source).update(seq=1)
        EntryVersion.objects.bulk_create([_version(source, "hours", first_seq=2)])
        owner = User.objects.create(username=f"owner-{environment.pk}")  # without a password, which takes its time
        Membership.objects.create(site=environment.site, user=owner, role=Role.PUBLISHER)
        schedule = Schedule.objects.create(
            environment=environment, owner=owner, day=due_at.date(), at=due_at.time(), zone="UTC"
        )
        Plan.objects.create(environment=environment, kind=PlanKind.SCHEDULE, schedule=schedule, due_at=due_at)


def _database_time(action: Callable[[], object]) -> float:
    """Milliseconds that an action waits for the database."""
    total = 0.0

    def measured(execute: Any, *arguments: Any) -> Any:
        nonlocal total
        begun = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            total += time.perf_counter() - begun

    with connection.execute_wrapper(measured):
        action()
    return total * 1000


def _seconds(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
