"""A wrong setting is one clear sentence at start."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks


def found(settings: Any) -> set[str]:
    """The ids of our own findings."""
    return {message.id for message in run_checks() if message.id and message.id.startswith("buildhub.")}


def test_the_defaults_are_fine(settings: Any) -> None:
    """Nothing to say about an empty environment."""
    assert found(settings) == set()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ENCRYPTION_KEYS", ["not a key"], "buildhub.E001"),
        ("SITE_TIME_ZONE", "Europe/Atlantis", "buildhub.E002"),
        ("PUBLIC_URL", "publish.example.com", "buildhub.E005"),
    ],
)
def test_each_wrong_setting_has_its_sentence(settings: Any, name: str, value: Any, expected: str) -> None:
    """Found before anything runs."""
    setattr(settings, name, value)
    assert expected in found(settings)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"gitlab_project_id": "42"}, "buildhub.W001"),
        ({"gitlab_send_as": "pigeons"}, "buildhub.E003"),
        ({"gitlab_url": "gitlab.example"}, "buildhub.E004"),
    ],
)
def test_gitlab_settings_are_looked_at_together(settings: Any, given: dict[str, str], expected: str) -> None:
    """Some without the others, an unknown way of sending, an address without a scheme."""
    settings.SITE_FROM_ENVIRONMENT = settings.SITE_FROM_ENVIRONMENT | given
    assert expected in found(settings)
