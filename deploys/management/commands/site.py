"""`manage.py site list|show|export|import`: sites from a shell, and as files."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import yaml
from django.core.management.base import BaseCommand, CommandParser

from deploys.checks import OURS
from deploys.models import Environment, Membership, Retention, Site
from deploys.portable.parts import PREFIX
from deploys.portable.reading import Import, Refused, read
from deploys.portable.writing import as_yaml, data_of

REFUSED, USAGE = 1, 2


class Command(BaseCommand):
    """Lists and shows sites, writes one as a file, and reads such a file."""

    requires_system_checks = [OURS]  # Django's own would load every page before the first word
    help = (
        "Sites, and sites as files without secrets. Exit code 0: fine, 1: the file is refused (nothing was changed), "
        "2: wrong usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-command for each thing to do."""
        kinds = parser.add_subparsers(dest="action", required=True)
        every = kinds.add_parser("list", help="all sites")
        show = kinds.add_parser("show", help="one site: its places, what is live, and what is missing")
        export = kinds.add_parser("export", help="write a site as YAML, without secrets")
        take = kinds.add_parser("import", help="make or update a site from such a file; removes nothing")
        for one in (show, export):
            one.add_argument("site", help="short name of the site, such as demo")
        export.add_argument("file", nargs="?", default="-", help="where to; default: standard output")
        take.add_argument("file", help="the file; - for standard input")
        take.add_argument("--dry-run", action="store_true", help="only say what would change")
        take.add_argument(
            "--secrets", metavar="FILE", help=f"lines of {PREFIX}…=value; default: variables of those names"
        )
        for one in (every, show, take):
            one.add_argument("--json", action="store_true", help="JSON in place of words")

    def handle(self, *_: Any, **options: Any) -> None:
        """Do what was asked; leaves with one of the exit codes."""
        action = {"list": self._list, "show": self._show, "export": self._export, "import": self._import}
        action[options["action"]](options)

    def _list(self, options: dict[str, Any]) -> None:
        for site in Site.objects.prefetch_related("environments"):
            places = [one.slug for one in site.environments.all()]
            if options["json"]:
                found = {"slug": site.slug, "name": site.name, "environments": places}
                self.stdout.write(json.dumps(found, ensure_ascii=False))
            else:
                self.stdout.write(f"{site.slug}\t{site.name}\t{', '.join(places) or 'no environment'}")

    def _show(self, options: dict[str, Any]) -> None:
        site = self._site(options["site"])
        if options["json"]:
            self.stdout.write(json.dumps(data_of(site), ensure_ascii=False))
            return
        members = Membership.objects.filter(site=site).count()
        self.stdout.write(f"{site.name} ({site.slug}), {site.time_zone}, {members} people, build {site.last_number}")
        for place in site.environments.select_related("live_release__build", "gitlab_project", "site"):
            self.stdout.write("")
            for line in _lines_of(place):
                self.stdout.write(line)
        self.stdout.write("")
        for source in site.sources.all():
            state = source.trouble_note or ("read regularly" if source.is_active else "off")
            self.stdout.write(f"Source {source.name} ({source.preset or source.get_kind_display()}): {state}")
        periods = Retention.of(site)
        days = {"logs": periods.log_days, "content": periods.content_days, "messages": periods.message_days}
        kept = ", ".join(f"{name} {f'{n} days' if n is not None else 'for ever'}" for name, n in days.items())
        self.stdout.write(f"Kept: {kept}")

    def _export(self, options: dict[str, Any]) -> None:
        text = as_yaml(self._site(options["site"]))
        if options["file"] == "-":
            self.stdout.write(text, ending="")
            return
        try:
            Path(options["file"]).write_text(text, encoding="utf-8")
        except OSError as error:
            self._leave(f"{options['file']} cannot be written: {error}.", USAGE)

    def _import(self, options: dict[str, Any]) -> None:
        try:
            data = yaml.safe_load(self._text(options["file"]))
        except yaml.YAMLError as error:
            self._leave(f"{options['file']} is no YAML: {' '.join(str(error).split())}", REFUSED)
        try:
            found = read(data, self._secrets(options["secrets"]), is_dry=options["dry_run"])
        except Refused as refusal:
            if options["json"]:
                self.stdout.write(json.dumps({"problems": refusal.problems}, ensure_ascii=False))
            else:
                self.stderr.write("Nothing was changed:")
                for problem in refusal.problems:
                    self.stderr.write(f"  {problem}")
            sys.exit(REFUSED)
        self._tell(found, is_dry=options["dry_run"], as_json=options["json"])

    def _tell(self, found: Import, *, is_dry: bool, as_json: bool) -> None:
        if as_json:
            changes = [{"subject": one.subject, "action": one.action, "changes": one.changes} for one in found.changes]
            told = {"dry_run": is_dry, "changes": changes, "missing_secrets": found.missing}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        if not found.changes:
            self.stdout.write("Everything is as in the file.")
        for one in found.changes:
            self.stdout.write(f"{one.subject} {'would be ' if is_dry else ''}{one.action}")
            for label, (old, new) in one.changes.items():
                self.stdout.write(f"  {label}: {old} → {new}")
        if is_dry and found.changes:
            self.stdout.write("Nothing was changed yet.")
        for name in found.missing:
            self.stdout.write(f"Still missing: a secret that the file says is set. Give it as {name}.")

    def _secrets(self, name: str | None) -> Mapping[str, str]:
        """The secrets by variable: of the file if one is named, else of the environment."""
        if name is None:
            return {key: value for key, value in os.environ.items() if key.startswith(PREFIX)}
        found = {}
        for number, line in enumerate(self._text(name).splitlines(), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            key, equals, value = line.strip().partition("=")
            if not equals or not key.startswith(PREFIX):
                self._leave(f"Line {number} of {name} is not written as {PREFIX}…=value.", USAGE)
            found[key.strip()] = value.strip()
        return found

    def _site(self, slug: str) -> Site:
        site = Site.objects.filter(slug=slug).first()
        if site is None:
            self._leave(f"There is no site {slug}.", USAGE)
        return site

    def _text(self, name: str) -> str:
        try:
            return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self._leave(f"{name} cannot be read: {error}.", USAGE)

    def _leave(self, reason: str, code: int) -> NoReturn:
        self.stderr.write(reason)
        sys.exit(code)


def _lines_of(place: Environment) -> list[str]:
    """What an admin wants to know of a place first."""
    live = place.live_release
    missing = place.missing_settings()
    project = place.gitlab_project
    return [
        f"{place.name} ({place.slug}): {place.url}",
        f"  live: {f'build {live.build.number}' if live else 'nothing yet'}",
        f"  built by: {f'{project.url} project {project.project_id}, {place.ref}' if project else 'nothing yet'}",
        *([f"  missing: {', '.join(missing)}"] if missing else []),
        *(["  publishing is paused"] if place.freeze_id else []),
    ]
