"""`manage.py prune [SITE] [--dry-run] [--json]`: remove what is no longer kept, or say what would go."""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.utils.timezone import now

from deploys.checks import OURS
from deploys.models import Site
from deploys.retention import prune
from deploys.retention.amounts import Amount
from deploys.web.figures import grouped, size

BUSY, USAGE = 1, 2
NOTHING = Amount()


class Command(BaseCommand):
    """The same as beat does once a day; prints what went."""

    requires_system_checks = [OURS]  # Django's own would load every page before the first word
    help = (
        "Remove what is no longer kept: old logs, earlier content, lists of pages, messages. What visitors see, what "
        "can be brought back and the history of builds stay. Exit code 0: done, 1: another process is at it, 2: wrong "
        "usage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One site by its short name, or all of them and what belongs to none."""
        parser.add_argument("site", nargs="?", default="", help="short name of the site; default: all")
        parser.add_argument("--dry-run", action="store_true", help="only say what would go; changes nothing")
        parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")

    def handle(self, *_: Any, **options: Any) -> None:
        """Remove, or look; leaves with one of the exit codes."""
        sites = self._sites(options["site"])
        is_dry: bool = options["dry_run"]
        try:
            found = prune.look(sites, now()) if is_dry else prune.prune(sites, now())
        except prune.Busy as busy:
            self._leave(str(busy), BUSY)
        if options["json"]:
            removed = {key: {"rows": one.rows, "bytes": one.size} for key, one in found.items()}
            self.stdout.write(json.dumps({"dry_run": is_dry, "removed": removed}))
        else:
            self._print(found, is_dry=is_dry)

    def _sites(self, slug: str) -> list[Site] | None:
        if not slug:
            return None
        site = Site.objects.filter(slug=slug).first()
        if site is None:
            self._leave(f"There is no site {slug}.", USAGE)
        return [site]

    def _print(self, found: prune.Removed, *, is_dry: bool) -> None:
        total = sum(found.values(), NOTHING)
        rows = [(kind.label, found[kind.key]) for kind in prune.KINDS if kind.key in found] + [("In all", total)]
        width = max(len(label) for label, _amount in rows)
        self.stdout.write(f"{'Would go' if is_dry else 'Removed':<{width}}  {'rows':>12}  {'size':>12}")
        for label, amount in rows:
            stored = size(amount.size) if amount.size else "–"
            self.stdout.write(f"{label:<{width}}  {grouped(amount.rows):>12}  {stored:>12}")
        if is_dry:
            self.stdout.write(
                "Nothing was changed. Texts and readings become free when the versions before them have gone."
            )

    def _leave(self, reason: str, code: int) -> NoReturn:
        self.stderr.write(reason)
        sys.exit(code)
