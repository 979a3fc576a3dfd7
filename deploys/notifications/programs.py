"""Every event, for programs: what happened to builds becomes occurrences that nobody else hears of.

The events are read behind those who wrote them, so that no press and no state waits for it. Rows may be committed in
another order than they were numbered: those of the last hour are looked at again, and a key keeps each to once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import CharField, Exists, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from deploys.lifecycle import State
from deploys.models import Channel, Event, Kind, Occurrence

LOOK_BACK = 1000  # events, of the last hour: no transaction is open for longer
LATEST = timedelta(hours=1)
AT_ONCE = 500


def newest_event() -> int:
    """The number of the last event so far; 0 when there is none."""
    return Event.objects.aggregate(newest=Max("pk"))["newest"] or 0


def collect(moment: datetime) -> None:
    """Make occurrences of the events since the last time. One query where no place is for programs."""
    rows = Channel.objects.active().filter(programs_from__isnull=False, environment__isnull=False)
    channels = list(rows.only("pk", "environment", "programs_from", "programs_through"))
    if not channels:
        return
    newest = newest_event()
    first = min(max(one.programs_from or 0, one.programs_through - LOOK_BACK) for one in channels)
    is_new = Q(pk__gt=min(one.programs_through for one in channels)) | Q(at__gte=moment - LATEST)
    news = Event.objects.filter(is_new, pk__gt=first, pk__lte=newest)
    events = _untold(news, {one.environment_id for one in channels if one.environment_id})
    Occurrence.objects.bulk_create([_occurrence(event) for event in events], ignore_conflicts=True)
    through = events[-1].pk if len(events) == AT_ONCE else newest
    Channel.objects.filter(pk__in=[one.pk for one in channels]).update(programs_through=through)


def _untold(rows: QuerySet[Event], places: set[int]) -> list[Event]:
    """Moves, and the first event of each build, that were not told yet."""
    of_build = Event.objects.filter(build=OuterRef("build")).order_by("pk").values("pk")[:1]
    told = Occurrence.objects.filter(key=Concat(Value("move-"), Cast(OuterRef("pk"), CharField())))
    rows = rows.filter(build__environment__in=places).exclude(Exists(told))
    rows = rows.filter(~Q(new="") | Q(pk=Subquery(of_build))).select_related("build__environment", "actor")
    return list(rows.order_by("pk")[:AT_ONCE])


def _occurrence(event: Event) -> Occurrence:
    build = event.build
    facts = {"event": event.pk, "from": event.old, "to": event.new or State.QUEUED.value}
    return Occurrence(
        key=f"move-{event.pk}",
        kind=Kind.MOVED,
        environment=build.environment,
        build=build,
        actor=event.actor,
        facts=facts,
        at=event.at,
    )
