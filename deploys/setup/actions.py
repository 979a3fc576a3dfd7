"""What admins ask of settings: rows and the audit log, no network. Whoever calls has checked the person's right."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Model

from deploys import audit, wake
from deploys.models import (
    AuditAction,
    Environment,
    EnvironmentKind,
    GitLabProject,
    Membership,
    Retention,
    Role,
    Site,
    User,
)
from deploys.schedules.actions import forget_automatic
from deploys.setup import editing, rights

type Row = Site | GitLabProject | Environment | Retention
FIRST_STEP, LAST_STEP = 1, 5


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a form changes. labels: each field in the words of the form. shown: digests of what the form showed."""

    subject: str
    labels: Mapping[str, str]
    shown: editing.Shown

    @property
    def names(self) -> Sequence[str]:
        """The fields."""
        return list(self.labels)


class ChangedMeanwhile(Exception):
    """Somebody else changed the same fields to other values; `stored` is the row as it is now. Nothing was saved."""

    def __init__(self, stored: Row, names: list[str]) -> None:
        super().__init__(f"{', '.join(names)} changed meanwhile")
        self.stored = stored
        self.names = names


@transaction.atomic
def save(*, row: Row, change: Change, actor: User | None) -> bool:
    """Store what was typed into the row; False when nothing differs. Raises ChangedMeanwhile."""
    stored: Row = type(row)._default_manager.select_for_update().get(pk=row.pk)
    conflicts = editing.merge(row, stored, change.names, change.shown)
    if conflicts:
        raise ChangedMeanwhile(stored, conflicts)
    before = audit.values_of(stored, change.names)
    row.save(update_fields=change.names)
    if not _record(row, before, change, actor):
        return False
    _take_effect(row)
    if isinstance(row, Environment) and {"quiet_minutes", "at_most_every", "publishes_dated"} & set(change.names):
        forget_automatic(row)
    return True


def _record(row: Row, before: audit.Values, change: Change, actor: User | None) -> bool:
    """One entry for each site that the row belongs to."""
    sites = _sites(row)
    for site in sites:
        is_changed = audit.record_change(
            actor=actor, row=row, before=before, subject=change.subject, site=site, labels=change.labels
        )
        if not is_changed:
            return False
    return bool(sites)


def _sites(row: Row) -> list[Site]:
    if isinstance(row, Site):
        return [row]
    return [row.site] if isinstance(row, Environment | Retention) else rights.sites_of(row)


def _take_effect(row: Row) -> None:
    """Have pages show it, and GitLab asked anew when its connection changed."""
    if isinstance(row, Environment):
        row.touch()
    elif isinstance(row, Site):
        row.environments.update(version=F("version") + 1)
    elif isinstance(row, GitLabProject):
        row.environments.update(version=F("version") + 1)
        GitLabProject.objects.filter(pk=row.pk).update(paused_until=None)
        pk = row.pk
        transaction.on_commit(lambda: wake.observe(pk))


@transaction.atomic
def add_site(*, site: Site, url: str, actor: User) -> Environment:
    """Store a new site with its live environment; whoever adds it is its admin, and is led on through the set-up."""
    site.setup_step = FIRST_STEP + 1
    site.save()
    Membership.objects.create(site=site, user=actor, role=Role.ADMIN)
    environment = Environment.objects.create(site=site, name="Live site", slug="live", url=url)
    _record_added(site, actor, f"Site {site.name}", {"Name": site.name, "Short name": site.slug, "Address": url})
    _record_added(site, actor, f"Membership of {actor.name}", {"Role": str(Role.ADMIN.label)})
    return environment


@transaction.atomic
def add_environment(*, environment: Environment, actor: User) -> None:
    """Store a further environment of a site."""
    last = environment.site.environments.order_by("-position").first()
    environment.position = last.position + 1 if last else 0
    environment.save()
    facts = {"Name": environment.name, "Kind": EnvironmentKind(environment.kind).label, "Address": environment.url}
    _record_added(environment.site, actor, f"Environment {environment.name}", {k: str(v) for k, v in facts.items()})


@transaction.atomic
def connect_project(*, project: GitLabProject, site: Site, actor: User) -> None:
    """Store a new connection, or take one up that is there, and use it where the site has none yet."""
    is_new = project.pk is None
    if is_new:
        project.hook_token = project.hook_token or new_secret("hook_token")
        project.save()
    site.environments.filter(gitlab_project=None).update(gitlab_project=project, version=F("version") + 1)
    facts = {"GitLab address": project.url, "Project ID": project.project_id}
    facts |= {
        words: "set"
        for name, words in (("trigger_token", "Trigger token"), ("api_token", "API token"))
        if getattr(project, name)
    }
    _record_added(site, actor, subject_of(project), facts)


def _record_added(site: Site, actor: User, subject: str, facts: Mapping[str, str]) -> None:
    changes = {words: ["–", value] for words, value in facts.items()}
    audit.record(actor=actor, subject=subject, site=site, action=AuditAction.ADDED, changes=changes)


@transaction.atomic
def renew_secret(*, row: Row, name: str, label: str, actor: User) -> str:
    """Make a new secret of this name, which replaces the one before at once. Returned once, to be shown once."""
    made = new_secret(name)
    _set_secret(row, name, label, made, actor)
    return made


@transaction.atomic
def remove_secret(*, row: Row, name: str, label: str, actor: User) -> None:
    """Forget a secret. Safe to repeat."""
    _set_secret(row, name, label, "", actor)


def _set_secret(row: Row, name: str, label: str, value: str, actor: User) -> None:
    stored: Row = type(row)._default_manager.select_for_update().get(pk=row.pk)
    before = audit.values_of(stored, [name])
    setattr(stored, name, value)
    stored.save(update_fields=[name])
    change = Change(subject=subject_of(stored), labels={name: label}, shown={})
    if _record(stored, before, change, actor):
        _take_effect(stored)


def new_secret(name: str) -> str:
    """A secret nobody can guess; a signing token as Standard Webhooks write it."""
    if name == "hook_signing_token":
        return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    return secrets.token_urlsafe(32)


def subject_of(row: Model) -> str:
    """What the audit log calls a row."""
    if isinstance(row, Environment):
        return f"Environment {row.name}"
    if isinstance(row, Retention):
        return "What is kept"
    return "Site" if isinstance(row, Site) else "Connection to GitLab"


def go_to_step(*, site: Site, step: int) -> None:
    """Remember how far the guided set-up has come; it never goes back by itself."""
    Site.objects.filter(pk=site.pk, setup_step__gt=0, setup_step__lt=step).update(setup_step=step)


def finish_setup(*, site: Site) -> None:
    """The guided set-up is over."""
    Site.objects.filter(pk=site.pk).update(setup_step=0)
