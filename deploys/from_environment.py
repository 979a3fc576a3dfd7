"""A first site made wholly from the environment, under the seed's own names (`.env.example` explains them)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from deploys.content.sources.presets.table import preset_called
from deploys.models import ContentSource, Environment, EnvironmentKind, GitLabProject, Site
from deploys.models.preview import LABEL_PLACE

SOURCE_NAME = "Content"


@dataclass(frozen=True, kw_only=True)
class Made:
    """The site's live environment, where its previews are made if that is given, and whether the site is new."""

    environment: Environment
    previews: Environment | None
    is_new: bool


@transaction.atomic
def make_site(given: dict[str, str] | None = None) -> Made | None:
    """Make or update the site that the environment describes; None when it names no GitLab project and no site.

    Secrets are taken over each time, so that a changed variable counts; what was set in the database beside them stays.
    """
    given = given or settings.SITE_FROM_ENVIRONMENT
    if not (given["gitlab_project_id"] or given["name"] or given["url"]):
        return None
    site, _ = Site.objects.get_or_create(slug="site", defaults={"name": given["name"] or "Our site"})
    site.time_zone = settings.SITE_TIME_ZONE
    site.cms_url = given["cms_url"] or site.cms_url
    site.name = given["name"] or site.name
    site.content_token = given["content_api_token"]
    site.drafts_token = given["drafts_api_token"]
    site.save()
    shared: dict[str, Any] = {
        "endpoint": given["endpoint"],
        "report_token": given["report_token"],
        "send_as": given["gitlab_send_as"],
        "gitlab_project": _project(given),
    }
    facts = shared | {
        "name": "Live site",
        "kind": EnvironmentKind.LIVE,
        "url": given["url"],
        "marker_url": given["marker_url"],
        "target": target_of(given["bucket"]),
        "distribution": given["distribution_id"],
        "ref": given["gitlab_trigger_ref"],
        **_rules(given),
    }
    if given["content_url"]:
        _source(site, given)
    environment, is_new = Environment.objects.update_or_create(site=site, slug="live", defaults=facts)
    return Made(environment=environment, previews=_previews(site, given, shared), is_new=is_new)


def _previews(site: Site, given: dict[str, str], shared: dict[str, Any]) -> Environment | None:
    """Where previews are made. Without PREVIEW_URL what was set up before stays: previews may still be there."""
    if not given["preview_url"]:
        return None
    address = f"{given['preview_url'].rstrip('/')}/"
    facts = shared | {
        "url": given["url"] or address.replace(LABEL_PLACE, "www"),
        "preview_url": address,
        "target": preview_target_of(given),
        "ref": given["gitlab_preview_ref"] or given["gitlab_trigger_ref"],
    }
    names = {"name": "Previews", "slug": "previews", "position": 9}
    place, _ = Environment.objects.update_or_create(
        site=site, kind=EnvironmentKind.PREVIEW, defaults=facts, create_defaults=facts | names
    )
    return place


def preview_target_of(given: dict[str, str]) -> str:
    """The folder of all previews; "" when it is not given and SITE_BUCKET is a folder, which has none inside."""
    site = target_of(given["bucket"])
    if given["preview_bucket"] or not site.startswith("s3://"):
        return target_of(given["preview_bucket"])
    return f"{site.rstrip('/')}/previews"


def _rules(given: dict[str, str]) -> dict[str, Any]:
    """The rules that the environment sets; those that it does not name stay as they are."""
    rules: dict[str, Any] = {"ask_first": given["ask_first"]} if given["ask_first"] else {}
    return rules | ({"four_eyes": given["four_eyes"] == "true"} if given["four_eyes"] else {})


def target_of(bucket: str) -> str:
    """The publisher's target for SITE_BUCKET: a folder by its absolute path, else a bucket with or without prefix."""
    if not bucket or bucket.startswith(("/", "s3://")):
        return bucket
    return f"s3://{bucket}"


def _source(site: Site, given: dict[str, str]) -> None:
    """The source that CONTENT_* describe; sources that people added stay as they are. Raises SourceRefused."""
    preset = preset_called(given["content_preset"])
    secret = next((one.name for one in preset.settings if one.secret), "token")
    facts: dict[str, Any] = {
        "preset": preset.name,
        "config": {"url": given["content_url"], **json.loads(given["content_settings"] or "{}")},
        "secrets": json.dumps({secret: given["content_token"]} if given["content_token"] else {}),
        "allowed_private_hosts": [host for host in given["content_private_hosts"].replace(",", " ").split() if host],
    }
    ContentSource.objects.update_or_create(site=site, name=SOURCE_NAME, defaults=facts)


def _project(given: dict[str, str]) -> GitLabProject | None:
    if not given["gitlab_project_id"]:
        return None
    secrets = ("trigger_token", "api_token", "hook_token", "hook_signing_token")
    project, _ = GitLabProject.objects.update_or_create(
        url=given["gitlab_url"].rstrip("/"),
        project_id=given["gitlab_project_id"],
        defaults={name: given[f"gitlab_{name}"] for name in secrets},
    )
    return project
