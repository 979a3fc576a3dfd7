"""`manage.py source`: set up from a shell, looked at, listed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command

from deploys.models import ContentSource, Site
from tests import scenes
from tests.content.sources.answering import Answering, Cms, Reply, pages_of
from tests.content.sources.conftest import served

__all__ = ["served"]

pytestmark = pytest.mark.django_db
FEED = {"items": [{"id": "1", "title": "First", "url": "https://a.example/1", "content_text": "Hello"}]}


@pytest.fixture
def site() -> Site:
    """A site without sources."""
    return scenes.make_site(slug="museum")


def exit_code(*arguments: str, **options: Any) -> int:
    try:
        call_command("source", *arguments, **options)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_a_source_is_set_up_and_looked_at(
    site: Site, served: Callable[[Answering], Cms], capsys: pytest.CaptureFixture[str]
) -> None:
    """From nothing to its first entries in two commands."""
    cms = served(lambda asked: Reply(data=FEED))
    url = f"{cms.url}/feed.json"
    assert exit_code("add", "museum", "--preset", "jsonfeed", "--url", url, "--allow-private-host", "127.0.0.1") == 0
    assert exit_code("check", "museum") == 0
    shown = capsys.readouterr().out
    assert "Can be read: 1 entries (the newest only)" in shown
    assert "content_text: Hello" in shown


def test_secrets_come_from_the_environment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are on no command line; switches of a preset are yes or no."""
    monkeypatch.setenv("CRAFT_TOKEN", "craft-secret")
    code = exit_code(
        "add", "museum", "--preset", "craft", "--url", "https://cms.example/api",
        "--secret", "token=CRAFT_TOKEN", "--set", "inactive=yes", "--set", "sections=news,pages",
    )  # fmt: skip
    assert code == 0
    row = ContentSource.objects.get()
    assert json.loads(row.secrets) == {"token": "craft-secret"}
    assert row.config == {"url": "https://cms.example/api", "inactive": True, "sections": "news,pages"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "gone", "--preset", "craft"], "no site gone"),
        (["add", "museum", "--preset", "craft"], "“url” cannot work"),
        (["add", "museum", "--preset", "craft", "--url", "https://a.example", "--secret", "token=NOT_SET"], "not set"),
        (["add", "museum", "--preset", "craft", "--set", "inactive"], "name=value"),
        (["add", "museum", "--config", "{"], "no JSON"),
        (["check", "museum"], "has no source. Add one"),
        (["check", "museum", "Blog"], "has no source Blog. Its sources: none."),
    ],
)
def test_wrong_usage_is_told_and_stores_nothing(
    site: Site, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2."""
    assert exit_code(*arguments) == 2
    assert words in capsys.readouterr().err
    assert not ContentSource.objects.exists()


def test_a_name_is_given_once(site: Site) -> None:
    """So that --source names one."""
    arguments = ["add", "museum", "--preset", "jsonfeed", "--url", "https://a.example/feed.json"]
    assert [exit_code(*arguments), exit_code(*arguments), exit_code(*arguments, "--name", "Blog")] == [0, 2, 0]


def test_a_source_that_cannot_be_read_is_exit_code_one(
    site: Site, served: Callable[[Answering], Cms], capsys: pytest.CaptureFixture[str]
) -> None:
    """As JSON, with the stable name of the reason."""
    cms = served(lambda asked: Reply(status=404))
    config = {"url": cms.url, "mapping": {"key": "id"}}
    ContentSource.objects.create(site=site, config=config, allowed_private_hosts=["127.0.0.1"])
    assert exit_code("check", "museum", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["source"], told["works"], told["error_class"]) == ("Content", False, "not_found")


def test_sources_and_presets_are_listed(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """With what is wrong, and with what each preset asks for."""
    ContentSource.objects.create(site=site, preset="craft", trouble="shrunk", trouble_note="Far fewer entries.")
    assert exit_code("list", "museum") == exit_code("presets") == 0
    shown = capsys.readouterr().out
    assert "Content (craft): read regularly; Far fewer entries." in shown
    assert "--secret login=…" in shown


def test_the_sample_is_as_large_as_asked(
    site: Site, served: Callable[[Answering], Cms], capsys: pytest.CaptureFixture[str]
) -> None:
    """Two of three."""
    cms = served(pages_of([{"id": number} for number in range(3)]))
    config = {"url": cms.url, "items": "items", "mapping": {"key": "id"}}
    ContentSource.objects.create(site=site, config=config, allowed_private_hosts=["127.0.0.1"])
    assert exit_code("check", "museum", "--json", "--entries", "2") == 0
    assert len(json.loads(capsys.readouterr().out)["entries"]) == 2
