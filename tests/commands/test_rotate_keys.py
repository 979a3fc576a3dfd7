"""Stored secrets move to a new key, and the old one can go."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command

from deploys.models import Channel, ContentSource, Environment, GitLabProject, Site
from deploys.models.encrypted import UnreadableSecret
from tests import scenes

pytestmark = pytest.mark.django_db

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def secrets(settings: Any) -> None:
    """Secrets in several tables, stored with the old key."""
    settings.ENCRYPTION_KEYS = [OLD]
    environment = scenes.make_environment(report_token="report")
    Channel.objects.create(kind="slack", environment=environment, address="https://hooks.example")
    scenes.make_source(secrets='{"token": "x"}')
    settings.ENCRYPTION_KEYS = [NEW, OLD]


def readable() -> list[str]:
    """What can be read now."""
    return [
        Environment.objects.get().report_token,
        GitLabProject.objects.get().api_token,
        Channel.objects.get().address,
        ContentSource.objects.get().secrets,
    ]


def test_all_secrets_move_and_the_old_key_can_go(
    secrets: None, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second run finds nothing to do."""
    before = readable()
    call_command("rotate_keys")
    assert "6 secrets moved to the first key, 0 were there already." in capsys.readouterr().out
    settings.ENCRYPTION_KEYS = [NEW]
    assert readable() == before
    call_command("rotate_keys")
    assert "0 secrets moved to the first key, 6 were there already." in capsys.readouterr().out


def test_a_dry_run_only_counts(secrets: None, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The old key is needed as before."""
    call_command("rotate_keys", "--dry-run")
    assert "6 secrets would be moved" in capsys.readouterr().out
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(UnreadableSecret):
        readable()


def test_what_no_key_can_read_is_named(secrets: None, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1; the others move all the same."""
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    site = scenes.make_site(content_token="lost")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    with pytest.raises(SystemExit) as left:
        call_command("rotate_keys")
    told = capsys.readouterr()
    assert left.value.code == 1
    assert f"Cannot be read with any key: site {site.pk}: content_token" in told.err
    assert "6 secrets moved" in told.out
    assert Site.objects.defer("content_token").count() == 2 + 1
