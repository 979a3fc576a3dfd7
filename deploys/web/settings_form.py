"""What the forms of the settings share: secrets that go in and never come out, and two admins at once."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from deploys import audit
from deploys.content.sources.addresses import Guard
from deploys.content.sources.errors import SourceError
from deploys.models import User
from deploys.setup import editing
from deploys.setup.actions import Change, ChangedMeanwhile, Row

type Groups = Sequence[tuple[str | Promise, Sequence[str]]]

REMOVE = "remove_"


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """A field that somebody else changed while it was changed here: its name, and what is stored now."""

    label: str
    now: str


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form about one row, which is never changed here: `row` has what was typed.

    `secrets` are fields that are written only: {name: (label, help)}. `groups` are the cards of the page.
    """

    secrets: ClassVar[Mapping[str, tuple[str | Promise, str | Promise]]] = {}
    groups: ClassVar[Groups] = ()

    def __init__(self, data: Any = None, *, row: Row, user: User) -> None:
        self.stored: Any = row
        self.user = user
        self.conflicts: list[Conflict] = []
        super().__init__(data, instance=copy.copy(row))
        for name, field in self.fields.items():
            if name not in (self._meta.help_texts or {}) and name in (self._meta.fields or ()):
                field.help_text = ""  # what the model says is meant for developers
            if isinstance(field.widget, forms.Select):
                field.widget.attrs["class"] = "bh-input"
        for name, (label, words) in self.secrets.items():
            self._add_secret(name, str(label), str(words), is_set=bool(getattr(row, name)))
        self.shown = editing.as_text(editing.digests(row, self.names))

    def _add_secret(self, name: str, label: str, words: str, *, is_set: bool) -> None:
        stays = _("One is stored. Empty: it stays.") if is_set else ""
        self.fields[name] = forms.CharField(
            label=label,
            required=False,
            max_length=4000,
            help_text=" ".join(filter(None, (stays, words))),
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        )
        if is_set:
            self.fields[f"{REMOVE}{name}"] = forms.BooleanField(
                label=_("Remove it: {secret}").format(secret=label), required=False
            )

    @property
    def names(self) -> list[str]:
        """The fields of the row that the form writes."""
        return [name for name in self.fields if name in (self._meta.fields or ()) or name in self.secrets]

    @property
    def row(self) -> Any:
        """The row as it was typed, not saved."""
        return self.instance

    def cards(self) -> Iterator[tuple[str | Promise, list[forms.BoundField]]]:
        """The fields in the order of the page; those that a form has left out are passed over."""
        for title, names in self.groups:
            found = [self[each] for name in names for each in (name, f"{REMOVE}{name}") if each in self.fields]
            if found:
                yield title, found

    def change(self, subject: str) -> Change:
        """What is to be saved."""
        labels = {name: str(self.fields[name].label or name) for name in self.names}
        return Change(subject=subject, labels=labels, shown=editing.from_text(self.data.get("shown", "")))

    def clean(self) -> dict[str, Any]:
        """Fill the secrets in: what was typed, nothing where one is to go, else what is stored."""
        found = super().clean() or self.cleaned_data
        for name in self.secrets:
            if name not in self.fields:
                continue
            typed = str(found.get(name) or "").strip()
            if found.get(f"{REMOVE}{name}") and not typed:
                setattr(self.instance, name, "")
            elif typed:
                setattr(self.instance, name, typed)
        return found

    def meet(self, changed: ChangedMeanwhile) -> None:
        """Show what somebody else stored meanwhile; saved once more, the form counts."""
        self.shown = editing.as_text(editing.digests(changed.stored, self.names))
        before = audit.values_of(changed.stored, changed.names)
        labels = {name: str(self.fields[name].label or name) for name in changed.names}
        words = audit.differences(self.instance, before, labels)
        self.conflicts = [Conflict(label=label, now=old) for label, (old, _new) in words.items()]


def check_reach(url: str, user: User, *, known: bool) -> None:
    """Refuse an address inside of this server's network, unless those who run Buildhub entered it.

    known: they did so earlier, for this or another site. Raises ValidationError.
    """
    parts = urlsplit(url)
    if user.is_superuser or known or not parts.hostname:
        return
    try:
        Guard().addresses(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
    except SourceError as error:
        raise forms.ValidationError(
            _("This address is unknown, or in a network that only those who run Buildhub may enter here. Ask them.")
        ) from error


def host_of(url: str) -> str:
    """Host and port of an address, in small letters."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()
