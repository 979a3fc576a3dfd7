"""The kinds of content sources that a person can choose from, each with the questions that its form asks."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deploys.content.sources.presets.settings import EXPIRE_FIELD, PUBLISH_FIELD, TIME_ZONE, TITLE_FIELD, Setting
from deploys.content.sources.presets.table import OVERRIDE, PRESETS
from deploys.models import ContentSource, SourceKind

TRIAL_SECONDS = 20.0  # that a look at a source may take while somebody waits for it

type Advanced = Literal["", "override", "config", "options"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A choice. `advanced` says what the JSON field holds: nothing, overrides of a preset, everything, or options."""

    name: str
    label: str | Promise
    kind: SourceKind
    preset: str = ""
    settings: tuple[Setting, ...] = ()
    advanced: Advanced = ""
    advanced_help: str | Promise = ""

    @property
    def secrets(self) -> list[Setting]:
        """The questions whose answers are secret."""
        return [setting for setting in self.settings if setting.secret]


_GIT_SETTINGS = (
    Setting(name="location", label="Repository", help="Its https address.", required=True),
    Setting(name="token", label="Access token", help="With the right to read the repository.", secret=True),
    Setting(name="user", label="User beside the token", help="Empty: oauth2, which GitLab and GitHub take."),
    Setting(name="branch", label="Branch", help="Empty: the default branch."),
    Setting(name="folder", label="Folder", help="Where the entries are, such as src/content/blog. Empty: all."),
    Setting(name="globs", label="Files", help="Patterns, with commas. Empty: **/*.md and the like.", kind="list"),
    Setting(
        name="page_address",
        label="Address of an entry's page",
        help="A pattern with {key} or front matter, such as /blog/{key}/.",
    ),
    Setting(name="edit_address", label="Address of its editor", help="A pattern with {path}. Empty: no link."),
    TITLE_FIELD,
    PUBLISH_FIELD,
    EXPIRE_FIELD,
    Setting(name="marker_field", label="Field with the marker", help="What the public page names; see below."),
    TIME_ZONE,
)
_PYTHON_SETTINGS = (
    Setting(
        name="class",
        label="Class",
        help="Its dotted path. Whoever runs Buildhub allows it in BUILDHUB_CONTENT_CLASSES.",
        required=True,
    ),
    TIME_ZONE,
)

KINDS: dict[str, Kind] = {
    **{
        preset.name: Kind(
            name=preset.name,
            label=preset.label,
            kind=SourceKind.HTTP_JSON,
            preset=preset.name,
            settings=preset.settings,
            advanced="override",
            advanced_help=_("Settings that replace those of the preset, as a JSON object. Usually empty."),
        )
        for preset in PRESETS.values()
    },
    "json": Kind(
        name="json",
        label=_("Another JSON address (REST or GraphQL)"),
        kind=SourceKind.HTTP_JSON,
        advanced="config",
        advanced_help=_("A JSON object with url, items, mapping, paging and headers; secrets as {secret:name}."),
    ),
    "git": Kind(
        name="git", label=_("Markdown in a Git repository"), kind=SourceKind.GIT_FOLDER, settings=_GIT_SETTINGS
    ),
    "python": Kind(
        name="python",
        label=_("A Python class (Wagtail or Django in the same place)"),
        kind=SourceKind.PYTHON,
        settings=_PYTHON_SETTINGS,
        advanced="options",
        advanced_help=_("What the class is made with, as a JSON object."),
    ),
}


def kind_of(source: ContentSource) -> Kind:
    """The kind of a stored source; one with an unknown preset is shown as plain JSON."""
    if source.kind == SourceKind.GIT_FOLDER:
        return KINDS["git"]
    if source.kind == SourceKind.PYTHON:
        return KINDS["python"]
    return KINDS.get(source.preset, KINDS["json"])


def split(kind: Kind, config: dict[str, object]) -> tuple[dict[str, object], object]:
    """The answers in a stored configuration, and what belongs into the JSON field."""
    if kind.advanced == "config":
        return {}, config
    place = {"override": OVERRIDE, "options": "options"}.get(kind.advanced, "")
    answers = {name: value for name, value in config.items() if name != place}
    return answers, config.get(place) if place else None


def joined(kind: Kind, answers: dict[str, object], advanced: object) -> dict[str, object]:
    """The other way round: the configuration to be stored."""
    if kind.advanced == "config":
        return dict(advanced) if isinstance(advanced, dict) else {}
    place = {"override": OVERRIDE, "options": "options"}.get(kind.advanced, "")
    return answers | ({place: advanced} if place and advanced else {})


def for_a_look(source: ContentSource) -> ContentSource:
    """A copy that is read from its beginning and gives up soon, for somebody waits for it."""
    row, kind = copy.copy(source), kind_of(source)
    row.etag, row.config = "", copy.deepcopy(source.config)
    if not isinstance(row.config, dict) or kind.kind == SourceKind.PYTHON:
        return row
    if kind.advanced == OVERRIDE:
        given = row.config.get(OVERRIDE)
        row.config[OVERRIDE] = (given if isinstance(given, dict) else {}) | {"deadline": TRIAL_SECONDS}
    else:
        row.config["deadline"] = TRIAL_SECONDS
    return row
