"""`manage.py changes SITE ENV [--from N --to N] [--technical] [--json]`: what would go live, from a shell."""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.utils.timezone import localtime, now

from deploys.checks import OURS
from deploys.content import comparison, payload
from deploys.content.changes import ChangeKind
from deploys.content.comparison import Comparison
from deploys.models import Build, Environment

SAME, DIFFERENT, UNKNOWN = 0, 1, 2


class Command(BaseCommand):
    """Prints the base and the list, like `diff`: the exit code says whether there is anything."""

    requires_system_checks = [OURS]  # Django's own would load every page before the first word
    help = (
        "List what would go live in an environment, or what differs between two builds. "
        "Exit code 0: nothing differs, 1: something does, 2: it cannot be compared."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Site and environment by their short names; builds by number."""
        parser.add_argument("site", help="short name of the site, such as demo")
        parser.add_argument("environment", help="short name of the environment, such as live")
        parser.add_argument("--from", dest="base", type=int, help="number of the older build; default: the live one")
        parser.add_argument("--to", type=int, help="number of the newer build; default: the content as last read")
        parser.add_argument("--technical", action="store_true", help="also what nobody can see, such as blanks")
        parser.add_argument("--json", action="store_true", help="one JSON object with the differences word by word")

    def handle(self, *_: Any, **options: Any) -> None:
        """Print the comparison; leaves with one of the exit codes."""
        self.as_json: bool = options["json"]
        found = self._compare(options)
        if not found.is_possible:
            self._refuse(self._why_not(found))
        if self.as_json:
            data = payload.as_json(found, found.changes, diffs=True, technical=options["technical"])
            self.stdout.write(json.dumps(data, ensure_ascii=False))
        else:
            self._print(found)
        if found.changes:
            sys.exit(DIFFERENT)

    def _compare(self, options: dict[str, Any]) -> Comparison:
        rows = Environment.objects.select_related("site", "live_release__build__requested_by")
        environment = rows.filter(slug=options["environment"], site__slug=options["site"]).first()
        if environment is None:
            self._refuse(f"There is no environment {options['environment']} of a site {options['site']}.")
        technical, moment = options["technical"], now()
        base = self._build(environment, options["base"]) if options["base"] is not None else None
        to = self._build(environment, options["to"]) if options["to"] is not None else None
        if to:
            release = environment.live_release
            return comparison.between(base or (release.build if release else None), to, moment, technical=technical)
        if base:
            return comparison.since(base, moment, technical=technical)
        return comparison.waiting(environment, moment, technical=technical)

    def _build(self, environment: Environment, number: int) -> Build:
        builds = environment.site.builds.select_related("site", "requested_by")
        build = builds.filter(number=number).first()
        if build is None:
            self._refuse(f"There is no build {number} of {environment.site}.")
        return build

    @staticmethod
    def _why_not(found: Comparison) -> str:
        if not found.uncompared:
            return "This site has no content source, so nobody can say what changed."
        if any(not source.seq for source in found.uncompared):
            return "The content has not been read yet."
        if found.is_gone:
            return "What was in a build is no longer kept, so nobody can say what differs; see docs/operations.md."
        return "A build ran before Buildhub read the content, so nobody can say what was in it."

    def _print(self, found: Comparison) -> None:
        base = f"build {found.base.number}" if found.base else "an empty site"
        to = f"build {found.to.number}" if found.to else "the content as it was last read"
        read_at = f", {localtime(found.read_at):%Y-%m-%d %H:%M:%S}" if found.read_at and not found.to else ""
        self.stdout.write(f"From {base} to {to}{read_at}.")
        for source in found.troubled:
            self.stdout.write(f"The last reading of {source.name} does not count: {source.trouble_note}")
        counts = found.counts
        words = ", ".join(f"{counts[kind]} {kind}" for kind in ChangeKind if counts.get(kind))
        self.stdout.write(words or "Nothing differs.")
        for change in found.changes:
            told = payload.change_as_json(found, change)
            parts = [told["change"], told["section"], told["title"], told["address"], told["changed_by"] or ""]
            self.stdout.write("\t".join(" ".join(str(part).split()) for part in parts))

    def _refuse(self, reason: str) -> NoReturn:
        if self.as_json:
            self.stdout.write(json.dumps({"problem": reason}, ensure_ascii=False))
        else:
            self.stderr.write(reason)
        sys.exit(UNKNOWN)
