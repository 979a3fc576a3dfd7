"""Every error below /api/ is a problem, whoever notices it."""

from __future__ import annotations

import pytest
from django.test import Client

from deploys.api.v1 import sites
from tests import scenes
from tests.api.v1.test_tokens import refused
from tests.api.v1.worlds import Caller, full, token_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/api/", "/api/nothing", "/api/v1/", "/api/v1/sites/", "/api/v2/sites"])
def test_an_address_that_is_none(address: str) -> None:
    """404, not the page for people."""
    assert refused(Client().get(address)) == (404, "not-found")


def test_a_method_that_an_address_does_not_answer() -> None:
    """405 with those that it does."""
    answer = Client().put("/api/v1/sites")
    assert refused(answer) == (405, "method-not-allowed")
    assert answer["Allow"] == "GET"


def test_values_that_do_not_fit_are_named_and_not_repeated() -> None:
    """422 with where each stands."""
    answer = Caller(full()).post("/environments/live/freezes", {"reason": "", "ends_at": "tomorrow", "secret": "x"})
    assert refused(answer) == (422, "invalid")
    assert {each["where"] for each in answer.json()["errors"]} == {
        "body.body.reason",
        "body.body.ends_at",
        "body.body.secret",
    }
    assert "tomorrow" not in answer.text


def test_a_body_that_is_no_json() -> None:
    """400."""
    caller = Caller(full())
    headers = {"Authorization": f"Bearer {caller.token}"}
    address = f"{caller.root}/environments/live/builds"
    answer = caller.client.post(address, "{", content_type="application/json", headers=headers)
    assert refused(answer) == (400, "bad-request")


def test_a_fault_of_ours_tells_nothing_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """500 in the same form; what happened is in the log only."""

    def fail(_request: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(sites.places, "sites", fail)
    answer = Caller(token_of(scenes.make_person())).get("/api/v1/sites")
    assert refused(answer) == (500, "failed")
    assert "secret detail" not in answer.text


def test_pages_for_people_keep_their_own_errors() -> None:
    """Nothing changes outside /api/."""
    assert Client().get("/nothing/")["Content-Type"].startswith("text/html")
