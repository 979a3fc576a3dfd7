"""Builds of which nothing is removed, however old they are."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from deploys.lifecycle import OPEN
from deploys.models import Build, Environment, HostState, Preview, Release, Site


def in_place(site: Site) -> set[int]:
    """Ids of the builds that visitors see or that somebody brought back, and of those whose files they are."""
    places = Environment.objects.filter(site=site)
    found = {pk for pair in places.values_list("live_release__build", "held_by") for pk in pair if pk}
    copies = Build.objects.filter(pk__in=found).annotate(original=Coalesce("brings_back", "promotes"))
    return found | {pk for pk in copies.values_list("original", flat=True) if pk}


def can_return(site: Site) -> set[int]:
    """Ids of the builds whose release the web host keeps, or whose preview is still there."""
    found: set[int] = set()
    for host in HostState.objects.filter(environment__site=site).exclude(kept=[]):
        kept = Release.objects.filter(environment=host.environment_id, host_id__in=host.kept)
        found |= set(kept.values_list("build", flat=True))
    previews = Preview.objects.filter(build__site=site, deleted_at=None)
    return found | set(previews.values_list("build", flat=True))


def builds_to_compare(site: Site, cutoff: datetime) -> QuerySet[Build]:
    """Builds whose content stays: young, open, in place or able to return; and the bases that these are compared with,
    and the originals of what is being copied."""
    anchors = in_place(site) | can_return(site)
    young = Q(requested_at__gt=cutoff) | Q(finished_at__gt=cutoff)
    kept = Build.objects.filter(young | Q(state__in=OPEN) | Q(pk__in=anchors), site=site).order_by()
    named = (kept.exclude(**{name: None}).values(name) for name in ("base", "brings_back", "promotes"))
    related = Q()
    for ids in named:
        related |= Q(pk__in=ids)
    return Build.objects.filter(Q(pk__in=kept.values("pk")) | related, site=site).order_by()
