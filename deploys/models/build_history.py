"""What the history reads builds by: an index for each way of choosing, and what counts as failed."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from deploys.lifecycle import State
from deploys.models.build_words import BuildWords

# Failed to people: not what was held back, which ended before anything went live, and not what somebody stopped.
IS_FAILED = Q(state__in=[State.FAILED, State.LOST]) & ~Q(error_class="held_back")

# Each ends in the number, so that a page is read off in order.
HISTORY_INDEXES: list[models.Index] = [
    models.Index(fields=["site", "-requested_at"], name="build_by_time"),
    models.Index(fields=["site", "state", "-number"], name="build_by_state"),
    models.Index(fields=["site", "cause", "-number"], name="build_by_cause"),
    models.Index(fields=["site", "requested_by", "-number"], name="build_by_person"),
    models.Index(fields=["site", "-number"], name="build_failed", condition=IS_FAILED),
    models.Index(fields=["site", "-number"], name="build_brought_back", condition=Q(brings_back__isnull=False)),
    models.Index(fields=["site", "error_class", "-number"], name="build_by_error", condition=~Q(error_class="")),
    models.Index(fields=["site", "sha"], name="build_by_sha", opclasses=["int8_ops", "varchar_pattern_ops"]),
    GinIndex(BuildWords(), name="build_words"),
]
