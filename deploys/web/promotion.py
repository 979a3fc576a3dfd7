"""Copying a version of one environment to another as it is: which place it can go to, and the question before it."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from deploys.builds import copies, rights
from deploys.lifecycle import State
from deploys.models import Build, Environment, EnvironmentKind, HostState
from deploys.web import clock, versions
from deploys.web.bring_back import Question, content_between, pages_between
from deploys.web.buttons import Button
from deploys.web.card_model import say
from deploys.web.permissions import Visit


def place_for(build: Build) -> Environment | None:
    """The live environment that a build of another one can go to; None for one of the live site itself. One query."""
    if (
        build.environment.kind in {EnvironmentKind.LIVE, EnvironmentKind.PREVIEW}
        or build.state != State.SUCCEEDED
        or build.is_copy
    ):
        return None
    places = build.site.environments.filter(kind=EnvironmentKind.LIVE).exclude(target="")
    place = places.select_related("live_release__build", "site").first()
    return place if place and build.environment.target else None


def button_of(visit: Visit, build: Build) -> Button | None:
    """Lead to the question, off with the reason where it cannot be; None where it makes no sense."""
    place = place_for(build)
    if place is None:
        return None
    return Button(
        id="ask-promote",
        label=_label(place),
        url=f"{reverse('promote', args=[build.site.slug, build.number])}?back=build",
        posts=False,
        icon="publish",
        off=_why_not(visit, build, place),
        opens_dialog=True,
    )


def question_of(visit: Visit, build: Build, place: Environment, now: datetime) -> Question:
    """Put together what a person reads before the version is copied."""
    off = _why_not(visit, build, place)
    live = place.live_release
    return Question(
        build=build,
        title=say(
            _("Copy the version from {time} to {place}?"),
            time=clock.when(versions.dated(build), now),
            place=place.name,
        ),
        plain_title=_label(place),
        effect=say(
            _("Visitors of {place} will see build {number} of {origin}, file for file; nothing is built."),
            place=place.name,
            number=build.number,
            origin=build.environment.name,
        ),
        content=content_between(live, build, now) if not off else content_between(None, build, now),
        pages=pages_between(live, build) if not off else None,
        facts=[] if off else [_("You can bring the current version back afterwards, in one step.")],
        button=Button(
            id="do-promote",
            label=_label(place),
            url=reverse("ask-promote", args=[build.site.slug, build.number]),
            tone="bad",
            busy=_("Copying"),
            off=off,
        ),
    )


def _label(place: Environment) -> str:
    return _("Copy to {place}").format(place=place.name)


def _why_not(visit: Visit, build: Build, place: Environment) -> str:
    if not rights.may_bring_back(visit.role, place):
        return versions.no_right_words(place)
    live = place.live_release
    release = getattr(build, "release", None)
    if live and release and live.build.promotes_id == build.pk and live.is_proved:
        return _("This is what visitors of {place} see now.").format(place=place.name)
    return copies.why_not_promoted(build, place, HostState.of(build.environment))
