"""Hooks from the CMS: checked, and answered at once; a reading follows within seconds, however many come."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from deploys.models import ContentSource
from tests import scenes

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> ContentSource:
    """A source that was read and is not due for an hour."""
    later = now() + ContentSource._meta.get_field("read_every").to_python("01:00:00")
    return ContentSource.objects.create(site=scenes.make_site(), hook_token="cms-secret", next_read_at=later)


def send(source: ContentSource, body: bytes = b"{}", **headers: str) -> Any:
    """Deliver a hook to the source's address."""
    address = reverse("content-hook", args=[source.hook_key])
    return Client().post(address, body, content_type="application/json", headers=headers)


def is_due(source: ContentSource) -> bool:
    """True when it is to be read within seconds."""
    source.refresh_from_db()
    return source.next_read_at is not None and (source.next_read_at - now()).total_seconds() < 5


@pytest.mark.parametrize("headers", [{"X-Buildhub-Token": "cms-secret"}, {"Authorization": "Bearer cms-secret"}])
def test_a_hook_with_the_secret_has_the_source_read_soon(source: ContentSource, headers: dict[str, str]) -> None:
    """In a header of our own, or as a Bearer token."""
    assert send(source, **headers).status_code == 202
    assert is_due(source)


def test_a_signed_hook_counts(source: ContentSource) -> None:
    """HMAC-SHA256 of the body, in the header that GitHub made common."""
    body = b'{"event": "entry.publish"}'
    signature = hmac.new(b"cms-secret", body, hashlib.sha256).hexdigest()
    assert send(source, body, **{"X-Hub-Signature-256": f"sha256={signature}"}).status_code == 202
    assert is_due(source)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Buildhub-Token": "guessed"},
        {"Authorization": "Bearer "},
        {"X-Hub-Signature-256": "sha256=" + "0" * 64},
        {"X-Hub-Signature-256": "sha256=é"},
    ],
)
def test_a_hook_without_the_secret_changes_nothing(source: ContentSource, headers: dict[str, str]) -> None:
    """401, and what to send."""
    answer = send(source, **headers)
    assert (answer.status_code, "X-Buildhub-Token" in answer.json()["message"]) == (401, True)
    assert not is_due(source)


def test_an_address_without_a_secret_is_secret_itself(source: ContentSource) -> None:
    """Many CMSs can only call an address."""
    ContentSource.objects.update(hook_token="")
    assert send(source).status_code == 202
    assert is_due(source)


def test_a_flood_of_hooks_asks_for_one_reading(source: ContentSource) -> None:
    """No message to the worker for each; the tick that follows reads once."""
    for _ in range(50):
        assert send(source, **{"X-Buildhub-Token": "cms-secret"}).status_code == 202
    assert list(ContentSource.objects.due_for_reading()) == []


@pytest.mark.parametrize("change", [{"hook_key": "another"}, {"is_active": False}])
def test_an_unknown_or_paused_source_is_not_there(source: ContentSource, change: dict[str, Any]) -> None:
    """404 for a wrong key, and for a source that is switched off."""
    address = reverse("content-hook", args=[source.hook_key])
    ContentSource.objects.update(**change)
    assert Client().post(address).status_code == 404
