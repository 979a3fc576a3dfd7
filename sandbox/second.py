"""A second project at the stand-in GitLab, which no site uses: somebody connects it by hand, as with a real GitLab."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.gitlab import GitLabSandbox
from sandbox.gitlab.project import Project

NAME = "town-archive"
PLACE = "archive"  # where its site is served, below the first one's address


@dataclass(frozen=True, kw_only=True)
class Second:
    """Where its pages go and where visitors find them."""

    folder: Path
    site_url: str

    @property
    def target(self) -> Path:
        """What the pipeline publishes to."""
        return self.folder / "live"

    def add(self, gitlab: GitLabSandbox, repository: Path, *, content_url: str, tokens: dict[str, str]) -> Project:
        """Make the project. Its tokens follow from those of the first, so that they stay the same over restarts."""
        return gitlab.add_project(
            NAME,
            repository,
            variables={
                "CONTENT_URL": content_url,
                "CONTENT_TOKEN": tokens["content_token"],
                "SITE_FOLDER": str(self.folder),
                "SITE_URL_LIVE": self.site_url,
                "DEMO_PACE": "0",
            },
            trigger_token=_token("glptt", tokens["trigger_token"]),
            api_token=_token("glpat", tokens["api_token"]),
        )

    def description(self, project: Project) -> dict[str, Any]:
        """What somebody has to know who connects it; the tokens are on the page of its settings."""
        return {"settings_url": f"{project.url}/-/settings", "site_url": self.site_url, "target": str(self.target)}


def _token(kind: str, first: str) -> str:
    return f"{kind}-{hashlib.sha256(f'{NAME} {first}'.encode()).hexdigest()[:20]}"
