"""Several workers at once: two beats by accident, or more machines."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils.timezone import now

from deploys.models import Delivery, DeliveryStage, Topic
from deploys.notifications import steps
from tests.notifications.receivers import Receiver
from tests.notifications.scenes import fail, museum, running, webhook

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 4


def side_by_side(work: Callable[[], None]) -> None:
    """All workers begin at the same moment, each with a connection of its own."""
    line = Barrier(WORKERS)

    def one() -> None:
        line.wait()
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as threads:
        for done in [threads.submit(one) for _number in range(WORKERS)]:
            done.result()


def test_each_event_reaches_each_place_once_whoever_sends(receiver: Receiver) -> None:
    """Fanned out and sent by four at a time, without the turn that keeps rounds apart."""
    environment = museum()
    for _number in range(3):
        webhook(environment, receiver.url, Topic.FAILURES)
    for _number in range(5):
        fail(running(environment))
    side_by_side(lambda: steps.fan_out(now()))
    assert Delivery.objects.count() == 15

    def send_all() -> None:
        for _round in range(6):
            steps.send_due()

    side_by_side(send_all)
    side_by_side(send_all)
    ids = [post.headers["webhook-id"] for post in receiver.posts]
    assert len(ids) == len(set(ids)) == 15
    assert set(Delivery.objects.values_list("stage", "attempts")) == {(DeliveryStage.SENT, 1)}
