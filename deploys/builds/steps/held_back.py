"""A publish that was held back: what it would have taken off the site, for the person who decides."""

from __future__ import annotations

import logging

from deploys.models import Build
from deploys.releases import reports
from deploys.releases.hosting import Host
from publisher.errors import PublisherError

logger = logging.getLogger(__name__)


def explain(build_id: int) -> None:
    """Store the pages that would have vanished with the build's failure."""
    build = Build.objects.select_related("environment").get(pk=build_id)
    if build.error_class != "held_back" or not build.environment.target:
        return
    try:
        report = Host.of(build).report(build.release_name)
    except PublisherError as error:
        logger.warning("What build %s would have removed cannot be read: %s", build.number, error)
        return
    if report is not None and report.held_back:
        reports.take_held_back(build, report.removed, report.pages_there, report.held_back)
