"""`manage.py ci_file SITE [ENV] [--check FILE]`: the CI file that a site's project needs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from deploys.builds.ci.checking import check
from deploys.builds.ci.filling import filled
from deploys.builds.ci.reading import Unreadable
from deploys.builds.ci.writing import CannotFill
from deploys.checks import OURS
from deploys.models import Environment, Site

TO_CHANGE, USAGE = 1, 2


class Command(BaseCommand):
    """Prints our CI file for a site, or compares the project's own with what is needed."""

    requires_system_checks = [OURS]  # Django's own would load every page before the first word
    help = "The CI file of a site's GitLab project. Exit code 0: fine, 1: something has to change, 2: wrong usage."

    def add_arguments(self, parser: CommandParser) -> None:
        """Site and environment by their short names."""
        parser.add_argument("site", help="short name of the site, such as demo")
        parser.add_argument("environment", nargs="?", default="", help="only this environment; else all of the site")
        parser.add_argument("--check", metavar="FILE", help="compare this .gitlab-ci.yml (- reads from standard input)")

    def handle(self, *_: Any, **options: Any) -> None:
        """Do what was asked; leaves with one of the exit codes."""
        site = Site.objects.filter(slug=options["site"]).first()
        if site is None:
            self._leave(f"There is no site {options['site']}.", USAGE)
        environments = site.environments.all()
        if options["environment"]:
            environments = environments.filter(slug=options["environment"])
            if not environments:
                self._leave(f"There is no environment {options['environment']} of a site {site.slug}.", USAGE)
        if options["check"]:
            self._check(self._text(options["check"]), list(environments))
        else:
            self._print(site, list(environments))

    def _print(self, site: Site, environments: list[Environment]) -> None:
        try:
            found = filled(site, environments)
        except CannotFill as reason:
            self._leave(str(reason), TO_CHANGE)
        self.stdout.write(found.text, ending="")
        for line in found.missing:
            self.stderr.write(f"Not known here, to be set in GitLab or in the file: {line}.")

    def _text(self, name: str) -> str:
        try:
            return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self._leave(f"{name} cannot be read: {error}.", USAGE)

    def _check(self, text: str, environments: list[Environment]) -> None:
        needed = 0
        for environment in environments:
            try:
                findings = check(text, environment)
            except Unreadable as reason:
                self._leave(str(reason), TO_CHANGE)
            needed += sum(one.is_needed for one in findings)
            if not findings:
                self.stdout.write(f"{environment.slug}: everything that Buildhub needs is there.")
            for one in findings:
                self.stdout.write(f"{environment.slug}: {'' if one.is_needed else '(better) '}{one.words}")
        if needed:
            sys.exit(TO_CHANGE)

    def _leave(self, reason: str, code: int) -> NoReturn:
        self.stderr.write(reason)
        sys.exit(code)
