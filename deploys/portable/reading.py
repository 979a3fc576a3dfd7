"""From the data of a file to rows: made or updated in one transaction, each change noted, nothing ever removed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Field

from deploys import audit
from deploys.content.connect import source_of
from deploys.content.sources.errors import SourceError
from deploys.models import AuditAction, ContentSource, Environment, GitLabProject, Retention, Site
from deploys.portable.checking import Problems, cleaned
from deploys.portable.parts import (
    ENVIRONMENT,
    FORMAT,
    GITLAB,
    NOT_SET,
    RETENTION,
    SET,
    SITE,
    SOURCE,
    Part,
    of_gitlab,
    variable,
)
from deploys.portable.rules import read_rules
from deploys.portable.writing import named, secrets_of

TOP = ("buildhub", "site", "retention", "gitlab", "environments", "sources", "schedules")


class Refused(Exception):
    """The file is not taken over; `problems` say why, each with its place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Change:
    """What the file changes in one row: {label: [old, new]} in words, never a secret."""

    subject: str
    action: AuditAction
    changes: dict[str, list[str]]


@dataclass(kw_only=True)
class Import:
    """One reading of a file. `missing` names secrets that the file says are set and nobody gave, by variable."""

    secrets: Mapping[str, str]
    problems: Problems = field(default_factory=Problems)
    changes: list[Change] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    site: Site = field(default_factory=Site)

    def note(self, change: Change) -> None:
        """Remember a change, and write it into the audit log."""
        self.changes.append(change)
        audit.record(
            actor=None, subject=change.subject, site=self.site, action=change.action, changes=change.changes
        )  # fmt: skip


def read(data: Any, secrets: Mapping[str, str], *, is_dry: bool = False) -> Import:
    """Take the data over, or with `is_dry` only say what that would change. Raises Refused; then nothing changed."""
    found = Import(secrets=secrets)
    given = found.problems.mapping("the file", data)
    found.problems.unknown("", given, TOP)
    if given.get("buildhub") != FORMAT:
        found.problems.add("buildhub", f"{FORMAT} is needed here: the version of the file's format.")
    with transaction.atomic():
        if not found.problems.found:
            _read_all(found, given)
        transaction.set_rollback(is_dry or bool(found.problems.found))
    if found.problems.found:
        raise Refused(found.problems.found)
    return found


def _read_all(found: Import, given: dict[str, Any]) -> None:
    about = found.problems.mapping("site", given.get("site"))
    slug = found.problems.text("site", about, "slug")
    if not slug:
        return
    found.site = Site.objects.filter(slug=slug).first() or Site(slug=slug)
    _take(found, SITE, found.site, about, path="site", subject=f"Site {about.get('name') or slug}", words=("site",))
    if found.problems.found:
        return
    if "retention" in given:
        days = found.problems.mapping("retention", given["retention"])
        _take(found, RETENTION, Retention.of(found.site), days, path="retention", subject="Periods", words=())
    projects = _projects(found, given.get("gitlab"))
    for at, one in enumerate(found.problems.rows("environments", given.get("environments"))):
        _environment(found, one, f"environments[{at}]", projects)
    for at, one in enumerate(found.problems.rows("sources", given.get("sources"))):
        _source(found, one, f"sources[{at}]")
    if not found.problems.found:
        rules = found.problems.rows("schedules", given.get("schedules"))
        for subject, changes in read_rules(found.site, rules, found.problems):
            found.note(Change(subject=subject, action=AuditAction.ADDED, changes=changes))


def _projects(found: Import, given: Any) -> dict[str, GitLabProject]:
    projects = {}
    for at, one in enumerate(found.problems.rows("gitlab", given)):
        path = f"gitlab[{at}]"
        url, number = found.problems.text(path, one, "url"), found.problems.text(path, one, "project_id")
        if not (url and number):
            continue
        row = GitLabProject.objects.filter(url=url, project_id=number).first()
        row = row or GitLabProject(url=url, project_id=number)
        subject = f"GitLab project {number}"
        _take(found, GITLAB, row, one, path=path, subject=subject, words=of_gitlab(url, number))
        projects[named(row)] = row
    return projects


