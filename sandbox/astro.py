"""The demo's other site (`make run SITE=astro`): built by Astro, with the CI file that we hand out."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox import node

NAME = "astro"
WISH = "BUILDHUB_DEMO_SITE"
# The branches of the environments in the CI file.
REFS = {"live": "main", "staging": "develop", "previews": "previews"}
LABEL = "$BUILDHUB_PREVIEW"
EXAMPLE_PREVIEW = f"https://www.example.org/previews/{LABEL}/"
BELOW_A_PATH, BY_HOST = f'SITE_BASE: /previews/{LABEL}/\n    SITE_NOINDEX: "1"', 'SITE_BASE: /\n    SITE_NOINDEX: ""'
EXAMPLE_TARGET = "    SITE_BUCKET: www-example-org\n    PREVIEWS_TARGET: s3://$SITE_BUCKET/previews\n"
NOT_IN_THE_REPOSITORY = shutil.ignore_patterns("node_modules", "dist", ".cache", ".astro", "publish.json")


@dataclass(frozen=True, kw_only=True)
class AstroSite:
    """A repository of its own, and what a runner needs to build it."""

    repository: Path
    runner_environment: Mapping[str, str]


def choose(environ: Mapping[str, str]) -> tuple[Path | None, str]:
    """The folder of Node if this site is wished for and can be built; else why the plain one is taken, in words."""
    wish = environ.get(WISH, "")
    if not wish:
        return None, ""
    if wish != NAME:
        return None, f"There is no demo site called {wish}, so the plain one is used. SITE={NAME} is the other."
    found = node.folder()
    return found, "" if found else f"The plain site is used in place of Astro: {node.MISSING}"


def prepare(node_folder: Path, *, folder: Path, site_url: str, site_folder: Path, preview_url: str) -> AstroSite:
    """Copy the example into a folder, with a CI file that names the demo's addresses and folders.

    `preview_url` has {label} in its path, or as its first host name.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(node.SITE, folder, ignore=NOT_IN_THE_REPOSITORY)
    file = folder / ".gitlab-ci.yml"
    text = file.read_text(encoding="utf-8")
    text = text.replace(EXAMPLE_PREVIEW, preview_url.replace("{label}", LABEL))
    if not preview_url.startswith(site_url):
        text = text.replace(BELOW_A_PATH, BY_HOST)
    text = text.replace(EXAMPLE_TARGET, f'    PREVIEWS_TARGET: "{site_folder / "previews"}"\n')
    for slug, word, base in (("live", "www", "/"), ("staging", "staging", "/staging/")):
        text = text.replace(f"SITE_URL: https://{word}.example.org", f"SITE_URL: {site_url}")
        place = f'SITE_FOLDER: "{site_folder / slug}"\n    SITE_BASE: {base}'
        text = text.replace(f"SITE_BUCKET: {word}-example-org", place)
    file.write_text(text, encoding="utf-8")
    return AstroSite(repository=folder, runner_environment=node.environment(node_folder))
