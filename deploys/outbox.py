"""Saying that something happened which people may want to hear of: `tell` is the one way to do it.

It only writes a row, in the caller's transaction; who hears of it, where and in which words is decided afterwards by
`deploys.notifications`. So a crash loses nothing, and what is rolled back is told to nobody.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from deploys import wake
from deploys.models import Build, Environment, Kind, Occurrence, User

# What the sentences of a kind need beside the environment or the build. Moments are ISO 8601 with an offset.
NEEDED: dict[Kind, frozenset[str]] = {
    Kind.TOKEN_EXPIRES: frozenset({"expires_on"}),
    Kind.PLAN_BEGAN: frozenset({"planned_at"}),
    Kind.PLAN_KEPT: frozenset({"planned_at"}),
    Kind.SCHEDULE: frozenset({"schedule", "change"}),
    Kind.PLAN_MISSED: frozenset({"planned_at"}),
    Kind.CONTENT_LATE: frozenset({"planned_at", "count"}),
    Kind.FREEZE_BEGAN: frozenset({"reason"}),
}
ALLOWED: dict[Kind, frozenset[str]] = NEEDED | {
    Kind.PLAN_MISSED: frozenset({"planned_at", "why"}),
    Kind.FREEZE_BEGAN: frozenset({"reason", "until"}),
    Kind.FREEZE_ENDED: frozenset({"waiting"}),
    Kind.STUCK: frozenset({"seconds"}),
}
NO_RIGHT = "no_right"  # why a plan was missed: its owner may no longer publish, which admins have to know
OF_A_BUILD = frozenset(
    {
        *(Kind.LIVE, Kind.FAILED, Kind.HELD_BACK, Kind.UNPROVED, Kind.STUCK, Kind.UNCLEAR, Kind.STOPPED),
        *(Kind.TO_APPROVE, Kind.APPROVED, Kind.MOVED),
    }
)


def tell(
    kind: Kind,
    *,
    key: str,
    environment: Environment | None = None,
    build: Build | None = None,
    actor: User | None = None,
    facts: dict[str, Any] | None = None,
) -> bool:
    """Note that something happened, so that those who want to hear of it are told once.

    `key` names the occurrence for ever (at most 120 characters, such as "freeze-12-began"): the same key again is the
    same occurrence, and nobody hears of it twice. Give the build, or the environment where no build is concerned.
    `actor` is who did it; they are not told of their own act. `facts`: PLAN_MISSED takes `planned_at` and, if its owner
    lost the right, `why` NO_RIGHT; CONTENT_LATE `planned_at` and `count` of entries; FREEZE_BEGAN `reason` and, if it
    has an end, `until`; FREEZE_ENDED the number of builds `waiting`; TOKEN_EXPIRES `expires_on`; PLAN_BEGAN and
    PLAN_KEPT `planned_at`; SCHEDULE its id as `schedule`, and what `change` it was.
    Never put titles or text of entries in there: messages leave the house.
    Call it inside the transaction of what happened. Returns False when the key was known; raises ValueError for facts
    that the sentences do not know or lack, and for a kind without what it is about.
    """
    facts = facts or {}
    if build is not None:
        environment = build.environment
    if environment is None or (kind in OF_A_BUILD and build is None):
        raise ValueError(f"{kind} needs {'a build' if kind in OF_A_BUILD else 'an environment'}.")
    if not NEEDED.get(kind, frozenset()) <= facts.keys() <= ALLOWED.get(kind, frozenset()):
        raise ValueError(f"{kind} takes the facts {sorted(ALLOWED.get(kind, ()))}, not {sorted(facts)}.")
    occurrence = Occurrence(key=key, kind=kind, environment=environment, build=build, actor=actor, facts=facts)
    # One statement that does nothing where the key is known, also when two transactions tell at the same time.
    Occurrence.objects.bulk_create([occurrence], ignore_conflicts=True)
    pk = Occurrence.objects.filter(key=key, at=occurrence.at).values_list("pk", flat=True).first()
    if pk is None:
        return False
    transaction.on_commit(lambda: wake.tell(pk))
    return True
