"""What of a site is in its file: the columns of each part, by the names that they have in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db import models

from deploys.models import ContentSource, Environment, GitLabProject, Retention, Site

FORMAT = 1
SET, NOT_SET = "set", "not set"
PREFIX = "BUILDHUB_SECRET_"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One kind of row: columns, secrets (in the file only whether they are set), and what is left out for good."""

    model: type[models.Model]
    key: tuple[str, ...]
    fields: tuple[str, ...]
    secrets: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


SITE = Part(
    model=Site,
    key=("slug",),
    fields=("name", "time_zone", "cms_url"),
    secrets=("content_token", "drafts_token"),
    left_out=("id", "last_number", "setup_step"),
)
RETENTION = Part(
    model=Retention, key=(), fields=("log_days", "content_days", "message_days"), left_out=("id", "site")
)  # fmt: skip
GITLAB = Part(
    model=GitLabProject,
    key=("url", "project_id"),
    fields=(),
    secrets=("trigger_token", "api_token", "hook_token", "hook_signing_token"),
    left_out=(
        *("id", "hook_key", "hook_heard_at", "heard_at", "listed_through", "observed_until", "look_again"),
        *("reviewed_at", "rate_limit", "rate_left", "rate_noted_at", "rate_resets_at", "paused_until"),
        *("trouble", "trouble_note", "trouble_since"),
        *("token_mark", "token_name", "token_scopes", "token_expires_on", "token_checked_at"),
    ),
)
ENVIRONMENT = Part(
    model=Environment,
    key=("slug",),
    fields=(
        *("name", "kind", "position", "url", "marker_url", "ref", "send_as", "publish_role", "time_limit"),
        *("target", "preview_url", "endpoint", "distribution", "checks_pages", "keep_releases", "keep_days"),
        *("grace", "ask_first", "four_eyes", "publishes_dated", "quiet_minutes", "at_most_every", "resource"),
    ),
    secrets=("report_token",),
    left_out=("id", "site", "gitlab_project", "held_by", "freeze", "badge_key", "live_release", "version"),
)
SOURCE = Part(
    model=ContentSource,
    key=("name",),
    fields=("kind", "preset", "config", "allowed_private_hosts", "is_active", "read_every", "proof_meta"),
    secrets=("hook_token",),
    left_out=(
        *("id", "site", "secrets", "hook_key", "seq", "whole_from", "etag", "next_read_at", "reading_until"),
        *("wanted_at", "tried_from", "progress", "accepts_shrinking", "trouble", "trouble_note", "trouble_since"),
    ),
)
PARTS = (SITE, RETENTION, GITLAB, ENVIRONMENT, SOURCE)


def variable(*words: Any) -> str:
    """The variable that a secret is read from, such as BUILDHUB_SECRET_ENVIRONMENT_LIVE_REPORT_TOKEN."""
    return PREFIX + re.sub(r"[^A-Z0-9]+", "_", "_".join(str(word) for word in words).upper()).strip("_")


def of_gitlab(url: str, project_id: str) -> tuple[str, str, str]:
    """The words that name a GitLab project in a variable: its host and number."""
    return ("gitlab", re.sub(r"^https?://", "", url), project_id)
