"""What a job is told by its pipeline's variables."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from .report import BuildStopped, Problem

ENVIRONMENTS = ("live", "staging", "previews")
LABEL = re.compile(r"[a-z0-9][a-z0-9-]{8,61}[a-z0-9]")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One pipeline's variables, read once.

    ``pace`` is in seconds per stage. ``site_url`` ends with a slash; ``base_path`` is its path without one.
    ``preview`` is the label of a preview, which has drafts in it; empty for other builds. Where previews have
    host names of their own its pages are those of the live site, and so is ``site_url``; else it has its own base.
    """

    content_url: str
    content_token: str
    environment: str
    site_url: str
    pace: float
    preview: str = ""
    has_own_host: bool = False

    @property
    def is_preview(self) -> bool:
        return bool(self.preview)

    @property
    def design(self) -> str:
        """Whose marks the pages bear: a preview that may go live as it is has none that the live site lacks."""
        return "live" if self.has_own_host else self.environment

    @property
    def base_path(self) -> str:
        return urlsplit(self.site_url).path.rstrip("/")

    @classmethod
    def from_environment(cls, variables: Mapping[str, str] | None = None) -> Settings:
        """Read the variables. Raises BuildStopped when the environment's name is not known."""
        given = os.environ if variables is None else variables
        environment = given.get("BUILDHUB_ENVIRONMENT", "staging")
        if environment not in ENVIRONMENTS:
            raise BuildStopped(
                [
                    Problem(
                        kind="build_command",
                        detail=f"BUILDHUB_ENVIRONMENT is {environment!r}, not live, staging or previews",
                    )
                ]
            )
        preview = given.get("BUILDHUB_PREVIEW", "")
        if bool(preview) != (environment == "previews") or (preview and not LABEL.fullmatch(preview)):
            detail = f"BUILDHUB_PREVIEW is {preview!r}: a label in lower case, for previews and only for them"
            raise BuildStopped([Problem(kind="build_command", detail=detail)])
        has_own_host = bool(preview) and "{label}" in given.get("SITE_URL_PREVIEWS", "")
        named = "live" if has_own_host else environment
        default_path = "" if named == "live" else f"{named}/"
        site_url = given.get(f"SITE_URL_{named.upper()}") or f"http://localhost/{default_path}"
        if preview and not has_own_host:
            site_url = f"{site_url.rstrip('/')}/{preview}"
        return cls(
            content_url=given.get("CONTENT_URL", ""),
            content_token=given.get("CONTENT_TOKEN", ""),
            environment=environment,
            site_url=site_url.rstrip("/") + "/",
            preview=preview,
            has_own_host=has_own_host,
            pace=_seconds(given.get("DEMO_PACE") or "0"),
        )


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
