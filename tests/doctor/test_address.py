"""What the doctor says of an environment's address, as visitors get it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deploys.doctor import site
from deploys.doctor.model import Finding
from deploys.doctor.run import run
from deploys.models import Environment
from tests import scenes
from tests.content.sources.answering import Answering, Cms, Reply
from tests.content.sources.conftest import served

__all__ = ["served"]

pytestmark = pytest.mark.django_db
type Serve = Callable[[Answering], Cms]


def found(environment: Environment) -> dict[str, Finding]:
    """The findings of the web host by key."""
    (checked,) = run([site.of_host(environment)])
    return {one.key: one for one in checked.findings}


def place(cms: Cms, **facts: Any) -> Environment:
    """An environment at this server."""
    return scenes.make_environment(**{"url": f"{cms.url}/", "marker_url": f"{cms.url}/buildhub.json"} | facts)


def test_a_site_that_answers_and_shows_its_marker_is_fine(served: Serve) -> None:
    """Both are asked without anything that a visitor would not send."""
    told = found(place(served(lambda asked: Reply(data={"build": "1"}))))
    assert (told["host.address"].state, told["host.marker"].state) == ("ok", "ok")


def test_an_address_where_nobody_answers_is_wrong() -> None:
    """With what may be the reason."""
    told = found(scenes.make_environment())["host.address"]
    assert (told.state, "does not answer" in told.sentence, "DNS" in told.next_step) == ("wrong", True, True)


@pytest.mark.parametrize(("status", "state", "words"), [(503, "wrong", "with an error"), (301, "wrong", "leads on")])
def test_what_answers_with_an_error_or_leads_on_is_said(served: Serve, status: int, state: str, words: str) -> None:
    """The second is advice."""
    told = found(place(served(lambda asked: Reply(status=status))))["host.address"]
    assert (told.state, words in told.sentence, told.is_needed) == (state, True, status == 503)


def test_before_the_first_publish_an_empty_host_is_no_fault(served: Serve) -> None:
    """Afterwards it is one, and so is a marker that is none."""
    environment = place(served(lambda asked: Reply(status=404)))
    told = found(environment)
    assert {(told[key].state.value, told[key].counts) for key in ("host.address", "host.marker")} == {
        ("unknown", False)
    }
    scenes.make_release(build=scenes.make_build(environment=environment, state="succeeded"))
    environment.refresh_from_db()
    told = found(environment)
    assert (told["host.address"].state, told["host.marker"].state) == ("wrong", "wrong")
