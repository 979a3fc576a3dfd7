"""A preview goes live as it is: copied on the web host by the real publisher, checked once more, safe from deletion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import now

import publisher
from deploys.builds import actions, copies, previews
from deploys.builds.steps import copy
from deploys.content import comparison
from deploys.gitlab.connect import connect
from deploys.lifecycle import State
from deploys.models import Build, BuildContent, ContentSource, Environment, Preview, Proof, Release, Role, User
from deploys.releases import expiry, steps
from tests import scenes
from tests.content.feeds import MAPPING, Feed, page
from tests.flows.world import World
from tests.hosted import pages
from tests.preview_scenes import SHA, PreviewHost
from tests.publisher import servers
from tests.publisher.hosts import BucketHost
from tests.scenes import make_entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def host(tmp_path: Path) -> PreviewHost:
    """A live site of two pages, and a preview with a draft that has been published since."""
    found = PreviewHost(tmp_path)
    found.holds(make_entry("hours"))
    found.publish(pages("hours", "prices"))
    found.holds(make_entry("hours"), make_entry("cafe", status="draft"))
    found.preview(pages("hours", "prices", "cafe"))
    found.holds(make_entry("hours"), make_entry("cafe"))
    return found


@pytest.fixture
def editor(host: PreviewHost) -> User:
    """Somebody who may publish."""
    return scenes.make_person(Role.EDITOR, site=host.site)


def ask(host: PreviewHost, actor: User, **facts: Any) -> Build:
    """Press "Publish this preview"."""
    preview = Preview.objects.get()
    build = Build.objects.select_related("environment__site", "site", "preview", "release").get(pk=preview.build_id)
    return copies.promote(build=build, environment=host.live.environment, actor=actor, **facts)


def run(build: Build) -> Build:
    """Let a worker carry the copy out."""
    copy.run(build.pk)
    return Build.objects.select_related("environment", "base").get(pk=build.pk)


def test_the_live_site_shows_the_previews_bytes(host: PreviewHost, editor: User) -> None:
    """Without a pipeline, proved like any publish; and then nothing waits, as the draft is live."""
    live = Environment.objects.get(pk=host.live.environment.pk)
    assert comparison.waiting(live, now()).counts == {"new": 1}
    build = run(ask(host, editor))
    assert (build.state, build.error_facts, build.pipeline_id) == (State.SUCCEEDED, {}, None)
    assert host.live.served("cafe/index.html") == "<h1>cafe Hello</h1>"
    release = Release.objects.select_related("environment", "build__site").get(build=build)
    steps.confirm(release, host.live.transport)
    release.refresh_from_db()
    assert (release.proof, release.host_id) == (Proof.MARKER, str(build.key))
    live.refresh_from_db()
    assert (live.live_release, build.change_counts) == (release, {"new": 1})
    assert not comparison.waiting(live, now()).changes
    content = BuildContent.objects.get(build=build)
    assert (content.seq, content.seq_after) == (host.source.seq, host.source.seq)


def test_it_can_be_taken_back(host: PreviewHost, editor: User) -> None:
    """The version before is kept."""
    first = Release.objects.get(environment=host.live.environment).build
    promoted = run(ask(host, editor))
    steps.confirm(Release.objects.select_related("environment", "build__site").get(build=promoted), host.live.transport)
    publisher_ = scenes.make_person(Role.PUBLISHER, site=host.site)
    back = run(copies.bring_back(build=first, actor=publisher_, anyway=True))
    assert back.state == State.SUCCEEDED
    assert not (host.live.folder / "host" / "current" / "cafe").exists()


def test_it_is_refused_when_something_was_saved_meanwhile(host: PreviewHost, editor: User) -> None:
    """Between the press and the copy; the live site stays as it is and the words say what it was."""
    asked = ask(host, editor)
    host.holds(make_entry("hours"), make_entry("cafe", status="draft"))
    build = run(asked)
    assert (build.state, build.error_class) == (State.FAILED, "preview_differs")
    assert "“Cafe”" in build.error_facts["detail"]
    assert not (host.live.folder / "host" / "current" / "cafe").exists()
    assert not BuildContent.objects.filter(build=build).exists()


def test_the_cms_is_read_anew_before_it_is_copied(host: PreviewHost, editor: User) -> None:
    """What nobody has read yet counts: here somebody takes the page offline a second before the press."""
    with Feed() as feed:
        feed.entries = [page("hours"), page("cafe", status="draft")]
        config = {"url": f"http://{feed.host}/entries", "items": "items", "total": "total", "mapping": MAPPING}
        ContentSource.objects.update(config=config, allowed_private_hosts=[feed.host], tried_from=None)
        build = run(ask(host, editor))
    assert (build.state, build.error_class) == (State.FAILED, "preview_differs")
    assert feed.calls


def test_a_source_that_cannot_be_read_stops_it(host: PreviewHost, editor: User) -> None:
    """Nobody would know whether drafts are in it."""
    with Feed() as feed:
        feed.refuse = 500
        config = {"url": f"http://{feed.host}/entries", "items": "items", "total": "total", "mapping": MAPPING}
        ContentSource.objects.update(config=config, allowed_private_hosts=[feed.host], tried_from=None)
        build = run(ask(host, editor))
    assert (build.error_class, "could not be read" in build.error_facts["detail"]) == ("preview_differs", True)


def test_gitlab_is_asked_for_the_design(make_world: Any, tmp_path: Path) -> None:
    """A commit that no build has shown yet; the same commit lets it through."""
    world: World = make_world()
    host = PreviewHost(tmp_path / "host")
    Environment.objects.filter(site=host.site).update(gitlab_project=world.row)
    host.holds(make_entry("hours"))
    host.publish(pages("hours"))
    host.preview(pages("hours"))
    editor = scenes.make_person(Role.EDITOR, site=host.site)
    build = run(ask(host, editor))
    assert build.error_facts == {"detail": "The design of the live site is another one by now."}
    with connect(world.row) as gitlab:
        Build.objects.filter(sha=SHA).update(sha=gitlab.branch_head("main"))
    assert run(ask(host, editor)).state == State.SUCCEEDED


def test_nothing_is_deleted_while_it_is_copied(host: PreviewHost, editor: User) -> None:
    """Neither because its time ends meanwhile nor by a person; afterwards it goes as planned."""
    asked = ask(host, editor)
    preview = Preview.objects.select_related("build__environment__site", "build__site").get()
    with pytest.raises(previews.BeingCopied):
        previews.delete(build=preview.build, actor=editor)
    Preview.objects.update(expires_at=now())
    assert not Preview.objects.to_delete().exists()
    expiry.delete(preview)  # a task that was told before the press
    preview.refresh_from_db()
    assert (preview.deleted_at, Path(preview.target, ".releases").exists()) == (None, True)
    Preview.objects.update(expires_at=preview.build.requested_at + previews.A_DAY)
    assert run(asked).state == State.SUCCEEDED
    Preview.objects.update(expires_at=now())
    expiry.delete(Preview.objects.to_delete().get())
    assert not Path(preview.target).exists()
    assert host.live.served("cafe/index.html")


def test_one_whose_time_ended_in_line_is_still_copied(host: PreviewHost, editor: User) -> None:
    """It was asked for in time, and its files are there."""
    asked = ask(host, editor)
    Preview.objects.update(expires_at=now())
    assert run(asked).state == State.SUCCEEDED


def test_who_may(host: PreviewHost, editor: User) -> None:
    """Whoever may publish; much of the site vanishes only when a publisher says so."""
    with pytest.raises(actions.NotAllowed):
        ask(host, scenes.make_person(Role.READER, site=host.site))
    with pytest.raises(actions.NotAllowed):
        ask(host, editor, anyway=True)
    Environment.objects.filter(pk=host.live.environment.pk).update(publish_role=Role.ADMIN)
    host.live.environment.refresh_from_db()
    with pytest.raises(actions.NotAllowed):
        ask(host, scenes.make_person(Role.PUBLISHER, site=host.site))


@pytest.fixture(scope="module")
def bucket_address() -> Iterator[str]:
    """An S3 server in a process of its own."""
    url, stop = servers.start_moto()
    yield url
    stop()


def test_within_one_bucket(bucket_address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The live site stands at the root, its previews below previews/: no file is sent but the marker."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", servers.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", servers.SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", bucket_address)
    bucket = BucketHost(bucket_address, "museum")
    host = PreviewHost(tmp_path, target=f"{bucket.target}/previews")
    Environment.objects.filter(pk=host.live.environment.pk).update(target=bucket.target)
    host.live.environment.refresh_from_db()
    host.holds(make_entry("hours"))
    host.publish(pages("hours", "prices"))
    preview = host.preview(pages("hours", "prices") | {"index.html": "<h1>New</h1>"})
    build = run(ask(host, scenes.make_person(Role.EDITOR, site=host.site)))
    assert (build.state, build.error_facts) == (State.SUCCEEDED, {})
    served = bucket.served()
    assert served["index.html"] == b"<h1>New</h1>"
    assert served[f"previews/{preview.label}/index.html"] == b"<h1>New</h1>"
    assert str(build.key).encode() in served["buildhub.json"]
    assert Release.objects.get(build=build).sent_bytes == len(served["buildhub.json"])
    Preview.objects.update(expires_at=now())
    expiry.delete(Preview.objects.to_delete().get())
    assert not [key for key in bucket.served() if key.startswith("previews/")]
    assert publisher.verify(bucket.target).is_as_published
