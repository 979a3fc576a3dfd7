"""What made a build start, and what Postgres refuses of builds."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from deploys.lifecycle import ACTIVE, ENDED, FOLLOWED, OPEN, State


class Cause(models.TextChoices):
    """What made somebody or something ask."""

    PERSON = "person", "A person"
    SCHEDULE = "schedule", "Schedule"
    CMS = "cms", "CMS event"
    API = "api", "API"
    COMMAND = "command", "Command line"
    GITLAB = "gitlab", "GitLab"  # begun there, not here: found, never sent by us


CONSTRAINTS: list[models.BaseConstraint] = [
    models.UniqueConstraint(fields=["site", "number"], name="one_number_per_build"),
    models.UniqueConstraint(
        fields=["environment"],
        condition=Q(state__in=sorted(ACTIVE)) & ~Q(cause=Cause.GITLAB),  # what GitLab starts asks nobody
        name="one_active_build_per_environment",
    ),
    models.UniqueConstraint(fields=["found_in", "pipeline_id"], name="one_build_per_found_pipeline"),
    models.CheckConstraint(
        condition=Q(state__in=sorted(ENDED), finished_at__isnull=False)
        | Q(state__in=sorted(OPEN), finished_at__isnull=True),
        name="finished_at_if_and_only_if_ended",
    ),
    models.CheckConstraint(
        condition=Q(superseded_by=None) | Q(state=State.SUPERSEDED), name="only_superseded_builds_name_another"
    ),
    models.CheckConstraint(condition=Q(brings_back=None) | Q(promotes=None), name="a_build_copies_one_release"),
    models.CheckConstraint(
        condition=~Q(state__in=sorted(FOLLOWED)) | Q(pipeline_id__isnull=False),
        name="followed_builds_have_a_pipeline",
    ),
    models.CheckConstraint(
        condition=Q(approved_by=None, approved_at=None) | Q(approved_by__isnull=False, approved_at__isnull=False),
        name="an_approval_has_a_person_and_a_time",
    ),
    models.CheckConstraint(
        condition=Q(approved_by=None) | Q(requested_by=None) | ~Q(approved_by=F("requested_by")),
        name="nobody_approves_their_own_build",
    ),
]
