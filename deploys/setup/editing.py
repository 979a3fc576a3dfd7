"""Two people change the same row at once: what each of them changed is kept, and nobody overwrites the other unseen.

A form carries a digest of each value that it showed. When it comes back, a field that the person left alone keeps what
is stored now; one that both changed, to different values, is a conflict, and nothing is saved.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.db.models import Field, Model
from django.utils.crypto import salted_hmac

type Shown = dict[str, str]


def digests(row: Model, names: Iterable[str]) -> Shown:
    """A short digest of each value; keyed, so that it tells nothing of a secret."""
    return {name: _digest(_value(row, name)) for name in names}


def as_text(shown: Shown) -> str:
    """The digests for a hidden field."""
    return json.dumps(shown, separators=(",", ":"))


def from_text(text: str) -> Shown:
    """The digests that a form sent; none when it sent something else."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def merge(typed: Model, stored: Model, names: Iterable[str], shown: Shown) -> list[str]:
    """Bring what was typed together with what is stored now; returns the fields that both changed differently.

    `typed` takes over the stored value of every field that the person left as it was shown to them.
    """
    conflicts = []
    for name in names:
        mine, theirs = _value(typed, name), _value(stored, name)
        base = shown.get(name, _digest(theirs))
        if mine == theirs or _digest(theirs) == base:
            continue
        if _digest(mine) == base:
            setattr(typed, _column(typed, name), theirs)
        else:
            conflicts.append(name)
    return conflicts


def _column(row: Model, name: str) -> str:
    field = row._meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(f"{name} is no column of {row._meta.label}")
    return str(field.attname)


def _value(row: Model, name: str) -> object:
    return getattr(row, _column(row, name))


def _digest(value: object) -> str:
    return salted_hmac("deploys.setup.editing", repr(value), algorithm="sha256").hexdigest()[:16]
