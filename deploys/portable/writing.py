"""From rows to plain data that YAML can hold, without a secret."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import yaml
from django.db import models

from deploys.content.sources.presets.table import PRESETS
from deploys.models import ContentSource, Environment, GitLabProject, Retention, Schedule, Site
from deploys.portable.parts import ENVIRONMENT, FORMAT, GITLAB, NOT_SET, RETENTION, SET, SITE, SOURCE, Part

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HEAD = """# A site of Buildhub, written by `manage.py site export`. Read it back with `manage.py site import`.
# Secrets are not in it: “set” says only that there is one.
"""


def as_yaml(site: Site) -> str:
    """The site's file."""
    return HEAD + yaml.safe_dump(data_of(site), sort_keys=False, allow_unicode=True, width=100)


def data_of(site: Site) -> dict[str, Any]:
    """Everything of the site that a file can bring back."""
    environments = site.environments.select_related("gitlab_project").order_by("position", "pk")
    projects = {one.gitlab_project for one in environments if one.gitlab_project}
    rules = Schedule.objects.kept().weekly().filter(environment__site=site).select_related("environment", "owner")
    return {
        "buildhub": FORMAT,
        "site": _row(SITE, site),
        "retention": _row(RETENTION, Retention.of(site)),
        "gitlab": [_row(GITLAB, one) for one in sorted(projects, key=lambda one: (one.url, one.project_id))],
        "environments": [_environment(one) for one in environments],
        "sources": [_source(one) for one in site.sources.order_by("pk")],
        "schedules": [_schedule(one) for one in rules.order_by("pk")],
    }


def _row(part: Part, row: models.Model) -> dict[str, Any]:
    found = {name: _plain(getattr(row, name)) for name in part.key + part.fields}
    return found | {name: SET if getattr(row, name) else NOT_SET for name in part.secrets}


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return str(value)
    return str(value) if isinstance(value, models.enums.ChoicesType | models.TextChoices) else value


def _environment(row: Environment) -> dict[str, Any]:
    return _row(ENVIRONMENT, row) | {"gitlab": named(row.gitlab_project) if row.gitlab_project else None}


def named(project: GitLabProject) -> str:
    """How an environment names its project in the file: address and number."""
    return f"{project.url} {project.project_id}"


def _source(row: ContentSource) -> dict[str, Any]:
    known = secrets_of(row)
    return _row(SOURCE, row) | {
        "secrets": {name: SET if known.get(name) else NOT_SET for name in sorted(secret_names(row))}
    }


def secrets_of(row: ContentSource) -> dict[str, str]:
    """The source's secrets by name."""
    return dict(json.loads(row.secrets)) if row.secrets else {}


def secret_names(row: ContentSource) -> set[str]:
    """Those that it has, and those that its preset asks for."""
    preset = PRESETS.get(row.preset)
    return set(secrets_of(row)) | {one.name for one in (preset.settings if preset else ()) if one.secret}


def _schedule(row: Schedule) -> dict[str, Any]:
    return {
        "environment": row.environment.slug,
        "days": [DAYS[day] for day in row.chosen_days],
        "at": f"{row.at:%H:%M}",
        "zone": row.zone,
        "owner": row.owner.username,
        "only_if_changes": row.only_if_changes,
        "is_paused": row.paused_at is not None,
    }
