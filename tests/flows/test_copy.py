"""A kept release copied on the web host by the worker: brought back, put right, promoted, killed on the way."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils.timezone import now

from deploys.builds import copies
from deploys.builds.steps import copy, start, stop, sweep
from deploys.lifecycle import State
from deploys.models import Build, BuildContent, HostState, Proof, Release
from deploys.releases import hosting, steps
from publisher.errors import Unavailable
from tests import scenes
from tests.hosted import Hosted, pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def hosted(tmp_path: Path) -> Hosted:
    """A web host in a folder."""
    return Hosted(tmp_path)


def run(build: Build) -> Build:
    """Let a worker carry the copy out."""
    copy.run(build.pk)
    return Build.objects.select_related("environment").get(pk=build.pk)


def look(build: Build, hosted: Hosted) -> Release:
    """Look at the public site for the copy's release."""
    release = Release.objects.select_related("environment", "build__site").get(build=build)
    steps.confirm(release, hosted.transport)
    release.refresh_from_db()
    return release


def test_an_earlier_version_comes_back_without_a_pipeline(hosted: Hosted) -> None:
    """The host serves the old bytes, the site proves it, and nothing replaces it by itself."""
    first = hosted.live(pages("hours", text="one"))
    second = hosted.live(pages("hours", text="two"))
    build = run(copies.bring_back(build=first, actor=None))
    assert (build.state, build.pipeline_id, build.base) == (State.SUCCEEDED, None, second)
    assert hosted.served("hours/index.html") == "<h1>hours one</h1>"
    release = look(build, hosted)
    assert (release.proof, release.host_id, release.pages_changed) == (Proof.MARKER, str(first.key), 2)
    hosted.environment.refresh_from_db()
    assert (hosted.environment.live_release, hosted.environment.held_by) == (release, build)
    assert [event.new for event in build.events.all()] == ["", "starting", "", "succeeded", ""]


def test_it_carries_the_content_of_the_version_that_came_back(hosted: Hosted) -> None:
    """So that everything newer is listed as waiting."""
    source = scenes.make_source(site=hosted.environment.site)
    scenes.store_entries(source, [scenes.make_entry("hours")])
    first = hosted.live(pages(text="one"))
    scenes.carry(first, source)
    scenes.store_entries(source, [scenes.make_entry("hours"), scenes.make_entry("prices")])
    second = hosted.live(pages(text="two"))
    scenes.carry(second, source)
    build = run(copies.bring_back(build=first, actor=None))
    assert BuildContent.objects.get(build=build).seq == BuildContent.objects.get(build=first).seq
    assert build.change_counts == {"removed": 1}


def test_start_hands_a_copy_to_a_task_of_its_own(hosted: Hosted, told: list[tuple[str, int]]) -> None:
    """A large site takes longer than a start may."""
    first = hosted.live(pages(text="one"))
    hosted.live(pages(text="two"))
    build = copies.bring_back(build=first, actor=None)
    start.start(build.pk)
    assert told == [("builds.tasks.copy_release", build.pk)]
    build.refresh_from_db()
    assert build.state == State.QUEUED


def test_what_is_live_is_put_right(hosted: Hosted) -> None:
    """Somebody overwrote a file by hand: the published one comes back."""
    live = hosted.live(pages("hours"))
    page = hosted.folder / "host" / "current" / "hours" / "index.html"
    page.unlink()
    page.write_text("<h1>by hand</h1>")
    hosted.environment.host.trouble = "changed_by_hand"
    hosted.environment.host.save()
    build = run(copies.bring_back(build=live, actor=None))
    assert (build.state, build.error_facts) == (State.SUCCEEDED, {})
    assert hosted.served("hours/index.html") == "<h1>hours Hello</h1>"
    hosted.environment.host.refresh_from_db()
    assert HostState.objects.due_for_a_check().get() == hosted.environment.host
    assert hosted.environment.host.compared_at is None


def test_what_would_vanish_holds_it_back(hosted: Hosted) -> None:
    """Unless the person has read the list and said so."""
    small = hosted.live(pages("hours"))
    hosted.live(pages("hours", "prices", "groups", "cafe"))
    build = run(copies.bring_back(build=small, actor=None))
    assert (build.state, build.error_class) == (State.FAILED, "held_back")
    assert build.error_facts["count"] == 3
    assert hosted.served("cafe/index.html")
    assert run(copies.bring_back(build=small, actor=None, anyway=True)).state == State.SUCCEEDED
    assert not (hosted.folder / "host" / "current" / "cafe").exists()


