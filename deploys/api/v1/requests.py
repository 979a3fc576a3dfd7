"""Asking for builds: publish, stop, try again, bring back. The same actions and rights as the buttons of the pages."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from deploys.api.v1 import confirming, places
from deploys.api.v1.auth import PUBLISH
from deploys.api.v1.idempotency import once
from deploys.api.v1.problems import Problem
from deploys.api.v1.shown_builds import ShownBuild
from deploys.api.v1.shown_problems import CHANGING
from deploys.api.v1.types import BuildNumber, EnvironmentSlug, Given, SiteSlug, Words
from deploys.builds import actions, copies, rights
from deploys.builds.actions import NotAllowed
from deploys.models import Build, Cause, Environment
from deploys.web import versions

router = Router(tags=["builds"], auth=PUBLISH)

MADE, JOINED = 201, 200


class Publish(Given):
    """What is said with a request to publish."""

    confirm: str = Field("", max_length=64, description="From the answer 409 of type …:confirm; empty at first.")


class BringBack(Given):
    """What is said with a request to bring an earlier version back."""

    confirm: str = Field("", max_length=64, description="From the answer 409 of type …:confirm; empty at first.")
    reason: Words | None = Field(None, description="Why; everybody reads it in the history.")


@router.post(
    "/sites/{site}/environments/{environment}/builds",
    response={MADE: ShownBuild, JOINED: ShownBuild, **CHANGING},
    url_name="publish",
    operation_id="request_build",
    summary="Publish",
)
@once
def publish(request: HttpRequest, site: SiteSlug, environment: EnvironmentSlug, body: Publish) -> Status[ShownBuild]:
    """Ask for a build: 201 for a new one, 200 for the one in line that this request joins.

    Where the environment asks first, 409 of type …:confirm lists what goes live. Where a second person has to approve,
    the build waits for them (`waits_for`).
    """
    visit, place = places.environment(request, site, environment)
    place.lock()
    newest = _newest(place)
    # Whoever may not publish, or cannot yet, is told so by the action, not asked.
    can = rights.may_publish(visit.role, place) and not place.missing_settings()
    is_asked = can and confirming.publish(visit, place, body.confirm)
    asked = actions.ask(environment=place, actor=visit.user, cause=Cause.API, role=visit.role, is_asked_twice=is_asked)
    status = MADE if asked.build.number > newest else JOINED
    return Status(status, _shown(request, asked.build))


@router.post(
    "/sites/{site}/builds/{int:number}/cancel",
    response={200: ShownBuild, **CHANGING},
    url_name="cancel-build",
    operation_id="cancel_build",
    summary="Stop a build",
)
@once
def cancel(request: HttpRequest, site: SiteSlug, number: BuildNumber) -> Status[ShownBuild]:
    """Stop a build: at once while it is in line, else GitLab is asked to. 409 when it is over or going live."""
    visit, build = places.build(request, site, number)
    actions.cancel(build=build, actor=visit.user)
    return Status(200, _shown(request, build))


@router.post(
    "/sites/{site}/builds/{int:number}/retry",
    response={MADE: ShownBuild, JOINED: ShownBuild, **CHANGING},
    url_name="retry-build",
    operation_id="retry_build",
    summary="Ask for a build again",
)
@once
def retry(request: HttpRequest, site: SiteSlug, number: BuildNumber) -> Status[ShownBuild]:
    """Ask for a new build in place of one that has ended. An earlier version is brought back again by bring-back."""
    visit, build = places.build(request, site, number)
    if build.is_open:
        raise Problem(409, "not-ended", "This build has not ended. Stop it first, or wait.")
    if build.brings_back:
        words = f"This build brought build {build.brings_back.number} back. Ask for that: …/bring-back."
        raise Problem(409, "is-a-copy", words)
    build.environment.lock()
    newest = _newest(build.environment)
    made = actions.request(environment=build.environment, actor=visit.user, cause=Cause.API, retry_of=build)
    return Status(MADE if made.number > newest else JOINED, _shown(request, made))


@router.post(
    "/sites/{site}/builds/{int:number}/bring-back",
    response={MADE: ShownBuild, **CHANGING},
    url_name="bring-back",
    operation_id="bring_back",
    summary="Bring an earlier version back",
)
@once
def bring_back(request: HttpRequest, site: SiteSlug, number: BuildNumber, body: BringBack) -> Status[ShownBuild]:
    """Have the files of this build live again, without building. Always to be confirmed: 409 says what follows."""
    visit, build = places.build(request, site, number)
    anyway = confirming.bringing_back(visit, build, body.confirm)
    try:
        made = copies.bring_back(
            build=build, actor=visit.user, reason=body.reason or "", anyway=anyway, cause=Cause.API
        )
    except NotAllowed as refusal:
        raise Problem(403, "role", versions.no_right_words(build.environment)) from refusal
    return Status(MADE, _shown(request, made))


def _newest(environment: Environment) -> int:
    return environment.builds.order_by("-number").values_list("number", flat=True).first() or 0


def _shown(request: HttpRequest, build: Build) -> ShownBuild:
    """The build as it stands now."""
    _visit, fresh = places.build(request, build.site.slug, build.number)
    return ShownBuild.of(fresh)
