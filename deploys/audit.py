"""Write down who changed what: the one way into the audit log."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Field, Model
from django.utils.text import capfirst

from deploys.models import AuditAction, AuditEntry, Site, User
from deploys.models.encrypted import EncryptedTextField

COMMAND_LINE = "Command line"
_SET, _NOT_SET, _SET_ANEW = "set", "not set", "set anew"

Values = dict[str, Any]


def values_of(row: Model, names: Iterable[str]) -> Values:
    """The values of these fields now, to be compared with those after the change."""
    return {name: getattr(row, _field(row, name).attname) for name in names}


def differences(row: Model, before: Values, labels: Mapping[str, str] | None = None) -> dict[str, list[str]]:
    """What differs from `before`, as {label: [old, new]} in words for people; of a secret only that it does.

    `before` is what values_of() gave; the row has the new values. labels: fields in the words of a form.
    """
    found: dict[str, list[str]] = {}
    for name, old in before.items():
        field = _field(row, name)
        new = getattr(row, field.attname)
        if old != new:
            found[(labels or {}).get(name) or capfirst(str(field.verbose_name))] = _in_words(field, old, new)
    return found


def record(
    *,
    actor: User | None,
    subject: str,
    site: Site | None = None,
    action: AuditAction = AuditAction.CHANGED,
    changes: Mapping[str, list[str]] | None = None,
    by: str = "",
) -> AuditEntry:
    """Add an entry, in the transaction of the change itself. No actor: `by` did it, or somebody at the command line."""
    return AuditEntry.objects.create(
        site=site,
        actor=actor,
        actor_name=(actor.name if actor else by or COMMAND_LINE)[:150],
        action=action,
        subject=subject[:200],
        changes=dict(changes or {}),
    )


def record_change(
    *,
    actor: User | None,
    row: Model,
    before: Values,
    subject: str,
    site: Site | None = None,
    labels: Mapping[str, str] | None = None,
) -> bool:
    """Add an entry for what differs from `before`; False, and no entry, when nothing does."""
    changes = differences(row, before, labels)
    if changes:
        record(actor=actor, subject=subject, site=site, changes=changes)
    return bool(changes)


def _field(row: Model, name: str) -> Field[Any, Any]:
    field = row._meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(f"{name} is no column of {row._meta.label}")
    return field


def _in_words(field: Field[Any, Any], old: object, new: object) -> list[str]:
    if isinstance(field, EncryptedTextField):
        return [_SET if old else _NOT_SET, (_SET_ANEW if old else _SET) if new else _NOT_SET]
    return [_value(field, value) for value in (old, new)]


def _value(field: Field[Any, Any], value: object) -> str:
    """A choice by its label, a row by its name, yes and no for switches."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return f"{value.total_seconds() / 60:g} min"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else "–"
    if field.is_relation and field.related_model is not None and not isinstance(field.related_model, str):
        found = field.related_model._default_manager.filter(pk=value).first()
        return str(found) if found else str(value)
    labels = dict(field.flatchoices) if field.choices else {}
    return str(labels.get(value, value))