def test_a_host_that_does_not_answer_is_asked_again(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lease is given back, the words say why, and the sweep goes on with it."""
    first = hosted.live(pages(text="one"))
    hosted.live(pages(text="two"))

    def silent(*_: Any, **__: Any) -> None:
        raise Unavailable("No answer from the bucket.")

    with monkeypatch.context() as broken:
        broken.setattr(hosting.publisher, "bring_back", silent, raising=False)
        build = run(copies.bring_back(build=first, actor=None))
    assert (build.state, build.waiting_note) == (State.STARTING, "The web host: No answer from the bucket.")
    Build.objects.filter(pk=build.pk).update(lease_until=now() - timedelta(seconds=1))
    assert run(build).state == State.SUCCEEDED


def test_a_version_that_was_given_up_meanwhile(hosted: Hosted) -> None:
    """The host does not keep it any more: it ends in words, and the site is as it was."""
    first = hosted.live(pages(text="one"))
    hosted.live(pages(text="two"))
    build = copies.bring_back(build=first, actor=None)
    hosting.Host(hosted.environment).prune(keep=1, keep_days=0)
    build = run(build)
    assert (build.state, build.error_class) == (State.FAILED, "not_kept")
    assert hosted.served("index.html") == "<h1>two</h1>"


def test_a_worker_that_was_killed_is_followed_by_another(hosted: Hosted) -> None:
    """The lease lapses, the sweep wakes the build, and the second run finds the work done."""
    first = hosted.live(pages(text="one"))
    hosted.live(pages(text="two"))
    build = copies.bring_back(build=first, actor=None)
    claimed = copy.claim(build.pk)
    assert claimed is not None
    hosting.Host(hosted.environment).bring_back(str(first.key), anyway=False, told=lambda progress: None)
    Build.objects.filter(pk=build.pk).update(lease_until=now() - timedelta(seconds=1))
    build = run(build)
    assert (build.state, build.attempts) == (State.SUCCEEDED, 2)
    assert look(build, hosted).is_proved


def test_a_worker_that_comes_back_late_changes_nothing(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one took the build over while it was frozen."""
    first = hosted.live(pages(text="one"))
    hosted.live(pages(text="two"))
    build = copies.bring_back(build=first, actor=None)
    bring_back = hosting.publisher.bring_back

    def frozen(*given: Any, **chosen: Any) -> Any:
        done = bring_back(*given, **chosen)
        overtaken.set()
        return done

    overtaken = threading.Event()
    monkeypatch.setattr(hosting.publisher, "bring_back", frozen, raising=False)
    renew = copy._Run._renew

    def taken_over(self: Any) -> None:
        Build.objects.filter(pk=build.pk).update(attempts=2)
        renew(self)

    monkeypatch.setattr(copy._Run, "_renew", taken_over)
    after = run(build)
    assert overtaken.is_set()
    assert (after.state, Release.objects.filter(build=build).exists()) == (State.STARTING, False)


def test_a_copy_whose_time_is_over_fails_in_words(hosted: Hosted) -> None:
    """The host did not answer for half an hour."""
    first = hosted.live(pages(text="one"))
    hosted.live(pages(text="two"))
    build = copies.bring_back(build=first, actor=None)
    copy.claim(build.pk)
    Build.objects.filter(pk=build.pk).update(deadline_at=now() - timedelta(seconds=1), waiting_note="The web host: no.")
    stop.give_up(build.pk)
    build.refresh_from_db()
    assert (build.state, build.error_class) == (State.FAILED, "host_unreachable")


def test_the_next_in_line_goes_on_after_a_copy(
    hosted: Hosted, told: list[tuple[str, int]], django_capture_on_commit_callbacks: Any
) -> None:
    """Publish, pressed after a bring-back, is woken at its end."""
    first = hosted.live(pages(text="one"))
    hosted.live(pages(text="two"))
    build = copies.bring_back(build=first, actor=None)
    waiting = scenes.make_build(environment=hosted.environment)
    with django_capture_on_commit_callbacks(execute=True):
        run(build)
    assert ("builds.tasks.start_build", waiting.pk) in told
    sweep.sweep()


def test_staging_is_promoted_by_copies(tmp_path: Path) -> None:
    """The live site shows staging's bytes under a name of its own."""
    live = Hosted(tmp_path / "live")
    staging = Hosted(tmp_path / "staging", site=live.environment.site, slug="staging")
    live.live(pages("hours", text="old"))
    built = staging.live(pages("hours", text="new"), address="https://staging.example/")
    build = run(copies.promote(build=built, environment=live.environment, actor=_admin(live)))
    assert (build.state, build.error_facts) == (State.SUCCEEDED, {})
    assert live.served("hours/index.html") == "<h1>hours new</h1>"
    assert look(build, live).host_id == str(build.key)


def _admin(hosted: Hosted) -> Any:
    return scenes.make_person("admin", site=hosted.environment.site)


def test_the_worker_touches_the_database_from_one_thread(hosted: Hosted) -> None:
    """A connection of another thread would never be closed."""
    first = hosted.live(pages(text="one"))
    hosted.live(pages(text="two"))
    build = copies.bring_back(build=first, actor=None)
    me = threading.get_ident()
    threads: set[int] = set()

    def note(execute: Any, *given: Any) -> Any:
        threads.add(threading.get_ident())
        return execute(*given)

    with connection.execute_wrapper(note):
        run(build)
    assert threads == {me}
