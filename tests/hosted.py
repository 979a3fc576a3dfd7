"""A web host for tests: a folder that the real publisher fills, served as a web server would, without a socket."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

import publisher
from deploys.lifecycle import State
from deploys.models import Build, Environment, Page, Proof
from deploys.releases import actions, reports
from publisher.results import Published, as_json
from tests import scenes

MARKER = "buildhub.json"
_count = itertools.count(1)


def pages(*names: str, text: str = "Hello") -> dict[str, str]:
    """A site of these pages, with a front page."""
    return {"index.html": f"<h1>{text}</h1>"} | {f"{name}/index.html": f"<h1>{name} {text}</h1>" for name in names}


class Hosted:
    """An environment whose pipeline publishes to a folder by releases."""

    def __init__(self, folder: Path, **facts: Any) -> None:
        self.folder = folder
        self.environment: Environment = scenes.make_environment(target=str(folder / "host"), **facts)
        (folder / "host").mkdir(parents=True)

    def publish(self, build: Build, files: Mapping[str, str], *, to: str = "", **options: Any) -> Published:
        """What the pipeline of this build does: the real publisher, with a report and a marker. `to`: another place."""
        dist = self.folder / f"dist-{next(_count)}"
        for path, text in files.items():
            (dist / path).parent.mkdir(parents=True, exist_ok=True)
            (dist / path).write_text(text)
        chosen = publisher.Options(marker=MARKER, **options)
        try:
            return publisher.publish(dist, to or self.environment.target, release=str(build.key), options=chosen)
        finally:
            shutil.rmtree(dist)

    def live(self, files: Mapping[str, str], **options: Any) -> Build:
        """A build that went well, whose release is on the host, reported and proved."""
        build = scenes.make_build(environment=self.environment, state=State.SUCCEEDED)
        published = self.publish(build, files, **options)
        release = actions.record(build)
        reports.take(release, as_json(published), self.pages_of(published.release))
        actions.mark_live(release, Proof.MARKER)
        self.environment.refresh_from_db()
        return Build.objects.get(pk=build.pk)

    def pages_of(self, release: str, *, at: str = "") -> dict[str, Page]:
        """The pages of a release as its manifest has them, here or at another place."""
        files = publisher.release_files(at or self.environment.target, release)
        return {path: Page(file.size, file.sha256) for path, file in files.items() if path.endswith(".html")}

    def served(self, path: str) -> str:
        """What visitors get at this path."""
        return (self.folder / "host" / "current" / path).read_text()

    @property
    def transport(self) -> httpx.MockTransport:
        """The public site."""
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.lstrip("/")
        file = self.folder / "host" / "current" / (f"{path}index.html" if path == "" or path.endswith("/") else path)
        if not file.is_file():
            return httpx.Response(404)
        return httpx.Response(200, content=file.read_bytes())
