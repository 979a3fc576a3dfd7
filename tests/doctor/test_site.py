"""What plain `doctor` says of an installation, a site and its environments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploys.builds.ci.filling import filled
from deploys.doctor import site
from deploys.doctor.model import Check, Finding
from deploys.doctor.run import run
from deploys.models import ContentSource, Environment, EnvironmentKind, HostState, HostTrouble
from tests import scenes
from tests.content.sources.answering import Answering, Cms, Reply
from tests.content.sources.conftest import served
from tests.hosted import Hosted, pages

__all__ = ["served"]

pytestmark = pytest.mark.django_db
FEED = {"items": [{"id": "1", "title": "First", "url": "https://a.example/1", "content_text": "Hello"}]}


def found(checks: Iterable[Check]) -> dict[str, Finding]:
    """The last finding of each key."""
    return {finding.key: finding for one in run(checks) for finding in one.findings}


def of(environment: Environment, **options: Any) -> dict[str, Finding]:
    """What is found of an environment."""
    return found(site.checks(environment, **options))


def test_settings_that_are_right_and_settings_that_are_not(settings: Any) -> None:
    """What stops the start is wrong, what only warns is advice."""
    assert found(site.installation())["settings"].state == "ok"
    settings.PUBLIC_URL = "publish.example.com"
    wrong = found(site.installation())["settings"]
    assert (wrong.state, wrong.counts) == ("wrong", True)
    assert "PUBLIC_URL" in wrong.sentence
    settings.PUBLIC_URL = ""
    settings.SITE_FROM_ENVIRONMENT = settings.SITE_FROM_ENVIRONMENT | {"gitlab_project_id": "42"}
    advice = found(site.installation())["settings"]
    assert (advice.state, advice.counts) == ("wrong", False)
    assert "`.env.example`" in advice.next_step


def test_a_connection_to_gitlab_that_is_not_set_up_names_what_is_missing() -> None:
    """In the words of `.env.example`."""
    nothing = of(scenes.make_environment(gitlab_project=None))["gitlab.settings"]
    assert (nothing.state, "GITLAB_TRIGGER_TOKEN" in nothing.sentence) == ("missing", True)
    half = of(scenes.make_environment(gitlab_project=scenes.make_project(api_token="")))["gitlab.settings"]
    assert half.sentence == "Publishing needs GITLAB_API_TOKEN."


def test_what_gitlab_refused_last_is_said(settings: Any) -> None:
    """As the service page says it."""
    environment = scenes.make_environment()
    assert of(environment)["gitlab.settings"].state == "ok"
    environment.gitlab_project.note_trouble("token_expired", "The access token has expired")
    environment.gitlab_project.refresh_from_db()
    told = of(environment)["gitlab.settings"]
    assert (told.state, "The access token has expired" in told.sentence) == ("wrong", True)
    assert told.docs == "docs/setup-gitlab.md"


def test_the_ci_file_is_compared_where_somebody_has_it() -> None:
    """Also while GitLab does not answer, which else has it; ours has nothing to change."""
    environment = scenes.make_environment(target="s3://museum")
    ours = filled(environment.site, [environment]).text
    without, right, other, broken = (of(environment, ci_text=text) for text in (None, ours, "a: {script: [b]}", "a: ["))
    assert "gitlab.ci_file" not in without
    assert [one["gitlab.ci_file"].state for one in (right, other, broken)] == ["ok", "wrong", "wrong"]
    assert other["gitlab.ci_file"].command == f"manage.py ci_file {environment.site.slug}"


def test_a_web_host_that_is_not_known_is_advice() -> None:
    """A pipeline of one's own may publish without telling us where."""
    told = of(scenes.make_environment())["host.answers"]
    assert (told.state, told.counts, "SITE_BUCKET" in told.next_step) == ("unknown", False, True)


def test_a_web_host_tells_what_is_live(tmp_path: Path) -> None:
    """Asked now, by this process; nothing is written to it."""
    hosted = Hosted(tmp_path)
    assert of(hosted.environment)["host.answers"].sentence == "It answers; nothing is published yet."
    build = hosted.live(pages("hours"))
    before = sorted((path, path.lstat().st_mtime_ns) for path in tmp_path.rglob("*"))
    assert of(hosted.environment)["host.answers"].sentence == f"It answers; {build.key} is live."
    assert sorted((path, path.lstat().st_mtime_ns) for path in tmp_path.rglob("*")) == before


def test_a_target_that_is_none_is_wrong() -> None:
    """The publisher's own words."""
    told = of(scenes.make_environment(target="gs://museum"))["host.answers"]
    assert (told.state, "is no target" in told.sentence) == ("wrong", True)


def test_the_last_look_of_the_worker_is_passed_on(tmp_path: Path) -> None:
    """Not looked yet, all well, in trouble."""
    environment = Hosted(tmp_path).environment
    assert of(environment)["host.last_look"].state == "unknown"
    moment = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    state, _ = HostState.objects.update_or_create(environment=environment, defaults={"checked_at": moment})
    assert of(environment)["host.last_look"].sentence == "All was well at 2026-03-01 09:00 UTC."
    state.trouble, state.finding = HostTrouble.CHANGED_BY_HAND, "3 of 9 files are not as published."
    state.save()
    told = of(environment)["host.last_look"]
    assert (told.state, told.sentence.startswith("3 of 9 files")) == ("wrong", True)


def test_previews_have_places_of_their_own_and_are_not_asked_as_one() -> None:
    """Their folder is no host, and their CI job is told elsewhere."""
    environment = scenes.make_environment(slug="previews", kind=EnvironmentKind.PREVIEW, target="s3://museum/previews")
    assert set(of(environment)) == {"gitlab.settings", "gitlab.address"}


def test_sources_are_read_for_a_moment(served: Callable[[Answering], Cms]) -> None:
    """Each is told by its name; one that is off is left alone."""
    museum = scenes.make_site()
    assert found([site.content(museum)])["content.source"].state == "missing"
    cms = served(lambda asked: Reply(data=FEED))
    config = {"url": f"{cms.url}/feed.json"}
    ContentSource.objects.create(
        site=museum, name="Blog", preset="jsonfeed", config=config, allowed_private_hosts=["127.0.0.1"]
    )
    ContentSource.objects.create(site=museum, name="Old", preset="jsonfeed", config=config, is_active=False)
    (checked,) = run([site.content(museum)])
    assert [(one.subject, one.state.value) for one in checked.findings] == [("Source Blog", "ok")]


def test_a_source_that_cannot_be_read_says_why(served: Callable[[Answering], Cms]) -> None:
    """With the command that looks closer."""
    museum = scenes.make_site(slug="museum")
    cms = served(lambda asked: Reply(status=404))
    ContentSource.objects.create(
        site=museum, name="Blog", preset="jsonfeed", config={"url": cms.url}, allowed_private_hosts=["127.0.0.1"]
    )
    told = found([site.content(museum)])["content.source"]
    assert (told.state, told.command) == ("wrong", "manage.py source check museum --source 'Blog'")
