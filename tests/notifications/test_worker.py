"""The same with a real worker process, which is killed while a receiver takes its time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils.timezone import now

from deploys.models import Delivery, DeliveryStage, Heartbeat
from tests.flows.worker import Worker, wait_until
from tests.notifications.receivers import Receiver
from tests.notifications.scenes import fail, museum, running, webhook

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]


@pytest.fixture
def worker(
    transactional_db: None,
    tmp_path_factory: pytest.TempPathFactory,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Worker]:
    """A worker that may send to the receiver."""
    monkeypatch.setenv("BUILDHUB_NOTIFY_PRIVATE_HOSTS", receiver.host)
    process = Worker(tmp_path_factory.mktemp("worker"))
    process.start()
    yield process
    process.stop()


def test_a_worker_killed_before_it_recorded_repeats_once_with_the_same_id(worker: Worker, receiver: Receiver) -> None:
    """The receiver had it already; the id says so. Nothing is lost, and nothing comes a third time."""
    receiver.delay = 4.0
    environment = museum()
    webhook(environment, receiver.url)
    fail(running(environment))
    wait_until(lambda: len(receiver.posts) == 1, what="the first post")
    worker.kill()
    receiver.delay = 0.0
    assert Delivery.objects.get().stage == DeliveryStage.WAITING
    # The leases of the dead worker, which last minutes, are over.
    Delivery.objects.update(lease_until=now())
    Heartbeat.objects.all().delete()
    worker.start()
    wait_until(lambda: Delivery.objects.get().stage == DeliveryStage.SENT, what="the record")
    fail(running(environment))
    wait_until(lambda: Delivery.objects.filter(stage=DeliveryStage.SENT).count() == 2, what="the next event")
    ids = [post.headers["webhook-id"] for post in receiver.posts]
    assert len(ids) == 3
    assert ids[0] == ids[1] != ids[2]
