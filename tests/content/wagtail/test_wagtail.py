"""A real Wagtail: what its editors do is seen alike by the adapter in its process and over its API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from deploys.content.sources.addresses import Guard
from deploys.content.sources.errors import ErrorClass, SourceRefused
from deploys.content.sources.http_json import HttpJsonSource
from deploys.content.sources.presets.table import config_of
from deploys.content.sources.types import Entry

pytestmark = pytest.mark.process
ROOT = Path(__file__).parents[3]
SHARED = ("kind", "title", "url", "publish_at", "expire_at")


class WagtailSite:
    """The process, told what to do line by line."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "WAGTAIL_TEST_FOLDER": str(folder)}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.content.wagtail"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = self._answer()["port"]

    def do(self, what: str, **options: Any) -> Any:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"do": what, "with": options}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def adapter(self) -> dict[str, dict[str, Any]]:
        """The articles as the adapter reads them, by key."""
        return {one["key"]: one for one in self.do("read") if one["kind"] == "blog.BlogPage"}

    def source(self, preset: str, secrets: dict[str, str] | None = None, **answers: Any) -> HttpJsonSource:
        """The same articles over HTTP."""
        version = preset.removeprefix("wagtail_")
        given = {"url": f"http://127.0.0.1:{self.port}/api/{version}", "types": "blog.BlogPage", **answers}
        return HttpJsonSource(config_of(preset, given, secrets or {}), secrets, guard=Guard(["127.0.0.1"]))

    def over_http(self, preset: str = "wagtail_v2", secrets: dict[str, str] | None = None) -> dict[str, Entry]:
        source = self.source(preset, secrets)
        found = {entry.key: entry for entry in source.read()}
        assert (source.is_complete, source.warnings) == (True, [])
        return found

    def _answer(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "the Wagtail process ended"
        return json.loads(line)

    def end(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WagtailSite]:
    """One process for all tests: Wagtail takes a while to start."""
    running = WagtailSite(tmp_path_factory.mktemp("wagtail"))
    yield running
    running.end()


@pytest.fixture
def site(process: WagtailSite) -> WagtailSite:
    """A Wagtail with a home page and nothing else."""
    process.do("begin")
    return process


def titles(site: WagtailSite, *statuses: str) -> list[str]:
    return sorted(one["title"] for one in site.adapter().values() if one["status"] in statuses)


def assert_both_agree(site: WagtailSite) -> None:
    """What is live by the adapter is what version 2 of the API gives, value by value."""
    live = {key: one for key, one in site.adapter().items() if one["status"] == "live"}
    over_http = site.over_http()
    assert live.keys() == over_http.keys()
    for key, one in live.items():
        entry = over_http[key]
        assert [_plain(getattr(entry, name)) for name in SHARED] == [_plain(one[name]) for name in SHARED]
        assert {name: entry.fields[name] for name in ("intro", "body")} == {
            name: one["fields"][name] for name in ("intro", "body")
        }


def _plain(value: Any) -> str:
    return str(datetime.fromisoformat(value)) if isinstance(value, str) and value[:2] == "20" else str(value)


def test_what_editors_do_is_seen_alike_in_the_process_and_over_http(site: WagtailSite) -> None:
    """Publishing, editing, taking down, scheduling and expiring."""
    site.do("publish", slug="opening", title="Opening", text="Doors open at nine.")
    site.do("publish", slug="closing", title="Closing", text="Doors close at six.", expires=3)
    site.do("publish", slug="night", title="Night", text="A long night.", hours=2)
    assert (titles(site, "live"), titles(site, "scheduled")) == (["Closing", "Opening"], ["Night"])
    assert_both_agree(site)

    before = site.over_http()
    site.do("publish", slug="opening", title="Opening", text="Doors open at ten.")
    after = site.over_http()
    assert [key for key in after if after[key].fields != before[key].fields] == [
        key for key in after if after[key].title == "Opening"
    ]
    assert_both_agree(site)

    site.do("let_pass", hours=2.5)
    assert (titles(site, "live"), titles(site, "scheduled")) == (["Closing", "Night", "Opening"], [])
    assert_both_agree(site)

    site.do("let_pass", hours=1)
    assert (titles(site, "live"), titles(site, "expired")) == (["Night", "Opening"], ["Closing"])
    assert_both_agree(site)

    site.do("unpublish", slug="opening")
    assert titles(site, "live") == ["Night"]
    assert_both_agree(site)


def test_going_live_by_schedule_is_no_edit(site: WagtailSite) -> None:
    """The entry has the same content before and after its time; only its status differs, which is no edit."""
    site.do("publish", slug="night", title="Night", text="A long night.", hours=2)
    (before,) = site.adapter().values()
    site.do("let_pass", hours=3)
    (after,) = site.adapter().values()
    assert (before.pop("status"), after.pop("status")) == ("scheduled", "live")
    assert before.pop("is_pending")
    assert before == after


def test_a_newer_version_that_is_scheduled_leaves_the_live_one(site: WagtailSite) -> None:
    """Visitors see the old text until then, and so do we."""
    site.do("publish", slug="opening", title="Opening", text="Old")
    site.do("publish", slug="opening", title="Opening", text="New", hours=2)
    (now,) = site.adapter().values()
    assert (now["status"], now["fields"]["intro"], now["publish_at"]) == ("live", "<p>Old</p>", None)
    site.do("let_pass", hours=3)
    assert_both_agree(site)


def test_the_adapter_names_who_edited(site: WagtailSite) -> None:
    """The person of the live revision."""
    site.do("publish", slug="opening", title="Opening")
    assert [one["changed_by"] for one in site.adapter().values()] == ["Mei Okafor"]


def test_the_adapter_for_models_names_who_edited_in_the_admin(site: WagtailSite) -> None:
    """From Django's own log, where the admin is installed."""
    site.do("publish", slug="opening", title="Opening", text="Nine")
    (entry,) = site.do("log", slug="opening")
    assert entry["key"].startswith("blog.blogpage:")
    assert (entry["by"], entry["fields"]) == ("Mei Okafor", {"intro": "<p>Nine</p>", "slug": "opening"})


def test_version_three_gives_the_same_pages(site: WagtailSite) -> None:
    """Each page's own address completes the list."""
    for number in range(3):
        site.do("publish", slug=f"page-{number}", title=f"Page {number}", text="Text")
    second, third = site.over_http(), site.over_http("wagtail_v3")
    assert [entry.title for entry in third.values()] == ["Page 0", "Page 1", "Page 2"]
    assert {key: entry.url for key, entry in second.items()} == {key: entry.url for key, entry in third.items()}
    assert all(entry.fields["body"] for entry in third.values())


def test_version_three_with_a_token_tells_live_pages_from_others(site: WagtailSite) -> None:
    """With a token the list holds what is not public too."""
    site.do("publish", slug="opening", title="Opening")
    site.do("publish", slug="night", title="Night", hours=2)
    found = site.over_http("wagtail_v3", {"token": site.do("token")})
    assert {entry.title: entry.status for entry in found.values()} == {"Opening": "live", "Night": "draft"}


def test_version_three_does_not_take_a_wrong_token_for_a_visitor(site: WagtailSite) -> None:
    """Wagtail would answer with what is public; we ask whose the token is first."""
    site.do("publish", slug="opening", title="Opening")
    with pytest.raises(SourceRefused, match="does not know the token") as refused:
        list(site.source("wagtail_v3", {"token": "wagtail_wrong"}).read())
    assert refused.value.error_class == ErrorClass.TOKEN_REJECTED


def test_more_than_wagtail_gives_at_once_is_said_in_words(site: WagtailSite) -> None:
    """Its own limit is 20 unless the site raised it."""
    site.do("publish", slug="opening", title="Opening")
    with pytest.raises(SourceRefused, match="limit cannot be higher than 20"):
        list(site.source("wagtail_v2", limit="100").read())
