"""Builds as lines of a list: the same words on the Publish page and in the history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.lifecycle import State
from deploys.models import Build, Cause, Environment, User
from deploys.web import change_words, explanations, pills, preview_panel, release_words
from deploys.web.pills import LIVE, Pill, pill_of
from deploys.web.versions import Kept

CAUSES = {
    Cause.PERSON: gettext_lazy("A person"),
    Cause.SCHEDULE: gettext_lazy("Schedule"),
    Cause.CMS: gettext_lazy("CMS event"),
    Cause.API: gettext_lazy("API"),
    Cause.COMMAND: gettext_lazy("Command line"),
    Cause.GITLAB: gettext_lazy("Started in GitLab"),
}
# What `line_of` reads beside the build.
SHOWN = (
    "site",
    "environment__site",
    "requested_by",
    "release",
    "base",
    "brings_back",
    "promotes__environment",
    "superseded_by",
    "preview",
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One build in a list. `seconds` is how long it took, None while it is open."""

    number: int
    url: str
    pill: Pill
    title: str
    reason: str
    who: str
    person: User | None
    at: datetime
    seconds: float | None
    environment: Environment
    is_live: bool
    is_failed: bool
    content_url: str = ""
    bring_back_url: str = ""


def line_of(build: Build, kept: Kept | None = None) -> Line:
    """Describe a build; select the relations in SHOWN. `kept`: for lists from which a version can be brought back."""
    pill = pill_of(build)
    is_failed = build.state in {State.FAILED, State.LOST}
    reason = explanations.headline_of(build) if is_failed else ""
    took = build.took
    return Line(
        number=build.number,
        url=reverse("build", args=[build.site.slug, build.number]),
        pill=pill,
        title=_("Build {number}").format(number=build.number),
        reason=reason or _outcome(build),
        who=who_asked(build),
        person=build.requested_by,
        at=build.requested_at,
        seconds=took.total_seconds() if took else None,
        environment=build.environment,
        is_live=pill is LIVE,
        is_failed=is_failed,
        content_url="" if reason or build.is_copy else content_url(build),
        bring_back_url=bring_back_url(build) if kept and kept.offers(build) else "",
    )


def bring_back_url(build: Build) -> str:
    """The question whether this version shall be live again."""
    return reverse("bring-back", args=[build.site.slug, build.number])


def content_url(build: Build) -> str:
    """The comparison of a build with what visitors saw before it; empty when nothing is known. Reads `build.base`."""
    if build.base is None or not change_words.total_of(build):
        return ""
    query = urlencode({"from": build.base.number, "to": build.number})
    return f"{reverse('compare', args=[build.site.slug])}?{query}"


def _outcome(build: Build) -> str:
    """What a build that did not fail came to, as far as there is more to say than its state."""
    if pills.is_declined(build):
        return _("Declined: “{reason}”").format(reason=build.error_facts.get("reason", ""))
    if build.is_copy:
        return _copied(build)
    if build.environment.is_for_previews and build.state != State.CANCELED:
        return preview_panel.outcome(build, now())
    if build.superseded_by:
        return _("Build {number} includes these changes").format(number=build.superseded_by.number)
    if build.state == State.CANCELED:
        return _("Stopped before it went live")
    if build.state != State.SUCCEEDED:
        return ""
    count, release = change_words.total_of(build), getattr(build, "release", None)
    words = [change_words.published(count), release_words.pages(release)] if count else [release_words.changed(release)]
    return " · ".join(filter(None, words))


def _copied(build: Build) -> str:
    """Which version a copy put in place, and why if somebody said so."""
    if build.promotes:
        is_preview = build.promotes.environment.is_for_previews
        words = _("The preview of build {number}") if is_preview else _("Copied build {number} of {place}")
        words = words.format(number=build.promotes.number, place=build.promotes.environment.name)
    elif build.brings_back:
        text = _("Brought back build {number}") if build.state == State.SUCCEEDED else _("Bring back build {number}")
        words = text.format(number=build.brings_back.number)
    return f"{words}: “{build.reason}”" if build.reason else words


def who_asked(build: Build) -> str:
    """The person's name, else what made the build start."""
    if build.is_foreign and build.started_by:
        return _("{name} (in GitLab)").format(name=build.started_by)
    return build.requested_by.name if build.requested_by else str(CAUSES[Cause(build.cause)])
