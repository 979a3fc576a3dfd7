"""Live means proved: the site itself names the build."""

from __future__ import annotations

import httpx
import pytest
import time_machine
from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import Proof, Release
from deploys.releases import actions, steps
from tests import scenes

pytestmark = pytest.mark.django_db


def site_that_says(body: object, status: int = 200) -> httpx.MockTransport:
    """A public site whose marker is this."""
    return httpx.MockTransport(lambda request: httpx.Response(status, json=body))


def unproved() -> Release:
    """A green build's release that nobody has seen yet."""
    return actions.record(scenes.make_build(state=State.SUCCEEDED))


def test_the_site_names_the_build() -> None:
    """Proved: the release is the environment's, and the timeline says so."""
    release = unproved()
    steps.confirm(release, site_that_says({"build": str(release.build.key)}))
    release.refresh_from_db()
    assert (release.proof, release.live_at is not None, release.next_check_at) == (Proof.MARKER, True, None)
    release.environment.refresh_from_db()
    assert release.environment.live_release == release
    assert release.build.events.last().note == "Live: the site shows this build"


def test_the_marker_names_release_or_build() -> None:
    """Our publisher writes `release`, other pipelines `build`; where both stand, the release counts."""
    for other in ({}, {"build": "something else"}):
        release = unproved()
        steps.confirm(release, site_that_says({"release": release.host_id} | other))
        release.refresh_from_db()
        assert release.proof == Proof.MARKER
    release = unproved()
    steps.confirm(release, site_that_says({"release": "something else", "build": release.host_id}))
    release.refresh_from_db()
    assert release.proof == Proof.PENDING


def test_the_one_before_is_replaced() -> None:
    """The base moves when a build is live, not before."""
    before = scenes.make_release()
    release = actions.record(scenes.make_build(state=State.SUCCEEDED, environment=before.environment))
    before.environment.refresh_from_db()
    assert before.environment.live_release == before
    steps.confirm(release, site_that_says({"build": str(release.build.key)}))
    before.refresh_from_db()
    assert before.replaced_at is not None


@pytest.mark.parametrize(
    ("answer", "finding"),
    [
        (site_that_says({"build": "something else"}), "The site names another build."),
        (site_that_says({}, 404), "The site answers 404 for its marker."),
        (site_that_says(["x"]), "The site's marker cannot be read."),
        (httpx.MockTransport(lambda request: httpx.Response(200, content=b"x" * 70_000)), "too large"),
        (httpx.MockTransport(lambda request: httpx.Response(302, headers={"Location": "/x"})), "answers 302"),
    ],
)
def test_anything_else_is_no_proof(answer: httpx.MockTransport, finding: str) -> None:
    """No claim without proof; the finding is kept and the next look is set."""
    release = unproved()
    steps.confirm(release, answer)
    release.refresh_from_db()
    assert finding in release.finding
    assert (release.proof, release.live_at) == (Proof.PENDING, None)
    assert release.next_check_at is not None


def test_after_two_minutes_people_are_told_and_the_search_goes_on() -> None:
    """Missing is a finding, not an end: a late proof still counts."""
    release = unproved()
    with time_machine.travel(now().timestamp() + 130):
        steps.confirm(release, site_that_says({}, 404))
        release.refresh_from_db()
        assert (release.proof, release.next_check_at is not None) == (Proof.MISSING, True)
        steps.confirm(release, site_that_says({"build": str(release.build.key)}))
    release.refresh_from_db()
    assert release.proof == Proof.MARKER


def test_a_later_build_was_quicker() -> None:
    """The site shows a newer build already: this release was never seen and is no longer looked for."""
    release = unproved()
    newer = scenes.make_build(state=State.SUCCEEDED, environment=release.environment)
    steps.confirm(release, site_that_says({"build": str(newer.key)}))
    release.refresh_from_db()
    assert (release.live_at, release.replaced_at is not None, release.next_check_at) == (None, True, None)


def test_an_older_build_never_takes_the_place_of_a_newer() -> None:
    """Out of order: the newer release stays the environment's."""
    older = scenes.make_build(state=State.SUCCEEDED)
    newer = scenes.make_release(build=scenes.make_build(state=State.SUCCEEDED, environment=older.environment))
    actions.put_in_place(Release.objects.create(build=older, environment=older.environment))
    newer.environment.refresh_from_db()
    assert newer.environment.live_release == newer
