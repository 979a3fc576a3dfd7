"""`manage.py doctor [SITE [ENV]] [--infra] [--json]`: what is right, missing or wrong, and what to do next."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.utils.timezone import now

from deploys.doctor import report, site
from deploys.doctor.dns import RESOLVER
from deploys.doctor.infra.asked import PRODUCTION, STAGING, Asked, from_environment, is_elsewhere, options
from deploys.doctor.infra.checkup import elsewhere, look_over, walking
from deploys.doctor.model import CannotLook, Checked
from deploys.doctor.run import USAGE, exit_code, run
from deploys.models import Environment, Site


class Command(BaseCommand):
    """Prints what was found as it is found; changes nothing anywhere."""

    help = (
        "Look the set-up over: settings, GitLab, content and web host, or with --infra what stands at AWS. Changes "
        "nothing. Exit code 0: all is well, 1: something is missing or wrong, 2: wrong usage, 3: something could not "
        "be looked at, and nothing else is known to be wrong."
    )
    requires_system_checks = []  # what they find is a finding of ours

    def add_arguments(self, parser: CommandParser) -> None:
        """Site and environment by their short names; all of them when none is given."""
        parser.add_argument("site", nargs="?", default="", help="short name of the site; default: every site")
        parser.add_argument("environment", nargs="?", default="", help="short name of the environment; default: all")
        parser.add_argument("--json", action="store_true", help="one JSON object per step, one a line")
        parser.add_argument("--ci-file", metavar="FILE", help="the project's .gitlab-ci.yml, to be compared too")
        parser.add_argument("--infra", action="store_true", help="walk through what stands at AWS, with boto3")
        infra = parser.add_argument_group("with --infra", "what is looked for; default: as the settings say")
        infra.add_argument("--profile", default="", help="AWS profile to ask with; it needs to read only")
        infra.add_argument("--resolver", default=RESOLVER, metavar="URL", help="public resolver (DNS over HTTPS, JSON)")
        for name, words in options():
            choices = (STAGING, PRODUCTION) if name == "tier" else None
            infra.add_argument(f"--{name.replace('_', '-')}", default="", choices=choices, help=words)

    def handle(self, *_: Any, **given: Any) -> None:
        """Look; leaves with one of the exit codes."""
        self.as_json: bool = given["json"]
        self.report = report.Report()
        found = [self._shown(checked) for checked in (self._infra(given) if given["infra"] else self._plain(given))]
        if not self.as_json:
            for line in self.report.closing(found):
                self.stdout.write(line)
        code = exit_code(found)
        if code:
            sys.exit(code)

    def _plain(self, given: dict[str, Any]) -> Iterator[Checked]:
        text = self._text(given["ci_file"]) if given["ci_file"] else None
        environments = self._environments(given)
        yield from run(site.installation())
        for one in dict.fromkeys(environment.site for environment in environments):
            yield from run([site.content(one)], of=one.slug)
        for environment in environments:
            yield from run(site.checks(environment, ci_text=text), of=_name(environment))

    def _infra(self, given: dict[str, Any]) -> Iterator[Checked]:
        chosen = {name: given[name] for name, _ in options()}
        if given["domain"] and not given["site"]:
            yield from self._walk(Asked().with_options(chosen), given, given["domain"])
            return
        environments = [one for one in self._environments(given) if not one.is_for_previews]
        if not environments:
            self._leave("There is no environment to look at: give SITE and ENV, or --domain.")
        for environment in environments:
            if is_elsewhere(environment) and not given["bucket"]:
                yield from run([elsewhere(environment)], of=_name(environment))
            else:
                asked = from_environment(environment).with_options(chosen)
                yield from self._walk(asked, given, _name(environment))

    def _walk(self, asked: Asked, given: dict[str, Any], of: str) -> Iterator[Checked]:
        if not asked.domain:
            self._leave(f"{of} has no address: give --domain.")
        try:
            with walking(asked, profile=given["profile"], resolver=given["resolver"]) as walk:
                yield from look_over(walk, now(), of=of)
        except CannotLook as reason:
            self._leave(f"{reason} {reason.next_step}")

    def _environments(self, given: dict[str, Any]) -> list[Environment]:
        rows = Environment.objects.select_related("site", "gitlab_project")
        if given["site"]:
            if not Site.objects.filter(slug=given["site"]).exists():
                self._leave(f"There is no site {given['site']}.")
            rows = rows.filter(site__slug=given["site"])
        if given["environment"]:
            rows = rows.filter(slug=given["environment"])
            if not rows.exists():
                self._leave(f"There is no environment {given['environment']} of a site {given['site']}.")
        return list(rows.order_by("site__slug", "position", "pk"))

    def _shown(self, checked: Checked) -> Checked:
        if self.as_json:
            self.stdout.write(json.dumps(report.data_of(checked), ensure_ascii=False))
        else:
            if checked.of != getattr(self, "of", ""):
                self.of = checked.of
                self.stdout.write(f"\n{checked.of}")
            for line in self.report.lines_of(checked):
                self.stdout.write(line)
        self.stdout.flush()
        return checked

    def _text(self, name: str) -> str:
        try:
            return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self._leave(f"{name} cannot be read: {error}.")

    def _leave(self, reason: str) -> NoReturn:
        self.stderr.write(reason)
        sys.exit(USAGE)


def _name(environment: Environment) -> str:
    return f"{environment.site.slug}/{environment.slug}"
