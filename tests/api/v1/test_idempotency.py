"""A request that is sent again because its answer got lost is carried out once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import Build, KeptAnswer
from tests.api.v1.test_requests import PRESS, caller_of
from tests.api.v1.test_tokens import refused
from tests.api.v1.worlds import Caller, full
from tests.web import ask_scenes, card_scenes

pytestmark = pytest.mark.django_db


def test_the_same_request_again_gets_the_same_answer() -> None:
    """Though the build has ended meanwhile, and a press would make another one."""
    _environment, caller = caller_of(card_scenes.ready())
    first = caller.post(PRESS, key="night-1")
    caller.post(f"/builds/{first.json()['number']}/cancel")
    again = caller.post(PRESS, key="night-1")
    assert (again.status_code, again.json(), again["Location"]) == (201, first.json(), first["Location"])
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")
    other = caller.post(PRESS, key="night-2")
    assert other.json()["number"] != first.json()["number"]


def test_a_day_later_the_key_is_new() -> None:
    """Old answers are forgotten."""
    _environment, caller = caller_of(card_scenes.ready())
    number = caller.post(PRESS, key="night").json()["number"]
    caller.post(f"/builds/{number}/cancel")
    with time_machine.travel(now() + timedelta(hours=25)):
        assert caller.post(PRESS, key="night").json()["number"] != number
    assert KeptAnswer.objects.count() == 1


def test_the_same_key_for_something_else_is_refused() -> None:
    """Another body; the same one written otherwise is the same, and another address is a request of its own."""
    caller = Caller(full())
    body = {"kind": "once", "day": "2100-01-01", "at": "07:00"}
    address = "/environments/live/schedules"
    first = caller.post(address, body, key="k")
    assert first.status_code == 201
    assert caller.post(address, dict(reversed(body.items())), key="k").json() == first.json()
    assert refused(caller.post(address, body | {"at": "08:00"}, key="k")) == (422, "key-reused")
    assert caller.post(f"{address}/{first.json()['id']}/pause", key="k").json()["is_paused"] is True


def test_what_was_refused_may_be_put_right_under_the_same_key() -> None:
    """A question is no answer to keep."""
    _environment, caller = caller_of(ask_scenes.always_asked())
    word = caller.post(PRESS, key="k").json()["confirm"]
    assert caller.post(PRESS, {"confirm": word}, key="k").status_code == 201


def test_keys_are_of_one_token() -> None:
    """Two scripts may choose the same."""
    environment, caller = caller_of(card_scenes.ready())
    other = caller_of((environment, environment.builds.get().requested_by))[1]
    first = caller.post(PRESS, key="k")
    assert "Idempotency-Replayed" not in other.post(PRESS, key="k")
    assert first.status_code == 201


@pytest.mark.parametrize("key", [" ", "ä", "x" * 201])
def test_a_key_that_is_none(key: str) -> None:
    """422 before anything is done."""
    _environment, caller = caller_of(card_scenes.ready())
    assert caller.post(PRESS, key=key).status_code == 422
    assert not Build.objects.filter(state=State.QUEUED).exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_carried_out_once() -> None:
    """Eight of them: one build; each gets its answer, or is told to ask again in a second."""
    caller = Caller(full())
    together = Barrier(8)
    body = {"kind": "once", "day": "2100-06-01", "at": "07:00"}

    def send(_number: int) -> Any:
        together.wait()
        answer = Caller(caller.token).post("/environments/live/schedules", body, key="k")
        connection.close()
        return answer

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    late = [answer for answer in answers if answer.status_code != 201]
    assert len(made) == 1
    assert [(refused(answer), answer["Retry-After"]) for answer in late] == [((409, "in-progress"), "1")] * len(late)
    assert caller.post("/environments/live/schedules", body, key="k").json()["id"] in made
    assert len(caller.get("/environments/live/schedules").json()["items"]) == 2
