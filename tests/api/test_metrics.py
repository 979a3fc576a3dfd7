"""`/metrics`, read back with Prometheus' own parser."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries

from deploys.lifecycle import State
from deploys.models import Heartbeat
from tests.scenes import make_build, make_environment, make_project, make_release, make_site

pytestmark = pytest.mark.django_db
TOKEN = {"HTTP_AUTHORIZATION": "Bearer scrape-secret"}


@pytest.fixture(autouse=True)
def token(settings: Any) -> None:
    """Prometheus has been given one."""
    settings.METRICS_TOKEN = "scrape-secret"


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Values by name and the values of their labels, in the order of the labels' names."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation.endswith(".")
        for sample in family.samples:
            found[(sample.name, *(value for _, value in sorted(sample.labels.items())))] = sample.value
    return found


def test_figures_of_a_site_in_every_kind(client: Client) -> None:
    """Parts, queue, room, sites and GitLab."""
    moment = datetime(2026, 11, 28, 9, tzinfo=UTC)
    Heartbeat.objects.create(part="beat", seen_at=moment)
    ends = {"token_expires_on": date(2026, 12, 2)}
    project = make_project(
        url="https://gitlab.example", project_id='7"x\\y', heard_at=moment, trouble="token_expired", **ends
    )
    project.note_rate(limit=2000, left=17, resets_at=None)
    environment = make_environment(site=make_site(slug="harbour"), gitlab_project=project)
    make_release(build=make_build(environment=environment, state=State.SUCCEEDED), live_at=moment)
    make_build(environment=environment, requested_at=moment)
    found = samples(client.get("/metrics", **TOKEN).content.decode())
    assert found[("buildhub_part_seen_timestamp_seconds", "beat")] == moment.timestamp()
    assert found[("buildhub_part_seen_timestamp_seconds", "worker")] == 0
    assert found[("buildhub_builds_open", "in_line")] == 1
    assert found[("buildhub_builds_open", "under_way")] == 0
    assert found[("buildhub_oldest_open_build_timestamp_seconds",)] == moment.timestamp()
    assert found[("buildhub_builds_requested_total", "harbour")] == 2
    assert found[("buildhub_live_since_timestamp_seconds", "live", "harbour")] == moment.timestamp()
    named = ("https://gitlab.example", '7"x\\y')
    assert found[("buildhub_gitlab_requests_left", *named)] == 17
    assert found[("buildhub_gitlab_trouble", *named)] == 1
    expires = found[("buildhub_gitlab_token_expires_timestamp_seconds", *named)]
    assert datetime.fromtimestamp(expires, UTC) == datetime(2026, 12, 2, tzinfo=UTC)
    assert ("buildhub_gitlab_hook_timestamp_seconds", *named) not in found
    assert found[("buildhub_broker_up",)] == 1
    assert 0 < found[("buildhub_disk_free_bytes",)] < found[("buildhub_disk_size_bytes",)]
    assert found[("buildhub_database_size_bytes",)] > 1_000_000


def test_an_empty_installation_has_figures_too(client: Client) -> None:
    """Zero is a number."""
    found = samples(client.get("/metrics", **TOKEN).content.decode())
    assert found[("buildhub_oldest_open_build_timestamp_seconds",)] == 0


def test_openmetrics_for_those_who_ask_for_it(client: Client) -> None:
    """The newer format, by the Accept header."""
    answer = client.get("/metrics", **TOKEN, HTTP_ACCEPT="application/openmetrics-text; version=1.0.0")
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    names = {family.name for family in openmetrics.text_string_to_metric_families(answer.content.decode())}
    assert "buildhub_builds_open" in names


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer scrape-secre", "Bearer scrape-secret2", "Bearer schlüssel"])
def test_without_the_token_nothing_is_told(given: str, client: Client) -> None:
    """401, and no figure."""
    answer = client.get("/metrics", HTTP_AUTHORIZATION=given)
    assert answer.status_code == 401
    assert b"buildhub_" not in answer.content


@pytest.mark.parametrize("given", ["Bearer ", "Bearer None"])
def test_without_the_setting_there_is_no_such_page(given: str, client: Client, settings: Any) -> None:
    """An empty token opens nothing."""
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", HTTP_AUTHORIZATION=given).status_code == 404


def test_more_sites_cost_no_more_queries(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """The same few, whatever there is."""
    for count in (1, 4):
        for _ in range(count):
            make_build(environment=make_environment(), requested_at=now())
        with django_assert_num_queries(9):
            client.get("/metrics", **TOKEN)
