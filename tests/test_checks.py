"""A wrong setting is one clear sentence at start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks

ROOT = Path(__file__).resolve().parents[1]


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
        ("EMAIL_IS_SET_UP", True, "buildhub.W002"),
        ("OIDC_URL", "https://login.example.com", "buildhub.E031"),
        ("OIDC_URL", "login.example.com", "buildhub.E032"),
        ("OIDC_ROLES", "it=museum", "buildhub.E033"),
        ("OIDC_ROLES", "it=museum:owner", "buildhub.E033"),
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
        ({"url": "www.example.com"}, "buildhub.E010"),
        ({"marker_url": "/build.json"}, "buildhub.E010"),
        ({"preview_url": "https://www.example.com/previews/"}, "buildhub.E011"),
        ({"preview_url": "https://www.example.com/a{label}/"}, "buildhub.E011"),
        ({"preview_url": "https://{label}.example.com/", "gitlab_send_as": "none"}, "buildhub.E012"),
        ({"preview_url": "https://{label}.example.com/", "bucket": "/srv/site"}, "buildhub.W002"),
        ({"ask_first": "sometimes"}, "buildhub.E021"),
        ({"four_eyes": "yes"}, "buildhub.E022"),
    ],
)
def test_gitlab_settings_are_looked_at_together(settings: Any, given: dict[str, str], expected: str) -> None:
    """Some without the others, an unknown way of sending, an address without a scheme."""
    settings.SITE_FROM_ENVIRONMENT = settings.SITE_FROM_ENVIRONMENT | given
    assert expected in found(settings)


@pytest.mark.parametrize(
    "given",
    [
        {"preview_url": "https://{label}.preview.example.com", "bucket": "www"},
        {"preview_url": "https://www.example.com/previews/{label}/", "bucket": "/srv/site", "preview_bucket": "/srv/p"},
    ],
)
def test_both_forms_of_previews_are_fine(settings: Any, given: dict[str, str]) -> None:
    """By host name and by path, with or without the last slash."""
    settings.SITE_FROM_ENVIRONMENT = settings.SITE_FROM_ENVIRONMENT | given
    assert found(settings) == set()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL is 'LOUD'; it must be one of DEBUG, INFO, WARNING, ERROR."),
        ("LOG_FORMAT", "xml", "LOG_FORMAT is 'xml'; it must be one of text, json."),
        ("DEBUG", "maybe", "DEBUG is 'maybe'; it must be one of true, false, on, off, yes, no, 1, 0."),
        ("BUILDHUB_START_LEASE", "soon", "BUILDHUB_START_LEASE is 'soon', which is no number."),
        ("BUILDHUB_START_LEASE", "-5", "BUILDHUB_START_LEASE is '-5'; it must be a number from 0 on."),
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL must begin with postgres://"),
        ("DATABASE_URL", "postgres://host", "DATABASE_URL names no database"),
        ("REDIS_URL", "redis", "REDIS_URL must be an address with its scheme"),
    ],
)
def test_what_cannot_be_read_stops_with_one_sentence(name: str, value: str, sentence: str) -> None:
    """No traceback: the sentence names the variable and what it must be."""
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "buildhub.settings", name: value}
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert f"buildhub cannot start: {sentence}" in done.stderr
    assert "Traceback" not in done.stderr
