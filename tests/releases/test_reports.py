"""What a publish did, taken over from the web host: counts, pages, and the proof that visitors get it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploys.lifecycle import State
from deploys.models import Build, HandedReport, HostState, Proof, Release, ReleasePages
from deploys.releases import actions, reports, steps
from deploys.releases.reports import NoReport
from tests import scenes
from tests.hosted import Hosted, pages

pytestmark = pytest.mark.django_db

TOLD: dict[str, Any] = {
    "release": "r1",
    "files": 3,
    "pages": 2,
    "size": 300,
    "sent_bytes": 120,
    "seconds": 0.4,
    "added": ["a/index.html"],
    "changed": ["index.html", "_astro/x.css"],
    "removed": [],
    "invalidation": {"paths": ["/a/", "/a/index.html"], "completed": True, "paths_this_month": 12},
}


@pytest.fixture
def hosted(tmp_path: Path) -> Hosted:
    """An environment with a folder as its web host."""
    return Hosted(tmp_path)


def a_build(hosted: Hosted) -> Build:
    """A build whose pipeline went green."""
    return scenes.make_build(environment=hosted.environment, state=State.SUCCEEDED)


def confirmed(build: Build, hosted: Hosted) -> Release:
    """Look at the site for this build's release once."""
    release = actions.record(build)
    steps.confirm(Release.objects.select_related("environment", "build__site").get(pk=release.pk), hosted.transport)
    release.refresh_from_db()
    return release


def test_the_report_on_the_host_is_taken_over_with_the_proof(hosted: Hosted) -> None:
    """Counts, what differs, the pages with their sizes, and that the host keeps it."""
    build = a_build(hosted)
    hosted.publish(build, pages("hours", "prices"))
    release = confirmed(build, hosted)
    assert (release.proof, release.pages, release.pages_changed, release.files) == (Proof.MARKER, 3, 3, 4)
    assert release.report["counts"] == {"added": 4, "changed": 0, "headers_changed": 0, "removed": 0}
    assert set(ReleasePages.of(release) or {}) == {"index.html", "hours/index.html", "prices/index.html"}
    assert HostState.of(hosted.environment).keeps(release)


def test_what_differs_is_counted_against_the_release_before(hosted: Hosted) -> None:
    """One page edited, one gone: two of the two that are left, and the asset is no page."""
    hosted.live(pages("hours", "prices") | {"style.css": "a"})
    build = a_build(hosted)
    hosted.publish(build, pages("hours") | {"index.html": "<h1>New</h1>", "style.css": "b"}, anyway=True)
    release = confirmed(build, hosted)
    assert (release.pages, release.pages_changed) == (2, 2)
    assert release.report["removed"] == ["prices/index.html"]


def test_a_publish_that_changes_nothing_goes_by_the_name_of_what_was_live(hosted: Hosted) -> None:
    """The host has no release of this build, and yet visitors see exactly what it built."""
    first = hosted.live(pages("hours"))
    build = a_build(hosted)
    hosted.publish(build, pages("hours"))
    release = confirmed(build, hosted)
    assert (release.proof, release.host_id, release.pages_changed) == (Proof.MARKER, str(first.key), 0)
    hosted.environment.refresh_from_db()
    assert hosted.environment.live_release == release


def test_a_page_with_other_bytes_is_no_proof(hosted: Hosted) -> None:
    """The marker is new, but visitors still get an old page: a cache that was not dropped."""
    build = a_build(hosted)
    hosted.publish(build, pages("hours"))
    page = hosted.folder / "host" / "current" / "hours" / "index.html"
    page.unlink()
    page.write_text("<h1>old</h1>")
    release = confirmed(build, hosted)
    assert (release.proof, release.finding) == (Proof.PENDING, "The page /hours/ does not show the new version yet.")


def test_pages_are_not_compared_where_the_host_rewrites_them(tmp_path: Path) -> None:
    """An admin switched it off: the marker alone decides."""
    hosted = Hosted(tmp_path, checks_pages=False)
    build = a_build(hosted)
    hosted.publish(build, pages("hours"))
    page = hosted.folder / "host" / "current" / "index.html"
    page.unlink()
    page.write_text("<h1>rewritten</h1>")
    assert confirmed(build, hosted).proof == Proof.MARKER


def test_pages_prove_where_there_is_no_marker(tmp_path: Path) -> None:
    """The bytes of what changed are as good as a name."""
    hosted = Hosted(tmp_path, marker_url="")
    build = a_build(hosted)
    hosted.publish(build, pages("hours"))
    release = confirmed(build, hosted)
    assert (release.proof, release.is_proved) == (Proof.PAGES, True)


def test_no_report_is_said_and_looked_for_again(hosted: Hosted) -> None:
    """The pipeline was green, but nothing is on the host."""
    release = confirmed(a_build(hosted), hosted)
    assert (release.proof, release.finding) == (Proof.PENDING, "The build left no report on the web host.")


def test_a_report_by_http_waits_for_the_end_of_its_build() -> None:
    """The publish job tells it before GitLab says that the pipeline is over."""
    build = scenes.make_build(state=State.RUNNING)
    reports.hand_over(build, TOLD)
    assert HandedReport.objects.get().build == build
    release = actions.record(build)
    assert (release.host_id, release.pages_changed, release.sent_bytes) == ("r1", 2, 120)
    assert release.report["caches_dropped"] == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"release": ""},
        {"release": 7},
        {"release": "x" * 200},
        {"files": -1},
        {"files": "3"},
        {"files": True},
        {"seconds": "soon"},
        {"added": "index.html"},
        {"added": [1]},
        {"added": ["a\0b"]},
    ],
)
def test_what_is_no_report_is_refused(wrong: dict[str, Any]) -> None:
    """Nothing half is stored."""
    with pytest.raises(NoReport):
        reports.hand_over(scenes.make_build(state=State.RUNNING), TOLD | wrong)
    assert not HandedReport.objects.exists()


def test_long_lists_are_cut_and_counted_whole() -> None:
    """A first publish of a large site does not fill the row."""
    release = scenes.make_release(live=False)
    reports.take(release, TOLD | {"added": [f"{number}/index.html" for number in range(5000)]})
    assert len(release.report["added"]) == reports.MOST_PATHS
    assert (release.report["counts"]["added"], release.pages_changed) == (5000, 5001)
