"""Puts the demo site and its three people into the database: `python -m sandbox.seed`. Safe to run at every start."""

from __future__ import annotations

import argparse
import base64
import json
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django

PEOPLE = (
    ("editor", "Mei", "Okafor"),
    ("publisher", "Ana", "Ribeiro"),
    ("admin", "Tomás", "Lind"),
)

FEED = {
    "headers": {"Authorization": "Bearer {secret:token}"},
    "items": "items",
    "total": "total",
    "paging": {"kind": "next_url", "next": "next", "size": 100, "size_name": "per_page"},
    "mapping": {
        "key": "to_string(id)",
        "kind": "type",
        "title": "title",
        "url": "url",
        "edit_url": "edit_url",
        "status": "status",
        "publish_at": "publish_at",
        "expire_at": "expires_at",
        "changed_at": "updated_at",
        "changed_by": "updated_by.name",
        "marker": "marker",
    },
    "statuses": {"published": "live"},
    "noise": ["id"],
}


def seed(*, sandbox: dict[str, Any], people_file: Path) -> None:
    """Make or update the demo site, its environments and its people, and write the people with passwords.

    `sandbox` is what the sandbox process wrote when it was ready. Passwords stay the same over restarts.
    """
    from django.db import transaction

    with transaction.atomic():
        site = _site(sandbox)
        _source(site, sandbox["content"])
        _environments(site, _project(sandbox["gitlab"]), sandbox)
        _places(site, sandbox["mailbox_url"])
        people = [_person(site, *person, known=_known_passwords(people_file)) for person in PEOPLE]
    _write_private(people_file, json.dumps({"people": people}, ensure_ascii=False, indent=2))


def _site(sandbox: dict[str, Any]) -> Any:
    from deploys.models import Site

    facts = {"name": "Harbour Museum", "time_zone": "Europe/Lisbon", "cms_url": sandbox["cms_url"]}
    content = sandbox["content"]
    if "builds_token" in content:
        facts |= {"content_token": content["builds_token"], "drafts_token": content["drafts_token"]}
    site, _ = Site.objects.update_or_create(slug="demo", defaults=facts)
    return site


def _project(gitlab: dict[str, Any]) -> Any:
    from django.conf import settings

    from buildhub.up import paths
    from deploys.models import GitLabProject

    facts = {
        "url": gitlab["url"],
        "project_id": str(gitlab["project_id"]),
        "trigger_token": gitlab["trigger_token"],
        "api_token": gitlab["api_token"],
        "hook_token": paths.secret(settings.DATA_DIR, "sandbox-hook-token"),
    }
    key = paths.secret(settings.DATA_DIR, "sandbox-hook-key")
    project, _ = GitLabProject.objects.update_or_create(hook_key=key, defaults=facts)
    return project


def _source(site: Any, content: dict[str, Any]) -> None:
    """The sample CMS's feed, drafts included, so that people see what is not going to be published."""
    from django.conf import settings

    from buildhub.up import paths
    from deploys.models import ContentSource

    facts = {
        "site": site,
        "name": "Sample CMS",
        "config": FEED | {"url": f"{content['url']}?drafts=1"},
        "secrets": json.dumps({"token": content["token"]}),
        "allowed_private_hosts": [urlsplit(content["url"]).netloc],
        "proof_meta": "buildhub:entry",
        "hook_token": paths.secret(settings.DATA_DIR, "sandbox-content_hook-token"),
    }
    key = paths.secret(settings.DATA_DIR, "sandbox-content-hook-key")
    ContentSource.objects.update_or_create(hook_key=key, defaults=facts)


def _environments(site: Any, project: Any, sandbox: dict[str, Any]) -> None:
    from deploys.models import Environment, EnvironmentKind

    places = (
        ("live", "Live site", EnvironmentKind.LIVE, sandbox["site_url"]),
        ("staging", "Staging", EnvironmentKind.STAGING, sandbox["staging_url"]),
        ("previews", "Previews", EnvironmentKind.PREVIEW, sandbox["site_url"]),
    )
    for position, (slug, name, kind, url) in enumerate(places):
        facts = {
            "name": name,
            "kind": kind,
            "position": position,
            "url": url,
            # Each preview has a marker of its own.
            "marker_url": "" if kind == EnvironmentKind.PREVIEW else f"{url.rstrip('/')}/buildhub.json",
            "preview_url": sandbox["preview_url"] if kind == EnvironmentKind.PREVIEW else "",
            "target": f"{sandbox['site_folder']}/{slug}",
            "gitlab_project": project,
            "ref": sandbox["refs"][slug],
        }
        Environment.objects.update_or_create(site=site, slug=slug, defaults=facts)


def _places(site: Any, mailbox_url: str) -> None:
    """Where the museum's team hears of the live site: all of it ends in the demo's mailbox."""
    from deploys.models import Channel, Environment

    environment = Environment.objects.get(site=site, slug="live")
    topics = ["failures", "plans", "freezes", "guard"]
    for kind, name in (("slack", "Newsroom"), ("teams", "Web team"), ("webhook", "Status display")):
        address = {"address": f"{mailbox_url}hooks/{kind}"}
        secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}" if kind == "webhook" else ""
        first = {"topics": ["all", *topics] if kind == "webhook" else topics, "secret": secret}
        # The port may be another one than last time; what people changed stays.
        Channel.objects.update_or_create(
            environment=environment, kind=kind, name=name, defaults=address, create_defaults=address | first
        )


def _person(site: Any, role: str, first_name: str, last_name: str, *, known: dict[str, str]) -> dict[str, str]:
    from deploys.models import Membership, User

    email = f"{role}@demo.example"
    # The demo's admin runs Buildhub too: adds sites, and names folders of this machine to publish to.
    facts = {"first_name": first_name, "last_name": last_name, "email": email, "is_superuser": role == "admin"}
    user, is_new = User.objects.update_or_create(username=role, defaults=facts)
    password = known.get(role) or secrets.token_urlsafe(9)
    if is_new or role not in known:  # checking a password costs half a second, so a known one is believed
        user.set_password(password)
        user.save(update_fields=["password"])
    Membership.objects.update_or_create(site=site, user=user, defaults={"role": role})
    return {"role": role, "name": user.name, "username": role, "email": email, "password": password}


def _known_passwords(people_file: Path) -> dict[str, str]:
    if not people_file.exists():
        return {}
    people = json.loads(people_file.read_text(encoding="utf-8"))["people"]
    return {person["username"]: person["password"] for person in people}


def _write_private(file: Path, text: str) -> None:
    """Write a file that only this user may read, whole or not at all."""
    draft = file.with_suffix(".part")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)


def main() -> None:
    """Read the arguments and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sandbox-json", type=Path, required=True)
    parser.add_argument("--people-json", type=Path, required=True)
    parser.add_argument("--dashboard-url", default="")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buildhub.settings")
    django.setup()
    seed(sandbox=json.loads(options.sandbox_json.read_text(encoding="utf-8")), people_file=options.people_json)


if __name__ == "__main__":
    main()
