"""What a preset asks for, so that a form can be drawn from it, and the answers, checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import httpx

from deploys.content.sources.config import HttpJsonConfig
from deploys.content.sources.errors import ErrorClass, SourceRefused
from deploys.content.sources.types import JSON

type SettingKind = Literal["text", "list", "flag"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_FIELD = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One question of a preset. secret: stored encrypted, under this name. list: texts, or one text with commas."""

    name: str
    label: str
    help: str
    required: bool = False
    secret: bool = False
    kind: SettingKind = "text"


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """A CMS that we know. build makes the settings of a source from the answers."""

    name: str
    label: str
    settings: tuple[Setting, ...]
    build: Callable[[Answers], HttpJsonConfig]


class Answers:
    """The answers to a preset's questions. secrets: names of those that are set."""

    def __init__(self, settings: Collection[Setting], given: Mapping[str, JSON], secrets: Collection[str]) -> None:
        open_settings = {one.name: one for one in settings if not one.secret}
        for name in given:
            if name not in open_settings:
                raise wrong(name, f"there is no such setting; there are {', '.join(open_settings)}")
        self._given = given
        self._secrets = frozenset(secrets)
        for one in settings:
            missing = one.name not in self._secrets if one.secret else not given.get(one.name)
            if one.required and missing:
                raise wrong(one.name, f"it is missing ({one.label})")

    def has_secret(self, name: str) -> bool:
        """Say whether a secret of this name is set."""
        return name in self._secrets

    def text(self, name: str) -> str:
        """Give a text, "" when there is none."""
        value = self._given.get(name) or ""
        if not isinstance(value, str):
            raise wrong(name, "it is a text")
        return value.strip()

    def flag(self, name: str) -> bool:
        """Give yes or no; no answer means no."""
        value = self._given.get(name, False)
        if not isinstance(value, bool):
            raise wrong(name, "it is true or false")
        return value

    def address(self, name: str) -> str:
        """Give a web address without a slash at its end, "" when there is none."""
        address = self.text(name).rstrip("/")
        if address and (urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).netloc):
            raise wrong(name, f"“{address[:80]}” is no http or https address")
        return address

    def names(self, name: str) -> tuple[str, ...]:
        """Give names of sections, types and the like: letters, digits, “_”, “-” and “.” only."""
        value = self._given.get(name) or ()
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple) or not all(isinstance(one, str) for one in parts):
            raise wrong(name, "it is a list of names")
        found = tuple(dict.fromkeys(one.strip() for one in parts if one.strip()))
        for one in found:
            if not _NAME.fullmatch(one):
                raise wrong(name, f"“{one[:60]}” is no name")
        return found

    def field(self, name: str, *, usual: str = "") -> str:
        """Give the name of a field, a path with dots at most."""
        field = self.text(name) or usual
        if field and not _FIELD.fullmatch(field):
            raise wrong(name, f"“{field[:60]}” is no name of a field")
        return field

    def pattern(self, name: str) -> str:
        """Give the JMESPath for an address such as “/articles/{slug}/”, "" when there is none."""
        pattern = self.text(name)
        return address_of(pattern, name) if pattern else ""


def address_of(pattern: str, name: str = "pattern") -> str:
    """Give the JMESPath that fills an address's {fields}; null for an item that lacks one of them."""
    pieces = _PLACEHOLDER.split(pattern)
    for field in pieces[1::2]:
        if not _FIELD.fullmatch(field):
            raise wrong(name, f"“{{{field[:60]}}}” names no field")
    parts = [f"to_string({one})" if number % 2 else literal(one) for number, one in enumerate(pieces)]
    joined = f"join('', [{', '.join(parts)}])"
    conditions = " && ".join(f"{field} != `null`" for field in pieces[1::2])
    return f"{conditions} && {joined} || `null`" if conditions else joined


def literal(text: str) -> str:
    """Give a text as a JMESPath raw string."""
    return "'" + text.replace("'", "\\'") + "'"


def with_parameters(address: str, **parameters: str | None) -> str:
    """Give an address with these query parameters; None leaves one out."""
    named = {name: value for name, value in parameters.items() if value is not None}
    return str(httpx.URL(address).copy_merge_params(named))


def named(**expressions: str) -> dict[str, str]:
    """Give a mapping without the names that have no expression."""
    return {name: expression for name, expression in expressions.items() if expression}


def wrong(name: str, why: str) -> SourceRefused:
    """Make the error for an answer that cannot work."""
    return SourceRefused(
        f"The setting “{name}” cannot work: {why}. Correct it in the source's settings.",
        error_class=ErrorClass.CONFIG_WRONG,
    )


def token_setting(help_text: str, *, required: bool = False) -> Setting:
    """The question for an API token."""
    return Setting(name="token", label="API token", help=help_text, required=required, secret=True)


URL_PATTERN = Setting(
    name="page_address",
    label="Address of an entry's page",
    help="A pattern with the entry's fields, such as /articles/{slug}/. Links to the live page are made from it.",
)
PUBLISH_FIELD = Setting(
    name="publish_field",
    label="Field with the publish date",
    help="The entry is not visible before this time. Leave it empty if there is no such field.",
)
EXPIRE_FIELD = Setting(
    name="expire_field",
    label="Field with the expiry date",
    help="The entry is not visible from this time on. Leave it empty if there is no such field.",
)
TITLE_FIELD = Setting(
    name="title_field", label="Field with the title", help="The name of the field; empty: title, then name."
)
TIME_ZONE = Setting(
    name="time_zone",
    label="Time zone of dates without one",
    help="A name such as Europe/Berlin. Empty: UTC.",
)
