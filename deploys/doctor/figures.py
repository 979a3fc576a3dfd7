"""How much waits and how much room there is: what Health shows and `/metrics` tells. From the database, unless said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Q

from deploys.doctor.running import BrokerDown, messages_waiting, room
from deploys.lifecycle import ACTIVE, State
from deploys.models import Build, Delivery, DeliveryStage, Heartbeat, PruneRun, Signs

LOOK_BACK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """`oldest` is the open build that was asked for first, with its site. `messages` wait in the broker; None: it does
    not answer. Messages to people: `unsent` are on their way, `undelivered` were given up within a week. Sizes are in
    bytes; `disk_free` and `disk_total` are of the disk with this process's data folder.
    `pruned`: the last walk that removed what is no longer kept."""

    signs: Signs
    in_line: int
    under_way: int
    oldest: Build | None
    messages: int | None
    unsent: int
    undelivered: int
    database_size: int
    disk_free: int
    disk_total: int
    pruned: PruneRun | None


def take(moment: datetime) -> Figures:
    """Read them. Six queries, and one question to the broker."""
    counts = Build.objects.open().aggregate(
        in_line=Count("pk", filter=Q(state=State.QUEUED)), under_way=Count("pk", filter=Q(state__in=ACTIVE))
    )
    given_up = Q(stage=DeliveryStage.FAILED, ended_at__gt=moment - LOOK_BACK)
    told = Delivery.objects.filter(Q(stage=DeliveryStage.WAITING) | given_up).aggregate(
        unsent=Count("pk", filter=Q(stage=DeliveryStage.WAITING)), undelivered=Count("pk", filter=given_up)
    )
    free, total = room()
    return Figures(
        signs=Heartbeat.signs(),
        in_line=counts["in_line"],
        under_way=counts["under_way"],
        oldest=Build.objects.open().select_related("site").order_by("requested_at", "pk").first(),
        messages=_messages(),
        **told,
        database_size=_database_size(),
        disk_free=free,
        disk_total=total,
        pruned=PruneRun.last(),
    )


def _messages() -> int | None:
    try:
        return messages_waiting()
    except BrokerDown:
        return None


def _database_size() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
