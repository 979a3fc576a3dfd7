"""The OpenAPI document is true and complete: requests made from it, right and wrong ones, are answered as it says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from django.conf import LazySettings
from django.core import signals
from django.db import close_old_connections
from hypothesis import HealthCheck, settings

from buildhub.wsgi import application
from deploys.models import KeptAnswer
from tests.api.v1 import worlds

EXAMPLES = 5

pytestmark = pytest.mark.django_db

document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture
def token(db: None, settings: LazySettings) -> Iterator[str]:
    """The token of an admin of a site that has something of everything."""
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    ends = (signals.request_started, signals.request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)  # all requests are in this test's transaction
    yield worlds.full()
    for signal in ends:
        signal.connect(close_old_connections)


@document.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_answer_is_as_the_document_says(case: schemathesis.Case, token: str) -> None:
    """All checks of Schemathesis: status, form and headers of answers, bad values refused and good ones taken."""
    KeptAnswer.objects.all().delete()  # each request is one of its own: a key that was used before is a rule apart
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"})
