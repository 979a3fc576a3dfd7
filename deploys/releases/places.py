"""Where a build can be looked at: the address of its environment, or of its own preview."""

from __future__ import annotations

from deploys.models import Build


def address_of(build: Build) -> str:
    """The address of the front page."""
    environment = build.environment
    return build.preview.url if environment.is_for_previews else environment.url


def marker_of(build: Build) -> str:
    """The file that names the release; "" where there is none."""
    environment = build.environment
    return build.preview.marker_url if environment.is_for_previews else environment.marker_url
