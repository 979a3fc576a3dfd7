"""`manage.py up`: the whole product with one command."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.checks import ERROR, run_checks
from django.core.management.base import BaseCommand, CommandParser

from buildhub.up.errors import Refused, UpError
from buildhub.up.launch import Wishes, run


class Command(BaseCommand):
    """Starts database, broker, web server, worker and demo, and keeps them running until Ctrl-C."""

    help = "Start everything: database, broker, web server, worker and, unless GITLAB_* is set, the demo."
    # They run below, so that what is wrong is said in one sentence each.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """PORT in the environment is the same as --port."""
        parser.add_argument("--port", help="the dashboard's port; the first free one from 8000 on if not given")
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
        parser.add_argument("--no-demo", action="store_true", help="without stand-in GitLab, sample CMS and people")
        parser.add_argument("--quiet", action="store_true", help="do not show what the processes log")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Exits with 2 when nothing was started, with 1 when something could not be started or kept alive."""
        wishes = Wishes(
            data=settings.DATA_DIR,
            host=options["host"],
            port=options["port"] or os.environ.get("PORT") or None,
            demo=not options["no_demo"],
            quiet=options["quiet"],
        )
        try:
            _check_settings()
            run(wishes, self._tell)
        except UpError as error:
            self.stderr.write(str(error))
            sys.exit(error.exit_code)

    def _tell(self, line: str) -> None:
        """A reader that went away, as in `up | head`, does not stop anything."""
        try:
            self.stdout.write(line)
            self.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _check_settings() -> None:
    """Raises Refused with a sentence for each setting that is wrong or missing."""
    problems = [message for message in run_checks() if message.level >= ERROR]
    if problems:
        lines = [f"{problem.msg} {problem.hint or ''}".strip() for problem in problems]
        raise Refused("\n".join(["Buildhub cannot start:", *lines]))
