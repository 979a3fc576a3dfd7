"""The form of a content source, drawn from the questions of its kind. Secrets go in and never come out."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.content.connect import secrets_of, source_of
from deploys.content.sources.errors import SourceError
from deploys.content.sources.presets.settings import Setting
from deploys.models import ContentSource
from deploys.web.source_kinds import Kind, joined, split

PAUSES = (
    (60, gettext_lazy("Every minute")),
    (300, gettext_lazy("Every 5 minutes")),
    (900, gettext_lazy("Every 15 minutes")),
    (3600, gettext_lazy("Every hour")),
    (86400, gettext_lazy("Every day")),
)
_SETTING = re.compile(r"The (setting|secret) “([^”]+)”")
_WHY = re.compile(r"The setting “[^”]+” cannot work: (.+?)\.? Correct it in the source's settings\.", re.DOTALL)
_HOST = re.compile(r"https?://([^/\s\"'?#\\]+)", re.IGNORECASE)
_SECRET_LINE = re.compile(r"([A-Za-z0-9_.-]+)\s*[=:]\s*(.*)")
_INPUT = {"class": "bh-input"}


class SourceForm(forms.Form):
    """What an admin types. `source` is the row that it is about, saved or not; it is never changed here."""

    name = forms.CharField(
        max_length=120, label=gettext_lazy("Name"), help_text=gettext_lazy("As people here call this CMS.")
    )
    read_every = forms.TypedChoiceField(
        label=gettext_lazy("Read it"),
        coerce=int,
        help_text=gettext_lazy("Also when somebody publishes, and when the CMS says that something changed."),
        widget=forms.Select(attrs=_INPUT),
    )
    proof_meta = forms.CharField(
        max_length=120,
        required=False,
        label=gettext_lazy("Proof on the page"),
        help_text=gettext_lazy(
            "Name of the <meta> of a public page that holds the entry's marker. Empty: pages are not checked."
        ),
    )
    hook_token = forms.CharField(
        max_length=200,
        required=False,
        label=gettext_lazy("Secret of the hook"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, data: Any = None, *, source: ContentSource, kind: Kind, may_allow_hosts: bool) -> None:
        self.source, self.kind = source, kind
        self.stored = _stored_secrets(source)
        super().__init__(data, initial=_initial(source, kind))
        seconds = int(source.read_every.total_seconds())
        other = [] if seconds in dict(PAUSES) else [(seconds, _("Every {count} seconds").format(count=seconds))]
        self._choice("read_every").choices = [*other, *PAUSES]
        if source.hook_token:
            self.fields["hook_token"].help_text = _("One is set. Empty: it stays.")
        for setting in kind.settings:
            self.fields[_field_name(setting)] = self._question(setting)
        if kind.advanced == "config":
            self.fields["secrets"] = _secrets_field(self.stored)
        if kind.advanced:
            self.fields["advanced"] = _advanced_field(kind)
        if may_allow_hosts and kind.kind != "python":
            self.fields["private_hosts"] = _hosts_field()

    def _choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField):
            raise TypeError(f"{name} is no choice")
        return field

    def _question(self, setting: Setting) -> forms.Field:
        if setting.kind == "flag":
            return forms.BooleanField(label=setting.label, help_text=setting.help, required=False)
        if not setting.secret:
            return forms.CharField(
                label=setting.label, help_text=setting.help, required=setting.required, max_length=2000
            )
        is_stored = setting.name in self.stored
        words = _("One is stored. Empty: it stays.") if is_stored else ""
        return forms.CharField(
            label=setting.label,
            help_text=" ".join(filter(None, (words, setting.help))),
            required=setting.required and not is_stored,
            max_length=4000,
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        )

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields in the order of the page: what is read, and how."""
        first = ["name", *(_field_name(setting) for setting in self.kind.settings)]
        rest = [name for name in self.fields if name not in first]
        if self.kind.advanced == "config":
            first, rest = ["name", "advanced", "secrets"], [n for n in rest if n not in {"advanced", "secrets"}]
        return [
            (_("What is read"), [self[name] for name in first]),
            (_("How"), [self[name] for name in rest]),
        ]

    def clean(self) -> dict[str, Any]:
        """Check that the settings can work, as far as that is known without asking the source."""
        super().clean()
        if self.errors:
            return self.cleaned_data
        self.row = self._row()
        self._ask_again_for_secrets()
        if not self.errors:
            try:
                source_of(self.row)
            except SourceError as error:
                field = self._field_of(str(error))
                self.add_error(field, _why(str(error)) if field else str(error))
        return self.cleaned_data

    def _row(self) -> ContentSource:
        row, given = copy.copy(self.source), self.cleaned_data
        answers = {
            setting.name: _answer(setting, given[_field_name(setting)])
            for setting in self.kind.settings
            if not setting.secret and given[_field_name(setting)]
        }
        row.name, row.kind, row.preset = given["name"], self.kind.kind, self.kind.preset
        row.config = joined(self.kind, answers, given.get("advanced"))
        row.read_every = timedelta(seconds=given["read_every"])
        row.proof_meta = given["proof_meta"].strip()
        row.hook_token = given["hook_token"] or row.hook_token
        row.secrets = json.dumps(self.stored | self._typed_secrets())
        if "private_hosts" in self.fields:
            row.allowed_private_hosts = given["private_hosts"].split()
        row.etag = ""
        return row

    def _typed_secrets(self) -> dict[str, str]:
        given = self.cleaned_data
        typed = {one.name: given[_field_name(one)].strip() for one in self.kind.secrets if given[_field_name(one)]}
        return typed | dict(given.get("secrets") or {})

    def _ask_again_for_secrets(self) -> None:
        """A stored secret is never sent to a host that it was not entered for."""
        added = hosts_in(self.row.config) - hosts_in(self.source.config)
        kept = set(self.stored) - set(self._typed_secrets())
        if not (added and kept):
            return
        words = _("The source leads to another host now ({hosts}): enter the secret again.")
        for name in sorted(kept):
            field = f"s_{name}" if f"s_{name}" in self.fields else "secrets"
            self.add_error(field if field in self.fields else None, words.format(hosts=", ".join(sorted(added))[:200]))

    def _field_of(self, sentence: str) -> str | None:
        found = _SETTING.match(sentence)
        if found is None:
            return None
        general = "secrets" if found[1] == "secret" else "advanced"
        for name in (f"s_{found[2].split('.')[0]}", general):
            if name in self.fields:
                return name
        return None

    def clean_advanced(self) -> object:
        """Refuse what is no JSON object."""
        text: str = self.cleaned_data["advanced"].strip()
        try:
            found = json.loads(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(_("This is no JSON: {why}").format(why=error)) from error
        if found is not None and not isinstance(found, dict):
            raise forms.ValidationError(_("This is JSON, but no object: begin with { and end with }."))
        if found is None and self.kind.advanced == "config":
            raise forms.ValidationError(_("Without settings nothing can be read."))
        return found

    def clean_secrets(self) -> dict[str, str]:
        """Read one secret per line."""
        return dict(_secret_lines(self.cleaned_data["secrets"]))


def _why(sentence: str) -> str:
    """What is wrong with a setting, for the place beside its field."""
    found = _WHY.fullmatch(sentence)
    return _("This cannot work: {why}.").format(why=found[1]) if found else sentence


def hosts_in(config: object) -> set[str]:
    """Every host that is named anywhere in a configuration."""
    return {host.lower() for host in _HOST.findall(json.dumps(config))}


def _initial(source: ContentSource, kind: Kind) -> dict[str, Any]:
    answers, advanced = split(kind, source.config if isinstance(source.config, dict) else {})
    return {
        "name": source.name,
        "read_every": int(source.read_every.total_seconds()),
        "proof_meta": source.proof_meta,
        "private_hosts": "\n".join(map(str, source.allowed_private_hosts)),
        "advanced": json.dumps(advanced, ensure_ascii=False, indent=2) if advanced else "",
        **{f"s_{name}": ", ".join(value) if isinstance(value, list) else value for name, value in answers.items()},
    }


def _stored_secrets(source: ContentSource) -> dict[str, str]:
    """Secrets that cannot be read any more count as not set."""
    try:
        return secrets_of(source)
    except SourceError:
        return {}


def _field_name(setting: Setting) -> str:
    return f"s_{setting.name}"


def _answer(setting: Setting, value: Any) -> Any:
    if setting.kind == "list":
        return [part.strip() for part in value.split(",") if part.strip()]
    return value if setting.kind == "flag" else value.strip()


def _secrets_field(stored: dict[str, str]) -> forms.Field:
    known = _("Stored: {names}.").format(names=", ".join(sorted(stored))) if stored else ""
    words = _("One per line, as name = value. What is stored stays unless you enter it anew.")
    return forms.CharField(
        required=False,
        label=_("Secrets"),
        help_text=" ".join(filter(None, (known, words))),
        widget=WriteOnlyText(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false", **_INPUT}),
    )


def _advanced_field(kind: Kind) -> forms.Field:
    area = forms.Textarea(attrs={"rows": 14 if kind.advanced == "config" else 4, "spellcheck": "false", **_INPUT})
    label = _("Settings as JSON") if kind.advanced == "config" else _("Advanced settings as JSON")
    return forms.CharField(required=False, label=label, help_text=str(kind.advanced_help), widget=area)


def _hosts_field() -> forms.Field:
    words = _(
        "Hosts in your own network that may be read, one per line, such as cms.internal or 10.0.0.5:8080. "
        "Careful: whoever edits this source can then read what these hosts answer."
    )
    area = forms.Textarea(attrs={"rows": 2, "spellcheck": "false", **_INPUT})
    return forms.CharField(required=False, label=_("Allowed private hosts"), help_text=words, widget=area)


def _secret_lines(text: str) -> Iterator[tuple[str, str]]:
    for line in filter(None, map(str.strip, text.splitlines())):
        found = _SECRET_LINE.fullmatch(line)
        if found is None:
            raise forms.ValidationError(_("Every line is a name, = and the secret."))
        yield found[1], found[2].strip()


class WriteOnlyText(forms.Textarea):
    """Text that is taken in and never shown again."""

    def format_value(self, value: Any) -> None:
        """Show nothing."""
        return None
