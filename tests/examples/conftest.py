"""Fixtures of the tests that really build the Astro site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import node
from sandbox.cms import CMSOptions, create_cms
from sandbox.cms.store import Store
from sandbox.gitlab import GitLabSandbox
from sandbox.site import WebServer
from tests.examples.museum import TOKENS, Museum
from tests.publisher import servers
from tests.publisher.hosts import BucketHost, Host

ROOT = Path(__file__).parents[2]


@pytest.fixture
def gitlab(tmp_path: Path) -> Iterator[GitLabSandbox]:
    """A GitLab whose runner has Node, the site's modules as the image has them, and the publisher."""
    found = node.folder()
    assert found is not None
    runner = node.environment(found) | {"PYTHONPATH": str(ROOT)}
    with GitLabSandbox(tmp_path / "gitlab", runner_environment=runner) as running:
        yield running


@pytest.fixture
def make_museum(
    gitlab: GitLabSandbox, tmp_path: Path, live_server: Any, told: list[tuple[str, int]]
) -> Iterator[Callable[..., Museum]]:
    """A museum that publishes to this host, with these variables beside the usual ones."""
    cms = WebServer(
        create_cms(CMSOptions(data=tmp_path / "cms", content_token=TOKENS["feed"])), host="127.0.0.1", port=0
    )
    cms.start()
    store = Store(tmp_path / "cms" / "cms.sqlite3")

    def make(host: Host, **variables: str) -> Museum:
        facts = {"told": told, "dashboard": live_server.url, "variables": variables}
        return Museum(gitlab, cms, store, host, tmp_path / "repository", **facts)

    yield make
    cms.stop()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[BucketHost]:
    """A bucket on an S3 server, and the worker's credentials for it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", servers.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", servers.SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    url, stop = servers.start_moto()
    yield BucketHost(url, "museum")
    stop()
