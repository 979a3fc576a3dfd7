"""What the page of one build shows, read in a number of queries that does not grow."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.builds import approvals, copies, line, rights
from deploys.builds.place import place_of
from deploys.lifecycle import State
from deploys.models import Build, Job, Proof, Step
from deploys.web import (
    clock,
    copied_cards,
    explanations,
    held_back,
    line_words,
    listing,
    pills,
    progress,
    promotion,
    steps,
    timeline,
    versions,
)
from deploys.web.buttons import (
    Button,
    approve,
    bring_back,
    decline,
    retry,
    stop,
    stop_and_retry,
    undo,
    view_preview,
    view_site,
)
from deploys.web.card import CALM_POLL, QUICK_FOR, QUICK_POLL
from deploys.web.card_model import IDLE, ask_words, join, say
from deploys.web.permissions import Visit
from deploys.web.versions import Kept

PROOF_WATCH = timedelta(minutes=15)  # how long the page waits for the proof that a build is live


@dataclass(frozen=True, kw_only=True)
class BuildPage:
    """The page's content. `poll_seconds` is 0 when nothing will change any more."""

    build: Build
    pill: pills.Pill
    sentence: str
    rows: list[steps.Row]
    moments: list[timeline.Moment]
    jobs: list[Job]
    explanation: explanations.Explanation | None
    visitors: str
    main_buttons: list[Button]
    buttons: list[Button]
    poll_seconds: int
    valid_until: datetime
    favicon: str
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def said(self) -> str:
        """The name of what is announced."""
        current = next((row.step.value for row in self.rows if row.is_current), "")
        return f"{self.build.state}-{self.build.pk}-{current}"

    @property
    def announcement(self) -> str:
        """What screen readers hear when it changes."""
        if self.explanation:
            return join(f"{self.explanation.headline}.", self.explanation.visitors_short())
        step = next((row.name for row in self.rows if row.is_current), "")
        return f"{step}." if step and self.build.is_open else f"{self.pill.word}."


def page_of(visit: Visit, build: Build, now: datetime) -> BuildPage:
    """Read what belongs to the build. Its relations come from `visit_build`."""
    jobs = list(build.jobs.all())
    rows = steps.rows_of(build, jobs)
    if build.environment.is_for_previews:
        rows = steps.of_preview(rows)
    explanation = _explanation(visit, build, jobs)
    main = _main_buttons(visit, build, explanation)
    taken = {button.id for button in main}
    return BuildPage(
        build=build,
        pill=pills.pill_of(build),
        sentence=_sentence(build, now),
        rows=rows,
        moments=timeline.moments(build.events.all(), is_held_back=pills.is_held_back(build)),
        jobs=jobs if rights.may_read_log(visit.role) else [],
        explanation=explanation,
        visitors=explanation.visitors(build.environment, now) if explanation else "",
        main_buttons=main,
        buttons=[button for button in _buttons(visit, build, jobs, now) if button.id not in taken],
        poll_seconds=_pace(build.outcome, now),
        valid_until=now + (progress.tick(build) if build.is_open and build.usual else IDLE),
        favicon=_favicon(build),
    )


def is_going_live(jobs: list[Job]) -> bool:
    """True past the last safe point."""
    return any(job.step == Step.GOING_LIVE and job.status in {"running", "success"} for job in jobs)


def _explanation(visit: Visit, build: Build, jobs: list[Job]) -> explanations.Explanation | None:
    if build.state not in {State.FAILED, State.LOST}:
        return None
    touched = any(job.step == Step.GOING_LIVE and job.started_at for job in jobs)
    if build.environment.is_for_previews:
        touched = False  # visitors see another address
    elif build.is_copy:
        touched = explanations.copy_touched_the_site(build)
    repeats = explanations.same_class_in_a_row(build)
    return explanations.explain(build, touched=touched, repeats=repeats, role=visit.role)


def _sentence(build: Build, now: datetime) -> str:
    if build.copied:
        return _sentence_of_copy(build, build.copied, now)
    begun = clock.when(build.requested_at, now)
    who = listing.who_asked(build)
    first = say(_("Started by {name} {time}"), name=who, time=begun)
    if build.approved_by:
        first = say(_("{first}, approved by {name}"), first=first, name=build.approved_by.name)
    took = clock.duration(build.took.total_seconds()) if build.took else ""
    if not took:
        return join(say("{first}.", first=first), _place(build, now))
    if build.superseded_by:
        return join(say(_("{first}, replaced after {took}."), first=first, took=took), line_words.taken_over(build))
    if build.state == State.CANCELED and build.cancel_requested_by:
        name = build.cancel_requested_by.name
        if pills.is_declined(build):
            reason = str(build.error_facts.get("reason", ""))
            return say(_("{first}, declined by {name}: “{reason}”."), first=first, name=name, reason=reason.rstrip("."))
        return say(_("{first}, stopped by {name} after {took}."), first=first, name=name, took=took)
    if build.state == State.SUCCEEDED:
        return say(_("{first}, took {took}."), first=first, took=took)
    return say(_("{first}, stopped after {took}."), first=first, took=took)


def _place(build: Build, now: datetime) -> str:
    """Where it stands in line and when its turn comes, unless something else keeps it there."""
    if build.state != State.QUEUED or not line.may_leave(build, now):
        return ""
    place = place_of(build, now)
    ahead = ngettext("{count} goes first.", "{count} go first.", place.ahead).format(count=place.ahead)
    return join(ahead if place.ahead else "", line_words.start(place))


