"""The base of a comparison named in words: which build, whose, and when it went live."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from deploys.content.comparison import Comparison
from deploys.models import Build, Environment
from deploys.web import clock
from deploys.web.card_model import join, say
from deploys.web.listing import who_asked


def compared_with_live(environment: Environment, found: Comparison, now: datetime) -> str:
    """Say what the changes are counted against and how old the reading is, as safe HTML."""
    release = environment.live_release
    if release is None:
        return say(_("Nothing has been published yet."))
    time = clock.when(release.live_at or release.created_at, now)
    parts = {"number": release.build.number, "time": time, "who": who_asked(release.build)}
    if release.is_proved:
        base = say(_("Compared with what visitors see now: build {number}, published {time} ({who})."), **parts)
    else:
        base = say(_("Compared with the last build that went well: build {number}, {time} ({who})."), **parts)
    return join(base, read_words(found, now))


def read_words(found: Comparison, now: datetime) -> str:
    """Say when the content was last read; empty before that."""
    if found.read_at is None:
        return ""
    return say(_("The content was last read {time}."), time=clock.when(found.read_at, now))


def compared_builds(base: Build, to: Build, now: datetime) -> str:
    """Say which two builds are compared, as safe HTML."""
    return say(_("From {base} to {to}."), base=build_words(base, now), to=build_words(to, now))


def build_words(build: Build, now: datetime) -> str:
    """A build inside a sentence, with who asked for it and when it read the content."""
    time = clock.when(build.requested_at, now)
    return say(_("build {number} ({who}, {time})"), number=build.number, who=who_asked(build), time=time)
