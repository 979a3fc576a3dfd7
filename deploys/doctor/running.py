"""Whether what Buildhub itself consists of runs: database, broker, worker, beat, and room on the disk.

Nothing here asks GitLab or a web host, so that a page and `/readyz` may look as often as they like.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.timesince import timesince
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from deploys.doctor.model import Check, Finding, Look, Thing
from deploys.models import Heartbeat, Part, Signs
from deploys.models.heartbeat import IDLE_WORK

DATABASE = Thing("running.database", "Database")
BROKER = Thing("running.broker", "Broker")
WORKER = Thing("running.worker", "Worker")
BEAT = Thing("running.beat", "Beat")
WORK = Thing("running.work", "Work getting done")
DISK = Thing("running.disk", "Disk")

DOCS = "docs/operations.md#is-it-well"
BROKER_PATIENCE = 1.0  # seconds
TIGHT, FULL = 0.10, 0.02  # shares of the disk that are free
QUEUE = "celery"  # Celery's own name of the one queue

_UP = "make run"
_COMMANDS = {
    Part.WORKER: "python -m celery --app buildhub --quiet worker --concurrency 2 --without-gossip --without-mingle",
    Part.BEAT: "python -m celery --app buildhub --quiet beat --schedule celerybeat-schedule --loglevel INFO",
}


class BrokerDown(Exception):
    """The broker does not answer; str() says how."""


def check(moment: datetime) -> Check:
    """All of it at this moment."""
    return Check(
        key="running",
        title="Running parts",
        looks=(
            Look(thing=DATABASE, run=_database),
            Look(thing=BROKER, run=_broker),
            Look(thing=WORKER, run=partial(_signs, moment)),
            Look(thing=DISK, run=_disk),
        ),
        docs=DOCS,
    )


def broker_client(patience: float) -> Redis:
    """A client of the broker that waits so many seconds for each answer and asks once.

    Not by Celery's connection, which tries again and again: a look must end. Raises ValueError for an address of
    another kind of broker.
    """
    address = settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://", 1).replace("virtual_host=", "db=", 1)
    waits = {"socket_timeout": patience, "socket_connect_timeout": patience}
    return Redis.from_url(address, retry=Retry(NoBackoff(), 0), **waits)


def messages_waiting() -> int:
    """How many messages wait in the broker for a free hand. Raises BrokerDown, after two seconds at most."""
    try:
        with broker_client(BROKER_PATIENCE) as broker:
            return int(broker.llen(QUEUE))
    except (RedisError, OSError, ValueError, TypeError) as error:  # of an address that is none, too
        raise BrokerDown(str(error) or type(error).__name__) from error


def room() -> tuple[int, int]:
    """Bytes that are free, and all of them, on the disk with the data folder."""
    usage = shutil.disk_usage(settings.DATA_DIR)
    return usage.free, usage.total


def _database() -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        yield DATABASE.wrong(
            f"PostgreSQL does not answer: {str(error).splitlines()[0]}.",
            "Start it, or correct DATABASE_URL. Nothing works without it, and nothing that was saved is lost.",
            start_command("postgres"),
        )
    else:
        yield DATABASE.ok("PostgreSQL answers.")


def _broker() -> Iterator[Finding]:
    try:
        messages_waiting()
    except BrokerDown as error:
        yield BROKER.wrong(
            f"Valkey or Redis does not answer: {error}.",
            "Start it, or correct REDIS_URL. Presses count meanwhile, and start when it is back.",
            start_command("valkey"),
        )
    else:
        yield BROKER.ok("It answers.")


def _signs(moment: datetime) -> Iterator[Finding]:
    try:
        signs = Heartbeat.signs()
    except DatabaseError:
        yield WORKER.unknown("Signs of life are in the database, which does not answer.")
        return
    yield _of_part(WORKER, Part.WORKER, signs.worker, moment)
    yield _of_part(BEAT, Part.BEAT, signs.beat, moment)
    if not signs.silent(moment):
        yield _work(signs, moment)


def _of_part(thing: Thing, part: Part, seen_at: datetime | None, moment: datetime) -> Finding:
    alone = Signs(worker=seen_at, beat=moment) if part == Part.WORKER else Signs(worker=moment, beat=seen_at)
    if seen_at and not alone.silent(moment):
        return thing.ok(f"Seen {_ago(seen_at, moment)}.")
    log = f"logs/worker.log in the data folder, or “docker compose logs {part}”, says why it ended."
    what = {
        Part.WORKER: "Nothing is started or followed without it; what waits begins by itself when it is back.",
        Part.BEAT: "Without it nobody looks after builds, and nothing goes live by itself.",
    }[part]
    if seen_at is None:
        return thing.missing(f"It was never seen. {what}", "Start it.", start_command(part))
    return thing.wrong(f"Last seen {_ago(seen_at, moment)}. {what}", f"Start it again; {log}", start_command(part))


def _work(signs: Signs, moment: datetime) -> Finding:
    if signs.ticks and moment - signs.ticks <= IDLE_WORK:
        return WORK.ok(f"The last tick was carried out {_ago(signs.ticks, moment)}.")
    last = (
        f"the last tick was carried out {_ago(signs.ticks, moment)}" if signs.ticks else "no tick was carried out yet"
    )
    return WORK.wrong(
        f"Worker and beat run, but {last}: every hand of the worker is taken, or messages do not arrive.",
        "Start a second worker beside the first; if that does not help, restart the broker and the worker.",
        start_command(Part.WORKER, more="--scale worker=2"),
    )


def _disk() -> Iterator[Finding]:
    free, total = room()
    share = free / total if total else 1.0
    said = f"{free / 1e9:,.1f} GB of {total / 1e9:,.1f} GB are free."
    step = "Make room on the disk of the data folder: old files in logs/, other programs' data, or a larger disk."
    if share < FULL:
        yield DISK.wrong(f"Nearly full: {said}", step)
    elif share < TIGHT:
        yield DISK.wrong(f"It is getting tight: {said}", step, is_needed=False)
    else:
        yield DISK.ok(said)


def start_command(part: str, *, more: str = "") -> str:
    """What to type, as this installation is run: `make run` starts its own servers, others are named by address."""
    if settings.EMBEDDED_BROKER and settings.EMBEDDED_DATABASE:
        return _UP
    compose = " ".join(word for word in ("docker compose up -d", more, part) if word)
    command = _COMMANDS.get(Part(part)) if part in set(Part) else None
    return "\n".join([compose, command] if command else [compose])


def _ago(at: datetime, moment: datetime) -> str:
    passed = max(timedelta(), moment - at)
    if passed < timedelta(minutes=2):
        seconds = int(passed.total_seconds())
        return f"{seconds} second{'' if seconds == 1 else 's'} ago"
    return f"{timesince(at, moment, depth=1)} ago".replace("\xa0", " ")
