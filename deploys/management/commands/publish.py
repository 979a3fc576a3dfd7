"""`manage.py publish SITE ENV [--wait] [--as PERSON] [--json]`: the same button from a shell."""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.timezone import localtime, now

from deploys.builds import actions, asking
from deploys.builds.preview_limits import TooManyPreviews
from deploys.checks import OURS
from deploys.management.following import Teller, TimeOver, follow, went_live
from deploys.models import Build, Cause, Environment, User

LIVE, FAILED, REFUSED, UNDER_WAY, INTERRUPTED = 0, 1, 2, 3, 130
SHOWN = 20


class Command(BaseCommand):
    """Asks for a build; with --wait follows it to its end."""

    requires_system_checks = [OURS]  # Django's own would load every page before the first word
    help = (
        "Publish a site's environment. Exit code 0: live (without --wait: asked for), 1: failed, stopped or not seen "
        "on the site, 2: refused or wrong usage, 3: still under way when --timeout was over, 130: interrupted (the "
        "build goes on)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Site and environment by their short names."""
        parser.add_argument("site", help="short name of the site, such as demo")
        parser.add_argument("environment", help="short name of the environment, such as live")
        parser.add_argument("--wait", action="store_true", help="follow the build until it is live or has failed")
        parser.add_argument("--timeout", type=float, metavar="MINUTES", help="with --wait: follow it so long at most")
        parser.add_argument(
            "--as",
            dest="person",
            default="",
            metavar="PERSON",
            help="user name of who asks: rights and rules are theirs",
        )
        parser.add_argument("--yes", action="store_true", help="with --as: go on where a press would ask first")
        parser.add_argument("--json", action="store_true", help="one JSON object per line")

    def handle(self, *_: Any, **options: Any) -> None:
        """Press the button; leaves with one of the exit codes."""
        self.teller = Teller(self.stdout, options["json"])
        environment = Environment.objects.filter(slug=options["environment"], site__slug=options["site"]).first()
        if environment is None:
            reason = f"There is no environment {options['environment']} of a site {options['site']}."
            self._refuse(reason, "unknown")
        build = self._ask(environment, self._person(options["person"]), is_sure=options["yes"])
        if not options["wait"]:
            self.teller.say(build, "state", "In line", at=build.requested_at.isoformat())
            return
        minutes = options["timeout"]
        code = self._follow(build, None if minutes is None else minutes * 60)
        if code:
            sys.exit(code)

    def _person(self, name: str) -> User | None:
        if not name:
            return None
        person = User.objects.filter(username=name, is_active=True).first()
        if person is None:
            self._refuse(f"There is nobody called {name} who can sign in.", "unknown")
        return person

    def _ask(self, environment: Environment, person: User | None, *, is_sure: bool) -> Build:
        """Ask in the name of the person, if any. Rules that ask people first are not for a command without one."""
        try:
            if person and not is_sure:
                self._question(environment, person)
            return actions.request(environment=environment, actor=person, cause=Cause.COMMAND)
        except actions.NotConfigured as reason:
            self._refuse(str(reason), "not_configured")
        except actions.NotAllowed as refusal:
            people = ", ".join(one.name for one in refusal.people)
            words = f"{person.name if person else 'This person'} may not publish here."
            self._refuse(f"{words} Ask {people}." if people else words, "not_allowed")
        except TooManyPreviews as limit:
            again = f" The next one can be made at {localtime(limit.again_at):%H:%M}." if limit.again_at else ""
            self._refuse(f"There are too many previews: {limit.count}.{again}", "too_many_previews")

    def _question(self, environment: Environment, person: User) -> None:
        """Where a press would be answered with a question: ask it here, or refuse where nobody can answer."""
        ahead = asking.ahead(environment, now())
        if not asking.must_ask(environment, person, ahead):
            return
        found = asking.changes_ahead(environment, now())
        changes = found.changes if found and found.is_possible else []
        if not (self.teller.is_terminal and sys.stdin.isatty()):
            words = f"This environment asks first: {len(changes)} changes go live. Read them with manage.py changes"
            self._refuse(f"{words} {environment.site.slug} {environment.slug}, then add --yes.", "asks_first")
        for change in changes[:SHOWN]:
            self.stdout.write(f"  {change.kind:<8} {change.version.title or change.key}")
        if len(changes) > SHOWN:
            self.stdout.write(f"  and {len(changes) - SHOWN} more")
        self.stdout.write(f"Publish {environment}? [y/N] ", ending="")
        self.stdout.flush()
        if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
            self._refuse("Nothing was published.", "asks_first")

    def _follow(self, build: Build, seconds: float | None) -> int:
        """Print events as they come; returns the exit code."""
        try:
            ended = follow(build, self.teller, seconds=seconds)
        except TimeOver:
            self._goes_on(build, "The time is over")
            return UNDER_WAY
        except KeyboardInterrupt:
            self._goes_on(build, "Interrupted")
            return INTERRUPTED
        if went_live(ended):
            words = "Live" if ended.release.is_proved else "Finished; this environment has no marker to check"
            self.teller.say(ended, "result", words, result="live")
            return LIVE
        facts = {"result": ended.state, "error_class": ended.error_class}
        self.teller.say(ended, "result", ended.get_state_display(), url=_page(ended), **facts)
        return FAILED

    def _goes_on(self, build: Build, why: str) -> None:
        words = f"{why}; the build goes on by itself. Stop it, or see how it ends: {_page(build)}"
        self.teller.say(build, "left", words, url=_page(build))

    def _refuse(self, reason: str, code: str) -> NoReturn:
        if self.teller.as_json:
            self.stdout.write(json.dumps({"kind": "refused", "words": reason, "reason": code}, ensure_ascii=False))
        else:
            self.stderr.write(reason)
        sys.exit(REFUSED)


def _page(build: Build) -> str:
    return f"{settings.PUBLIC_URL}{build.get_absolute_url()}"
