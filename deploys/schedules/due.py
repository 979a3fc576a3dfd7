"""Due times are data: which dated entries of the readings go live or leave, and have not done so at an environment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db import connection

from deploys.models import ContentBlob, EntryVersion, Plan

# For each environment the newest version that visitors ever saw and the one they see now: what fell due before either
# was read is in it. (They differ while an earlier version is live, which must not make the past fall due again.)
# An entry that got a date of the past is an edit, not a plan: many a CMS writes "now" there at every press on Publish.
# One that was edited after its date is still due if an earlier version of it had the same date.
_SQL = """
WITH seen AS (
    SELECT e.id AS environment_id, c.source_id, max(c.read_at) AS read_at
    FROM deploys_environment e
    CROSS JOIN LATERAL (
        SELECT r.build_id FROM deploys_release r WHERE r.id = e.live_release_id
        UNION
        (SELECT r.build_id FROM deploys_release r JOIN deploys_build b ON b.id = r.build_id
         WHERE r.environment_id = e.id AND r.live_at IS NOT NULL AND b.brings_back_id IS NULL
         ORDER BY r.id DESC LIMIT 1)
    ) AS shown
    JOIN deploys_buildcontent c ON c.build_id = shown.build_id
    JOIN deploys_contentsource s ON s.id = c.source_id AND s.is_active
    WHERE e.kind <> 'preview' AND e.publishes_dated AND e.live_release_id IS NOT NULL
      AND (%(only)s::bigint IS NULL OR e.id = %(only)s)
    GROUP BY 1, 2
)
SELECT seen.environment_id, v.id, v.source_id, v.entry_key, v.title, v.due_at, v.leaves, v.hash
FROM seen
CROSS JOIN LATERAL (
    SELECT id, source_id, entry_key, title, hash, changed_at, publish_at AS due_at, false AS leaves
    FROM deploys_entryversion
    WHERE source_id = seen.source_id AND last_seq IS NULL AND is_published
      AND publish_at > seen.read_at AND publish_at <= %(until)s
      AND (expire_at IS NULL OR expire_at > %(now)s)
    UNION ALL
    SELECT id, source_id, entry_key, title, hash, changed_at, expire_at, true
    FROM deploys_entryversion
    WHERE source_id = seen.source_id AND last_seq IS NULL AND is_published
      AND expire_at > seen.read_at AND expire_at <= %(until)s
      AND (publish_at IS NULL OR publish_at <= seen.read_at)
) AS v
WHERE v.changed_at IS NULL OR v.changed_at < v.due_at
   OR EXISTS (SELECT FROM deploys_entryversion o
              WHERE o.source_id = v.source_id AND o.entry_key = v.entry_key AND o.last_seq IS NOT NULL
                AND (CASE WHEN v.leaves THEN o.expire_at ELSE o.publish_at END) = v.due_at
                AND (o.changed_at IS NULL OR o.changed_at < v.due_at))
ORDER BY v.due_at, v.id
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """An entry that visitors of an environment are to see from `due_at` on, or no longer if it `leaves`."""

    environment_id: int
    version_id: int
    source_id: int
    entry_key: str
    title: str
    due_at: datetime
    leaves: bool
    hash: bytes

    @property
    def name(self) -> tuple[int, str, datetime, bool]:
        """What tells it from the others of its environment."""
        return (self.source_id, self.entry_key, self.due_at, self.leaves)


def due(moment: datetime, *, until: datetime | None = None, environment_id: int | None = None) -> list[Due]:
    """What has fallen due by `until` (by default `moment`) and is not in what visitors see, soonest first.

    One query for all environments, or for one of them. An environment whose version was made of content that nobody
    had read has no base, so nothing is due there.
    """
    given = {"now": moment, "until": until or moment, "only": environment_id}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, given)
        rows = cursor.fetchall()
    return [
        Due(
            environment_id=row[0],
            version_id=row[1],
            source_id=row[2],
            entry_key=row[3],
            title=row[4] or row[3],
            due_at=row[5],
            leaves=row[6],
            hash=bytes(row[7]),
        )
        for row in rows
    ]


def pending_in_the_cms(found: Collection[Due]) -> set[tuple[int, str, datetime, bool]]:
    """The names of those that the CMS itself had not published yet when it was last read. One query."""
    hashes = {one.hash for one in found if not one.leaves}
    if not hashes:
        return set()
    rows = ContentBlob.objects.filter(hash__in=hashes).values_list("hash", "data")
    pending = {bytes(key) for key, data in rows if orjson.loads(bytes(data)).get("is_pending")}
    return {one.name for one in found if one.hash in pending and not one.leaves}


def name_of(plan: Plan) -> tuple[int | None, str, datetime, bool]:
    """The name of what a plan of a dated entry stands for."""
    return (plan.source_id, plan.entry_key, plan.due_at, plan.leaves)


def upcoming(environment_id: int, moment: datetime, *, limit: int) -> list[Due]:
    """The next dated entries of the environment's site, going live or leaving, soonest first. Two queries."""
    current = EntryVersion.objects.filter(
        source__site__environments=environment_id, source__is_active=True, last_seq=None, is_published=True
    )
    found = []
    for column, leaves in (("publish_at", False), ("expire_at", True)):
        rows = current.filter(**{f"{column}__gt": moment}).order_by(column)[:limit]
        found += [
            Due(
                environment_id=environment_id,
                version_id=version.pk,
                source_id=version.source_id,
                entry_key=version.entry_key,
                title=version.title or version.entry_key,
                due_at=getattr(version, column),
                leaves=leaves,
                hash=bytes(version.hash),
            )
            for version in rows
        ]
    return sorted(found, key=lambda one: one.due_at)[:limit]
