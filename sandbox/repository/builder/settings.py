"""What a job is told by its pipeline's variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from .report import BuildStopped, Problem

ENVIRONMENTS = ("live", "staging")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One pipeline's variables, read once.

    ``pace`` is in seconds per stage. ``site_url`` ends with a slash; ``base_path`` is its path without one.
    """

    content_url: str
    content_token: str
    environment: str
    site_url: str
    pace: float

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
                        detail=f"BUILDHUB_ENVIRONMENT is {environment!r}, not live or staging",
                    )
                ]
            )
        default_path = "" if environment == "live" else f"{environment}/"
        site_url = given.get(f"SITE_URL_{environment.upper()}") or f"http://localhost/{default_path}"
        return cls(
            content_url=given.get("CONTENT_URL", ""),
            content_token=given.get("CONTENT_TOKEN", ""),
            environment=environment,
            site_url=site_url.rstrip("/") + "/",
            pace=_seconds(given.get("DEMO_PACE") or "0"),
        )


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
