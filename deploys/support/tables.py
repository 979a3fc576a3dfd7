"""What can be looked at of sites and builds, with the columns, filters and searches that help when somebody asks."""

from __future__ import annotations

import contextlib
import uuid
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from deploys.models import (
    Build,
    BuildContent,
    BuildRequest,
    ContentSource,
    ContentState,
    Environment,
    Event,
    Freeze,
    GitLabProject,
    HookDelivery,
    HostState,
    Job,
    Plan,
    Preview,
    Release,
    Schedule,
    Site,
)
from deploys.support import people, tables_around
from deploys.support.admin_site import support
from deploys.support.looking import Looking

__all__ = ["people", "support", "tables_around"]  # the site, and the modules that register theirs


@admin.register(Site, site=support)
class Sites(Looking):
    """Sites."""

    list_display = ("name", "slug", "time_zone", "last_number")
    search_fields = ("name", "slug")


@admin.register(Environment, site=support)
class Environments(Looking):
    """Where builds go to."""

    list_display = ("name", "site", "kind", "url", "ref", "four_eyes", "live_release")
    list_filter = ("site", "kind", "four_eyes", "ask_first", "send_as")
    list_select_related = ("site", "live_release__build__environment__site")
    search_fields = ("name", "slug", "url", "ref", "target")


@admin.register(GitLabProject, site=support)
class Projects(Looking):
    """Connections to GitLab."""

    list_display = ("url", "project_id", "heard_at", "hook_heard_at", "trouble")
    list_filter = ("trouble",)
    search_fields = ("url", "project_id")


@admin.register(Build, site=support)
class Builds(Looking):
    """Builds. Their state is changed by what happens to them, never here."""

    list_display = ("number", "site", "environment", "stands", "cause", "requested_by", "requested_at", "error_class")
    list_filter = ("state", "cause", "site", "error_class")
    list_select_related = ("site", "environment__site", "requested_by")
    search_fields = ("number", "pipeline_id", "key", "sha")
    search_help_text = "Number, pipeline, key, or the beginning of a commit."

    @admin.display(description="state", ordering="state")
    def stands(self, build: Build) -> str:
        """The word of the state; what it means is beside the filter."""
        return str(build.state)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By what identifies a build, each with its index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(sha__startswith=term.lower())
        if term.isdecimal() and len(term) < 10:
            wanted |= Q(number=int(term)) | Q(pipeline_id=int(term))
        with contextlib.suppress(ValueError):
            wanted |= Q(key=uuid.UUID(term))
        return queryset.filter(wanted), False


@admin.register(Event, site=support)
class Events(Looking):
    """What happened to builds, for ever."""

    list_display = ("at", "build", "old", "new", "note", "actor")
    list_filter = ("new", "build__site")
    list_select_related = ("build__environment__site", "actor")
    search_fields = ("=build__number", "note")


@admin.register(BuildRequest, site=support)
class Requests(Looking):
    """Who asked for a build."""

    list_display = ("requested_at", "build", "user")
    list_select_related = ("build__environment__site", "user")
    search_fields = ("=build__number", "user__username")


@admin.register(BuildContent, site=support)
class Contents(Looking):
    """Which state of the content builds carried."""

    list_display = ("build", "source", "seq", "seq_after", "read_at", "gone_at")
    list_filter = ("source",)
    list_select_related = ("build__environment__site", "source__site")
    search_fields = ("=build__number",)


@admin.register(Job, site=support)
class Jobs(Looking):
    """Jobs of pipelines."""

    list_display = ("name", "build", "step", "status", "failure_reason", "started_at", "duration")
    list_filter = ("step", "status", "failure_reason")
    list_select_related = ("build__environment__site",)
    search_fields = ("=build__number", "=job_id", "name")


@admin.register(Release, site=support)
class Releases(Looking):
    """What builds put on the web host."""

    list_display = ("build", "host_id", "proof", "live_at", "replaced_at", "finding")
    list_filter = ("proof", "environment")
    list_select_related = ("build__environment__site", "environment__site")
    search_fields = ("=build__number", "host_id")


@admin.register(HostState, site=support)
class Hosts(Looking):
    """Web hosts as they were last seen."""

    list_display = ("environment", "trouble", "finding", "checked_at", "next_check_at")
    list_filter = ("trouble",)
    list_select_related = ("environment__site",)


@admin.register(Preview, site=support)
class Previews(Looking):
    """Previews."""

    list_display = ("build", "expires_at", "deleted_at", "tries", "trouble")
    list_select_related = ("build__environment__site",)
    search_fields = ("=build__number",)


@admin.register(Plan, site=support)
class Plans(Looking):
    """What goes live without a press."""

    list_display = ("due_at", "environment", "kind", "state", "title", "build", "note")
    list_filter = ("state", "kind", "environment")
    list_select_related = ("environment__site", "build__environment__site")
    search_fields = ("title", "entry_key", "=build__number")


@admin.register(Schedule, site=support)
class Schedules(Looking):
    """Times that people chose."""

    list_display = ("environment", "owner", "day", "weekdays", "at", "zone", "paused_at", "canceled_at")
    list_filter = ("environment",)
    list_select_related = ("environment__site", "owner")


@admin.register(Freeze, site=support)
class Freezes(Looking):
    """Pauses of publishing."""

    list_display = ("environment", "begun_by", "begun_at", "ends_at", "ended_at", "reason")
    list_filter = ("environment",)
    list_select_related = ("environment__site", "begun_by")


@admin.register(ContentSource, site=support)
class Sources(Looking):
    """Where content is read from."""

    list_display = ("name", "site", "preset", "is_active", "seq", "next_read_at", "trouble")
    list_filter = ("site", "is_active", "trouble", "preset")
    list_select_related = ("site",)
    search_fields = ("name",)


@admin.register(ContentState, site=support)
class States(Looking):
    """Readings of content."""

    list_display = ("source", "seq", "read_from", "read_to", "entries", "is_complete", "problem")
    list_filter = ("source", "is_complete", "problem")
    list_select_related = ("source__site",)
    search_fields = ("=seq",)


@admin.register(HookDelivery, site=support)
class Hooks(Looking):
    """Hooks that came from GitLab in the last days."""

    list_display = ("received_at", "project", "key")
    list_filter = ("project",)
    list_select_related = ("project",)
