"""Copying a version of one environment to another as it is: which place it can go to, and the question before it."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from deploys.builds import copies, rights
from deploys.content import comparison
from deploys.lifecycle import State
from deploys.models import Build, Environment, EnvironmentKind
from deploys.web import clock, versions
from deploys.web.bring_back import GOES_LIVE, Content, Question, content_between, listed, pages_between
from deploys.web.buttons import Button
from deploys.web.card_model import ask_words, say
from deploys.web.permissions import Visit


def place_for(build: Build) -> Environment | None:
    """The live environment that a build of another one can go to; None for one of the live site itself. One query."""
    if build.environment.kind == EnvironmentKind.LIVE or build.state != State.SUCCEEDED or build.is_copy:
        return None
    places = build.site.environments.filter(kind=EnvironmentKind.LIVE).exclude(target="")
    related = ("live_release__build__promotes", "live_release__build__brings_back", "site", "gitlab_project")
    place = places.select_related(*related).first()
    return place if place and build.environment.target else None


def button_of(visit: Visit, build: Build) -> Button | None:
    """Lead to the question, off with the reason where it cannot be; None where it makes no sense."""
    place = place_for(build)
    if place is None:
        return None
    return Button(
        id="ask-promote",
        label=_label(build, place),
        url=f"{reverse('promote', args=[build.site.slug, build.number])}?back=build",
        posts=False,
        icon="publish",
        off=_why_not(visit, build, place),
        opens_dialog=True,
    )


def question_of(visit: Visit, build: Build, place: Environment, now: datetime) -> Question:
    """Put together what a person reads before the version is copied."""
    off = _why_not(visit, build, place)
    live, is_preview = place.live_release, build.environment.is_for_previews
    pages = None if off else pages_between(live, build, is_copied=True)
    if pages and pages.warning and not rights.may_bring_back(visit.role, place):
        off = versions.no_right_words(place)
    return Question(
        title=_title(build, place, now),
        plain_title=_label(build, place),
        effect=_effect(build, place),
        content=Content() if off else _content(build, place, now),
        pages=None if off else pages,
        facts=[] if off or live is None else [_("You can bring the current version back afterwards, in one step.")],
        button=Button(
            id="do-promote",
            label=_label(build, place),
            url=reverse("ask-promote", args=[build.site.slug, build.number]),
            tone="primary" if is_preview else "bad",
            busy=_("Copying"),
            off=off,
        ),
        leave=_("Not yet") if is_preview else _("Keep the current version"),
    )


def _label(build: Build, place: Environment) -> str:
    if build.environment.is_for_previews:
        return _("Publish this preview")
    return _("Copy to {place}").format(place=place.name)


def _title(build: Build, place: Environment, now: datetime) -> SafeString | str:
    if build.environment.is_for_previews:
        return _("Publish this preview?")
    time = clock.when(versions.dated(build), now)
    return say(_("Copy the version from {time} to {place}?"), time=time, place=place.name)


def _effect(build: Build, place: Environment) -> SafeString:
    if build.environment.is_for_previews:
        text = _("Visitors of {place} will see what this preview shows, file for file; nothing is built.")
        return say(text, place=place.name)
    return say(
        _("Visitors of {place} will see build {number} of {origin}, file for file; nothing is built."),
        place=place.name,
        number=build.number,
        origin=build.environment.name,
    )


def _content(build: Build, place: Environment, now: datetime) -> Content:
    """What visitors will see otherwise. A preview holds what waits now, though it was made of drafts."""
    if not build.environment.is_for_previews:
        return content_between(place.live_release, build, now)
    found = comparison.waiting(place, now)
    if place.live_release is None or not found.is_possible:
        return Content()
    if not found.changes:
        return Content(words=_("Both versions hold the same content."))
    url = reverse("changes", args=[place.site.slug, place.slug])
    return listed(found, build, is_later=True, more_url=url, fates=GOES_LIVE)


def _why_not(visit: Visit, build: Build, place: Environment) -> str:
    if not rights.may_promote(visit.role, build, place):
        if build.environment.is_for_previews:
            return ask_words([person.name for person in rights.who_may_promote(build, place)])
        return versions.no_right_words(place)
    live = place.live_release
    release = getattr(build, "release", None)
    if live and release and live.build.promotes_id == build.pk and live.is_proved:
        return _("This is what visitors of {place} see now.").format(place=place.name)
    return copies.why_not_promoted(build, place)
