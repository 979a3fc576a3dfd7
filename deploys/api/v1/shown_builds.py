"""A build as the API shows it: the same words as the pages, beside the states that programs read."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.utils.timezone import now
from ninja import Schema
from pydantic import Field

from deploys.api.v1.places import address
from deploys.builds import line
from deploys.lifecycle import State
from deploys.models import Build, Cause, Proof
from deploys.web import explanations
from deploys.web.listing import who_asked
from deploys.web.pills import pill_of

FAILED = frozenset({State.FAILED, State.LOST})


class Words(Schema):
    """What people read beside it."""

    word: str = Field(description="The word on the page.", examples=["Live"])
    tone: str = Field(description="idle, run, ok, warn or bad.", examples=["ok"])


class Failure(Schema):
    """Why a build did not go well."""

    error_class: str = Field(description="For programs; docs/failures.md lists them.", examples=["build_command"])
    headline: str = Field(description="For people.", examples=["The site could not be built"])


class Counts(Schema):
    """Entries that differ."""

    new: int = Field(0, ge=0)
    edited: int = Field(0, ge=0)
    removed: int = Field(0, ge=0)


class ShownBuild(Schema):
    """One build."""

    self: str = Field(description="Its address here.", examples=["/api/v1/sites/museum/builds/42"])
    page: str = Field(description="Its page for people.", examples=["/sites/museum/builds/42/"])
    site: str = Field(examples=["museum"])
    environment: str = Field(examples=["live"])
    number: int = Field(description="Counts per site.", examples=[42])
    state: State = Field(description="Where it stands; docs/lifecycle.md explains the states.")
    status: Words
    is_open: bool = Field(description="In line or under way.")
    is_settled: bool = Field(
        description="Ended, and nobody looks any more whether visitors see it. Wait until this is true."
    )
    is_live: bool = Field(description="Visitors see it: the site itself was seen to show it.")
    is_proved: bool | None = Field(
        description="The site was seen to show it, then or now. null: that is not known (yet)."
    )
    waits_for: str | None = Field(
        description="Of a build in line: approval (a second person has to read it), pause, or turn; else null."
    )
    cause: Cause = Field(description="What made it start.")
    requested_by: str = Field(description="Who asked, or what.", examples=["Mei Okafor"])
    requested_by_id: int | None = Field(description="To choose builds by; null where no person asked.", examples=[7])
    reason: str = Field(description="Why, in their words; may be empty.")
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None = Field(description="From the request to the end; null while it is open.")
    failure: Failure | None
    change_counts: Counts | None = Field(description="Against what visitors saw when it started; null: not known.")
    retry_of: int | None = Field(description="The number of the build that it was asked for again after.")
    brings_back: int | None = Field(description="The number of the build whose files it puts back.")
    superseded_by: int | None = Field(description="The number of the later build that took its changes along.")
    pipeline_url: str = Field(description="Its pipeline in GitLab; empty while there is none.")
    commit: str = Field(description="Empty until GitLab has told it.")

    @classmethod
    def of(cls, build: Build) -> Self:
        """Show a build; select what `listing.SHOWN` names."""
        pill, release = pill_of(build), getattr(build, "release", None)
        is_live = release is not None and release.is_proved and release.pk == build.environment.live_release_id
        return cls(
            self=address("build", site=build.site.slug, number=build.number),
            page=build.get_absolute_url(),
            site=build.site.slug,
            environment=build.environment.slug,
            number=build.number,
            state=State(build.state),
            status=Words(word=str(pill.word), tone=pill.tone),
            is_open=build.is_open,
            is_settled=build.is_ended and not (release and release.proof == Proof.PENDING),
            is_live=is_live,
            is_proved=_is_proved(build),
            waits_for=_waits_for(build),
            cause=Cause(build.cause),
            requested_by=who_asked(build),
            requested_by_id=build.requested_by_id,
            reason=build.reason,
            requested_at=build.requested_at,
            started_at=build.started_at or build.claimed_at,
            finished_at=build.finished_at,
            seconds=round(build.took.total_seconds(), 1) if build.took else None,
            failure=_failure(build),
            change_counts=Counts(**build.change_counts) if build.change_counts is not None else None,
            retry_of=build.retry_of.number if build.retry_of else None,
            brings_back=build.brings_back.number if build.brings_back else None,
            superseded_by=build.superseded_by.number if build.superseded_by else None,
            pipeline_url=build.pipeline_url,
            commit=build.sha,
        )


def _is_proved(build: Build) -> bool | None:
    release = getattr(build, "release", None)
    if release is None or release.proof in {Proof.PENDING, Proof.UNCHECKED}:
        return None
    return bool(release.is_proved)


def _waits_for(build: Build) -> str | None:
    if build.state != State.QUEUED:
        return None
    if line.waits_for_approval(build):
        return "approval"
    return "pause" if line.is_paused(build, now()) else "turn"


def _failure(build: Build) -> Failure | None:
    if build.state not in FAILED:
        return None
    return Failure(error_class=build.error_class or "unknown", headline=explanations.headline_of(build))