def _sentence_of_copy(build: Build, copied: Build, now: datetime) -> str:
    """Who put which version in place, with a link to the build that made it."""
    text = {
        State.SUCCEEDED: _("{name} brought back {original}, {time}, took {took}."),
        State.CANCELED: _("{name} asked to bring back {original}, {time}; stopped after {took}."),
        State.FAILED: _("{name} asked to bring back {original}, {time}; it failed after {took}."),
    }.get(State(build.state), _("{name} asked to bring back {original}, {time}."))
    if build.promotes_id:
        text = _sentence_of_promotion(build, copied)
    original = say(
        '<a id="original" href="{url}">{words}</a>',
        url=reverse("build", args=[build.site.slug, copied.number]),
        words=_("build {number}").format(number=copied.number),
    )
    return say(
        text,
        name=listing.who_asked(build),
        original=original,
        place=copied.environment.name,
        time=clock.when(build.requested_at, now),
        took=clock.duration(build.took.total_seconds()) if build.took is not None else "",
    )


def _sentence_of_promotion(build: Build, copied: Build) -> str:
    went_well = build.state == State.SUCCEEDED
    if copied.environment.is_for_previews:
        return (
            _("{name} published the preview of {original} as it was, {time}, in {took}.")
            if went_well
            else _("{name} asked to publish the preview of {original} as it is, {time}.")
        )
    return (
        _("{name} copied {original} of {place} here, {time}, in {took}.")
        if went_well
        else _("{name} asked to copy {original} of {place} here, {time}.")
    )


def _main_buttons(visit: Visit, build: Build, explanation: explanations.Explanation | None) -> list[Button]:
    """The buttons of the explanation, the main one first."""
    if explanation is None:
        return []
    if explanation.main == "cms":
        open_page = Button(
            id="open-cms",
            label=_("Open the page in the CMS"),
            url=explanation.edit_url,
            posts=False,
            tone="primary",
            icon="edit",
        )
        return [open_page, *_retry(visit, build, "")]
    if explanation.main == "site":
        return [view_site(build.environment, tone="primary"), *_retry(visit, build, "")]
    again = _retry(visit, build, "primary" if explanation.main == "retry" else "")
    if pills.is_held_back(build) and not build.is_copy:
        return [*again, held_back.anyway_button(visit.role, build)]
    return again


def _retry(visit: Visit, build: Build, tone: str) -> list[Button]:
    if build.is_copy:
        return copied_cards.again_buttons(visit.role, build, tone=tone, back=True)
    if rights.may_publish(visit.role, build.environment):
        return [retry(build, tone=tone)]
    names = [person.name for person in rights.who_may_publish(build.environment)]
    reason = ask_words(names)
    plain = retry(build)
    return [Button(id=plain.id, label=plain.label, url=plain.url, icon=plain.icon, off=reason)]


def _buttons(visit: Visit, build: Build, jobs: list[Job], now: datetime) -> list[Button]:
    if line.waits_for_approval(build):
        can = approvals.may_approve(build, visit.user)
        answer = [approve(build), decline(build)] if can else [approve(build, _("See what is in it"), tone="")]
        return [*answer, *([] if can else _stop(visit, build, jobs))]
    if build.is_open:
        return _stop(visit, build, jobs)
    if build.state in {State.CANCELED, State.FAILED, State.LOST}:
        return _retry(visit, build, "")
    if build.environment.is_for_previews:
        return [view_preview(build)] if build.preview.can_be_opened(now) else []
    site = [view_site(build.environment)] if pills.pill_of(build) is pills.LIVE else []
    return [*site, *_version_buttons(visit, build)]


def _version_buttons(visit: Visit, build: Build) -> list[Button]:
    """The way back to this version, or away from it. One query where the web host keeps versions."""
    if build.state != State.SUCCEEDED or build.promotes_id:
        return []
    if build.brings_back_id:
        is_live = build.environment.live_release_id == build.release.pk if hasattr(build, "release") else False
        may = rights.may_bring_back(visit.role, build.environment)
        return [undo(build)] if is_live and may and copies.can_be_undone(build) else []
    promote = promotion.button_of(visit, build)
    kept = Kept.of([build.environment], visit.role)
    off = versions.live_words() if kept.is_live(build) else kept.why_not(build)
    if not off and not kept.allowed:
        off = versions.no_right_words(build.environment)
    return [*([promote] if promote else []), bring_back(build, off=off, tone="bad", back=True)]


def _stop(visit: Visit, build: Build, jobs: list[Job]) -> list[Button]:
    if not rights.may_stop(visit.user, visit.role, build):
        return []
    if build.state == State.UNKNOWN:
        return [stop_and_retry(build, _("It did not start: try again"))]
    if build.cancel_requested_at:
        return [stop(build, off=_("Stopping now."))]
    if is_going_live(jobs) or (build.is_copy and build.state != State.QUEUED):
        return [stop(build, off=_("Too late to stop."))]
    if build.state == State.QUEUED:
        return [stop(build, _("Leave the line"))]
    return [stop(build, _("Stop this preview") if build.environment.is_for_previews else "")]


def _pace(build: Build, now: datetime) -> int:
    if build.is_open:
        return QUICK_POLL if now - build.requested_at < QUICK_FOR else CALM_POLL
    release = getattr(build, "release", None)
    waits = release is not None and release.proof == Proof.PENDING
    fresh = build.finished_at is not None and now - build.finished_at < PROOF_WATCH
    return QUICK_POLL if waits and fresh else 0


def _favicon(build: Build) -> str:
    if build.is_open:
        return "building"
    if pills.is_held_back(build):
        return "waiting"
    if build.state in {State.FAILED, State.LOST}:
        return "failed"
    return "ok" if build.state == State.SUCCEEDED else "idle"