def _environment(found: Import, given: dict[str, Any], path: str, projects: dict[str, GitLabProject]) -> None:
    slug = found.problems.text(path, given, "slug")
    if not slug:
        return
    row = found.site.environments.filter(slug=slug).first() or Environment(site=found.site, slug=slug)
    more: dict[str, Any] = {}
    if "gitlab" in given:
        name = given["gitlab"]
        if name is not None and name not in projects:
            found.problems.add(f"{path}.gitlab", f"{name!r} is not among the projects under “gitlab” of this file.")
            return
        more["gitlab_project"] = projects[name] if name is not None else None
    subject, words = f"Environment {given.get('name') or slug}", ("environment", slug)
    if _take(found, ENVIRONMENT, row, given, path=path, subject=subject, words=words, more=more, also=("gitlab",)):
        row.touch()


def _source(found: Import, given: dict[str, Any], path: str) -> None:
    name = found.problems.text(path, given, "name")
    if not name:
        return
    row = found.site.sources.filter(name=name).first() or ContentSource(site=found.site, name=name)
    missing = len(found.missing)
    secrets = _secrets_of_source(found, row, given, path)
    before = json.dumps(secrets_of(row))
    more = {"secrets": json.dumps(secrets)} if json.dumps(secrets) != before else {}
    problems = len(found.problems.found)
    _take(found, SOURCE, row, given, path=path, subject=f"Content source {name}", words=("source", name), more=more,
          also=("secrets",))  # fmt: skip
    if len(found.missing) > missing or len(found.problems.found) > problems:
        return  # what lacks a secret cannot be tried yet
    try:
        source_of(row)
    except SourceError as error:
        found.problems.add(path, str(error))


def _secrets_of_source(found: Import, row: ContentSource, given: dict[str, Any], path: str) -> dict[str, str]:
    known = secrets_of(row)
    named_here = found.problems.mapping(f"{path}.secrets", given.get("secrets") or {})
    for name, word in named_here.items():
        value = _secret(found, word, known.get(name, ""), f"{path}.secrets.{name}", ("source", row.name, name))
        if value:
            known[name] = value
    return known


def _take(
    found: Import,
    part: Part,
    row: models.Model,
    given: dict[str, Any],
    *,
    path: str,
    subject: str,
    words: tuple[str, ...],
    more: Mapping[str, Any] | None = None,
    also: tuple[str, ...] = (),
) -> bool:
    """Put the file's values into the row and save it when they differ. False, and no save, when nothing does."""
    more = more or {}
    found.problems.unknown(path, given, (*part.key, *part.fields, *part.secrets, *also))
    names = [*part.fields, *part.secrets, *more]
    before, is_new = audit.values_of(row, names), row.pk is None
    problems = len(found.problems.found)
    for name in part.fields:
        if name in given:
            _set(found, row, name, given[name], f"{path}.{name}")
    for name in part.secrets:
        value = _secret(found, given.get(name, NOT_SET), getattr(row, name), f"{path}.{name}", (*words, name))
        setattr(row, name, value)
    for name, value in more.items():
        setattr(row, name, value)
    changes = audit.differences(row, before)
    if len(found.problems.found) > problems or not (is_new or changes):
        return False
    if part is RETENTION and not changes:
        return False  # the defaults need no row
    if not _is_valid(found, row, path):
        return False
    row.save()
    found.note(Change(subject=subject, action=AuditAction.ADDED if is_new else AuditAction.CHANGED, changes=changes))
    return True


def _set(found: Import, row: models.Model, name: str, value: Any, path: str) -> None:
    column = row._meta.get_field(name)
    if not isinstance(column, Field):
        raise TypeError(f"{name} is no column")
    try:
        setattr(row, name, cleaned(column, value, row))
    except ValueError as error:
        found.problems.add(path, str(error))


def _secret(found: Import, word: Any, known: str, path: str, words: tuple[str, ...]) -> str:
    """The secret that counts from now on: the one that was given, else the one that is there."""
    if word not in {SET, NOT_SET}:
        found.problems.add(path, f"secrets do not stand in the file: write “{SET}” or “{NOT_SET}”.")
        return known
    name = variable(*words)
    given = found.secrets.get(name, "") if word == SET else ""
    if word == SET and not (given or known):
        found.missing.append(name)
    return given or known


def _is_valid(found: Import, row: models.Model, path: str) -> bool:
    """What the model asks of the row as a whole, such as one place for previews per site."""
    try:
        row.full_clean(exclude=[one.name for one in row._meta.fields if one.is_relation])
    except ValidationError as error:
        for name, sentences in error.message_dict.items():
            found.problems.add(path if name == "__all__" else f"{path}.{name}", " ".join(sentences))
        return False
    return True
