"""Builds that nothing is heard of: told once for each silence."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now as current_time

from deploys.models import Build, Kind
from deploys.outbox import tell
from deploys.web.progress import stuck_from


def look(moment: datetime | None = None) -> None:
    """Tell of every followed build that has been silent for too long, as the card says it."""
    moment = moment or current_time()
    for build in Build.objects.followed().select_related("environment__site", "site"):
        since = stuck_from(build)
        if since is None or since > moment:
            continue
        heard = build.heard_at or build.started_at or build.requested_at
        key = f"stuck-{build.pk}-{since:%Y%m%dT%H%M%S.%f}"
        with transaction.atomic():
            tell(Kind.STUCK, key=key, build=build, facts={"seconds": int((moment - heard).total_seconds())})
