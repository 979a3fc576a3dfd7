"""`manage.py source check|list|add|presets`: content sources from a shell."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from deploys.checks import OURS
from deploys.content import actions
from deploys.content.connect import source_of
from deploys.content.sources.errors import SourceError
from deploys.content.sources.presets.table import PRESETS, preset_called
from deploys.content.trial import SAMPLE, Trial, try_row
from deploys.content.trial_text import data_of, lines_of
from deploys.models import ContentSource, Site, SourceKind

CANNOT_BE_READ, USAGE = 1, 2


class Command(BaseCommand):
    """Looks at sources and sets them up."""

    requires_system_checks = [OURS]  # Django's own would load every page before the first word
    help = "Content sources of a site. Exit code 0: fine, 1: a source cannot be read, 2: wrong usage."

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-command for each thing to do."""
        kinds = parser.add_subparsers(dest="action", required=True)
        check = kinds.add_parser("check", help="read the first entries and say what is missing; stores nothing")
        check.add_argument("site", help="short name of the site, such as demo")
        check.add_argument("name", nargs="?", default="", metavar="SOURCE", help="its name; default: all of the site")
        check.add_argument("--source", default="", help="the same, for scripts that know it by this name")
        check.add_argument("--entries", type=int, default=SAMPLE, help="how many to show")
        check.add_argument("--json", action="store_true", help="one JSON object per source")
        kinds.add_parser("list", help="the sources of a site").add_argument("site")
        kinds.add_parser("presets", help="the CMSs that are known, and what each asks for")
        _add_arguments_of_add(kinds.add_parser("add", help="set up a source"))

    def handle(self, *_: Any, **options: Any) -> None:
        """Do what was asked; leaves with one of the exit codes."""
        if options["action"] == "presets":
            self._presets()
            return
        site = Site.objects.filter(slug=options["site"]).first()
        if site is None:
            self._refuse(f"There is no site {options['site']}.")
        {"check": self._check, "list": self._list, "add": self._add}[options["action"]](site, options)

    def _check(self, site: Site, options: dict[str, Any]) -> None:
        sources, name = site.sources.all(), options["name"] or options["source"]
        if name and not sources.filter(name=name).exists():
            names = ", ".join(one.name for one in sources) or "none"
            self._refuse(f"The site {site.slug} has no source {name}. Its sources: {names}.")
        if not sources:
            self._refuse(f"The site {site.slug} has no source. Add one: manage.py source add {site.slug} …")
        sources = sources.filter(name=name) if name else sources
        trials = [(row, try_row(row, sample=max(options["entries"], 1))) for row in sources]
        for row, trial in trials:
            self._show(row, trial, as_json=options["json"])
        if not all(trial.works for _, trial in trials):
            sys.exit(CANNOT_BE_READ)

    def _show(self, row: ContentSource, trial: Trial, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"source": row.name, **data_of(trial)}, ensure_ascii=False))
            return
        self.stdout.write(f"{row.name} ({row.preset or row.kind})")
        for line in lines_of(trial):
            self.stdout.write(line)

    def _list(self, site: Site, _: dict[str, Any]) -> None:
        for row in site.sources.all():
            state = "read regularly" if row.is_active else "off"
            trouble = f"; {row.trouble_note}" if row.trouble else ""
            self.stdout.write(f"{row.name} ({row.preset or row.get_kind_display()}): {state}{trouble}")

    def _presets(self) -> None:
        for preset in PRESETS.values():
            self.stdout.write(f"{preset.name}: {preset.label}")
            for one in preset.settings:
                how = "--secret" if one.secret else "--set"
                needed = " (required)" if one.required else ""
                self.stdout.write(f"  {how} {one.name}=…{needed}: {one.label}. {one.help}")

    def _add(self, site: Site, options: dict[str, Any]) -> None:
        row = ContentSource(
            site=site,
            name=options["name"],
            kind=SourceKind.HTTP_JSON if options["preset"] else options["kind"],
            preset=options["preset"] or "",
            config=self._config(options),
            secrets=json.dumps(self._secrets(options["secret"])),
            allowed_private_hosts=options["allow_private_host"],
        )
        if site.sources.filter(name=row.name).exists():
            self._refuse(f"The site {site.slug} has a source {row.name} already: choose another --name.")
        try:
            source_of(row)
        except SourceError as error:
            self._refuse(str(error))
        actions.save_source(source=row, actor=None)
        self.stdout.write(f"Added {row.name}. Look at it: manage.py source check {site.slug} --source '{row.name}'")

    def _config(self, options: dict[str, Any]) -> dict[str, Any]:
        """--config first, then --url and --set, which win."""
        try:
            config = json.loads(options["config"] or "{}")
        except ValueError:
            self._refuse('--config is no JSON: write an object such as \'{"url": "https://…"}\'.')
        if not isinstance(config, dict):
            self._refuse("--config is no JSON object.")
        given = dict(self._pair(one, "--set") for one in options["set"])
        if options["url"]:
            given["location" if options["kind"] == SourceKind.GIT_FOLDER else "url"] = options["url"]
        flags = _flags(options["preset"])
        return config | {name: _answer(value) if name in flags else value for name, value in given.items()}

    def _secrets(self, given: list[str]) -> dict[str, str]:
        found = {}
        for one in given:
            name, variable = self._pair(one, "--secret")
            if not os.environ.get(variable):
                self._refuse(f"The environment variable {variable}, for the secret {name}, is not set.")
            found[name] = os.environ[variable]
        return found

    def _pair(self, text: str, option: str) -> tuple[str, str]:
        name, equals, value = text.partition("=")
        if not name or not equals:
            self._refuse(f"{option} is written as name=value, not {text}.")
        return name, value

    def _refuse(self, reason: str) -> NoReturn:
        self.stderr.write(reason)
        sys.exit(USAGE)


def _add_arguments_of_add(add: argparse.ArgumentParser) -> None:
    add.add_argument("site", help="short name of the site")
    add.add_argument("--name", default="Content", help="what people call the source")
    add.add_argument("--preset", choices=list(PRESETS), help="a CMS that is known; see `source presets`")
    add.add_argument("--kind", choices=SourceKind.values, default=SourceKind.HTTP_JSON, help="without a preset")
    add.add_argument("--url", default="", help="address of the CMS or of the repository")
    add.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="an answer to the preset")
    add.add_argument("--config", default="", metavar="JSON", help="all settings at once")
    add.add_argument(
        "--secret", action="append", default=[], metavar="NAME=VARIABLE", help="taken from the environment"
    )
    add.add_argument(
        "--allow-private-host", action="append", default=[], metavar="HOST", help="may be a private address"
    )


def _flags(preset: str | None) -> set[str]:
    return {one.name for one in preset_called(preset).settings if one.kind == "flag"} if preset else set()


def _answer(text: str) -> bool | str:
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text.lower(), text)
