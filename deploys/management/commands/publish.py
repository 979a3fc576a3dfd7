"""`manage.py publish SITE ENV [--wait] [--json]`: the same button from a shell."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.utils.timezone import localtime

from deploys.builds import actions
from deploys.lifecycle import State
from deploys.models import Build, Cause, Environment, Event, Proof

LIVE, FAILED, REFUSED = 0, 1, 2
LOOK_EVERY = 0.5


class Command(BaseCommand):
    """Asks for a build; with --wait follows it to its end."""

    help = "Publish a site's environment. Exit code 0: live (or asked for), 1: failed or stopped, 2: refused."

    def add_arguments(self, parser: CommandParser) -> None:
        """Site and environment by their short names."""
        parser.add_argument("site", help="short name of the site, such as demo")
        parser.add_argument("environment", help="short name of the environment, such as live")
        parser.add_argument("--wait", action="store_true", help="follow the build until it is live or has failed")
        parser.add_argument("--json", action="store_true", help="one JSON object per line")

    def handle(self, *_: Any, **options: Any) -> None:
        """Press the button; leaves with one of the exit codes."""
        self.as_json: bool = options["json"]
        environment = Environment.objects.filter(slug=options["environment"], site__slug=options["site"]).first()
        if environment is None:
            self._refuse(f"There is no environment {options['environment']} of a site {options['site']}.")
        try:
            build = actions.request(environment=environment, actor=None, cause=Cause.COMMAND)
        except actions.NotConfigured as reason:
            self._refuse(str(reason))
        if not options["wait"]:
            self._say(build, "state", "In line", at=build.requested_at.isoformat())
            return
        code = self._follow(build)
        if code:
            sys.exit(code)

    def _follow(self, build: Build) -> int:
        """Print events as they come; returns the exit code."""
        for event in self._events(build):
            self._say(build, "event", event.note, at=event.at.isoformat(), state=event.new)
        build.refresh_from_db()
        release = getattr(build, "release", None)
        if build.state == State.SUCCEEDED and release and (release.is_proved or release.proof == Proof.UNCHECKED):
            words = "Live" if release.is_proved else "Finished; this environment has no marker to check"
            self._say(build, "result", words, result="live")
            return LIVE
        self._say(build, "result", build.get_state_display(), result=build.state, error_class=build.error_class)
        return FAILED

    def _events(self, build: Build) -> Iterator[Event]:
        last = 0
        while True:
            settled = self._is_settled(build)
            for event in build.events.filter(pk__gt=last):
                last = event.pk
                yield event
            if settled:
                return
            time.sleep(LOOK_EVERY)

    @staticmethod
    def _is_settled(build: Build) -> bool:
        """Over, and proved or known to be unprovable where it went well."""
        fresh = Build.objects.select_related("release").get(pk=build.pk)
        if fresh.state == State.SUCCEEDED:
            return fresh.release.proof != Proof.PENDING
        return fresh.is_ended or fresh.state == State.UNKNOWN

    def _say(self, build: Build, kind: str, words: str, **facts: Any) -> None:
        if self.as_json:
            told = {"kind": kind, "build": build.number, "words": words, **facts}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self.stdout.write(f"{localtime():%H:%M:%S}  build {build.number}  {words}")
        self.stdout.flush()

    def _refuse(self, reason: str) -> NoReturn:
        if self.as_json:
            self.stdout.write(json.dumps({"kind": "refused", "words": reason}, ensure_ascii=False))
        else:
            self.stderr.write(reason)
        sys.exit(REFUSED)
