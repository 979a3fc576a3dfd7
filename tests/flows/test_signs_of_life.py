"""Real workers and a real beat, killed one by one: who is missing is named, and is seen again after a start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils.timezone import now

from buildhub.up.commands import beat_command, worker_command
from deploys.models import Heartbeat, Part
from deploys.models.heartbeat import SILENCE
from tests.flows import worker
from tests.flows.worker import QUICK, ROOT, wait_until
from tests.flows.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]


class Parts:
    """Worker and beat as compose starts them, each a process group of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commands = {
            Part.WORKER: worker_command(python=sys.executable),
            Part.BEAT: beat_command(python=sys.executable, schedule=folder / "schedule"),
        }
        self.running: dict[Part, subprocess.Popen[bytes]] = {}

    def start(self, part: Part) -> None:
        """Start one of them."""
        environ = (
            os.environ | QUICK | {"DATABASE_URL": worker.test_database_url(), "LOG_FORMAT": "json", "LOG_LEVEL": "INFO"}
        )
        with self.log(part).open("ab") as log:
            self.running[part] = subprocess.Popen(
                self.commands[part],
                cwd=ROOT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, part: Part) -> None:
        """SIGKILL for one and its children: no chance to say goodbye."""
        process = self.running.pop(part)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)

    def freeze(self, part: Part) -> None:
        """It is there and does nothing, as when its machine hangs."""
        os.killpg(self.running[part].pid, signal.SIGSTOP)

    def log(self, part: Part) -> Path:
        """What it wrote."""
        return self.folder / f"{part}.log"


@pytest.fixture
def parts(transactional_db: None, tmp_path: Path) -> Iterator[Parts]:
    """Both run, and nothing is left of them in the end."""
    made = Parts(tmp_path)
    made.start(Part.WORKER)
    made.start(Part.BEAT)
    yield made
    for part in list(made.running):
        made.kill(part)


def is_ready(client: Client) -> bool:
    """What `/readyz` answers."""
    return client.get("/readyz").status_code == 200


def age(*silent: Part) -> None:
    """Half a minute passes, of which those that run would have made nothing."""
    Heartbeat.objects.filter(pk__in=silent).update(seen_at=now() - SILENCE - timedelta(seconds=1))


def not_ok(client: Client) -> set[str]:
    """The parts that `/readyz` names."""
    parts: dict[str, str] = client.get("/readyz").json()["parts"]
    return {name for name, word in parts.items() if word != "ok"}


def card_of(client: Client, world: World) -> str:
    """The publish card as an admin sees it."""
    return client.get(world.environment.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("part", "words", "end"),
    [
        (Part.WORKER, "The worker gave no sign", "kill"),
        (Part.BEAT, "Beat, which sends", "freeze"),
        pytest.param(Part.WORKER, "The worker gave no sign", "freeze", marks=pytest.mark.endurance),
        pytest.param(Part.BEAT, "Beat, which sends", "kill", marks=pytest.mark.endurance),
    ],
)
def test_who_is_gone_is_named_and_seen_again(
    part: Part, words: str, end: str, world: World, parts: Parts, client: Client
) -> None:
    """By `/readyz` and by the card; what runs is not blamed, and after a start all is well again."""
    world.publisher.is_superuser = True
    world.publisher.save()
    client.force_login(world.publisher)
    wait_until(lambda: is_ready(client), what="all parts at work", seconds=60)
    assert 'data-state="service_down"' not in card_of(client, world)
    getattr(parts, end)(part)
    age(part)
    assert not_ok(client) == {part.value}
    card = card_of(client, world)
    assert "Publishing waits: a part of Buildhub is not running" in card
    assert words in card
    if end == "freeze":
        parts.kill(part)
    parts.start(part)
    wait_until(lambda: is_ready(client), what="all parts at work again", seconds=60)
    assert 'data-state="service_down"' not in card_of(client, world)


def test_lines_of_a_real_worker_name_the_build(world: World, parts: Parts) -> None:
    """One JSON object a line; what is told of a build carries its id and the key that GitLab knows."""
    build = world.press()
    wait_until(lambda: build.events.filter(new="pending").exists(), what="the start", seconds=60)

    def lines() -> list[dict[str, object]]:
        text = parts.log(Part.WORKER).read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    wait_until(lambda: any("to pending" in str(line["message"]) for line in lines()), what="the line")
    (moved,) = [line for line in lines() if "to starting" in str(line["message"])]
    assert moved["build_id"] == build.pk
    assert moved["build"] == str(build.key)
    assert moved["task"] == "builds.tasks.start_build"
    assert moved["level"] == "INFO"
    assert "about" not in moved
