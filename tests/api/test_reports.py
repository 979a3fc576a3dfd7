"""The report of a publish by HTTP: only with the environment's token, and only what is one."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from deploys.api import reports
from deploys.lifecycle import State
from deploys.models import Build, HandedReport
from tests import scenes
from tests.releases.test_reports import TOLD

pytestmark = pytest.mark.django_db


@pytest.fixture
def build() -> Build:
    """A build whose publish job is about to tell what it did."""
    return scenes.make_build(environment=scenes.make_environment(report_token="report-secret"), state=State.RUNNING)


def send(build: Build | uuid.UUID, told: Any, token: str = "report-secret") -> Any:
    """Hand a report over."""
    key = build.key if isinstance(build, Build) else build
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    address = reverse("report-hook", args=[key])
    return Client().post(address, told, content_type="application/json", headers=headers)


def test_a_report_is_taken(build: Build) -> None:
    """And again, when the job is run again."""
    assert [send(build, TOLD).status_code, send(build, TOLD | {"files": 9}).status_code] == [202, 202]
    assert HandedReport.objects.get().data["files"] == 9


@pytest.mark.parametrize("token", ["", "wrong"])
def test_without_the_token_nothing_is_taken(build: Build, token: str) -> None:
    """And it says which token is meant."""
    answer = send(build, TOLD, token)
    assert (answer.status_code, "report token" in answer.json()["message"]) == (401, True)
    assert not HandedReport.objects.exists()


def test_an_environment_without_a_token_takes_none() -> None:
    """An empty secret is no secret."""
    assert send(scenes.make_build(state=State.RUNNING), TOLD, "").status_code == 401


def test_a_build_that_does_not_exist() -> None:
    """404, as everywhere."""
    assert send(uuid.uuid4(), TOLD).status_code == 404


@pytest.mark.parametrize("body", ["no json", "[]", '{"release": ""}', "[" * 100_000])
def test_what_is_no_report(build: Build, body: str) -> None:
    """It says what is wrong."""
    answer = send(build, body)
    assert (answer.status_code, "no report" in answer.json()["message"]) == (400, True)


def test_a_report_that_is_too_large(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not read to the end."""
    monkeypatch.setattr(reports, "MOST_BYTES", 100)
    assert send(build, TOLD).status_code == 413
