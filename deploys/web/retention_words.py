"""What pages say of things that are no longer kept."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.models import Build, Retention, Site


def log_gone(days: int) -> str:
    """In place of a log."""
    text = ngettext(
        "This log is no longer kept (after {days} day).", "This log is no longer kept (after {days} days).", days
    )
    return text.format(days=days)


def content_gone(build: Build) -> str:
    """In place of what was in a build. One query."""
    days = Retention.of(build.site).content_days
    if days is None:  # somebody changed the period since
        return _("What was in build {number} is no longer kept.").format(number=build.number)
    text = ngettext(
        "What was in build {number} is no longer kept (after {days} day).",
        "What was in build {number} is no longer kept (after {days} days).",
        days,
    )
    return text.format(number=build.number, days=days)


def versions_gone(site: Site) -> str:
    """Below the oldest version of an entry that is left. One query."""
    days = Retention.of(site).content_days
    if days is None:
        return _("Older versions are no longer kept.")
    text = ngettext(
        "Older versions are no longer kept (after {days} day).",
        "Older versions are no longer kept (after {days} days).",
        days,
    )
    return text.format(days=days)
