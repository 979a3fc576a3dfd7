"""Readings of a large CMS: the first, an unchanged one, later ones, the list of changes, storage and memory.

100,000 entries of about 4 KB (`--entries` for fewer); each later reading edits 450, removes 20 and adds 30. "Beside
the fetch" means from the entries in memory to the committed state: hashing, spooling, comparing, writing. A copy per
build is what 50 full copies of the content would take.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable

import _ready  # noqa: F401 - Django and its servers first
from _museum import Museum
from _report import Figure, median, report, share
from django.db import connection
from django.test import Client
from django.utils.timezone import now

from deploys.content.changes import Point, changes
from deploys.content.comparison import waiting
from deploys.content.spool import Spool
from deploys.content.store import store
from deploys.lifecycle import State
from deploys.models import BuildContent, ContentSource, Environment, Role
from tests import scenes

STATES = 50
EDITED, REMOVED, ADDED = 450, 20, 30
VISITS = 40
MEGABYTE = 1024 * 1024


def main() -> None:
    """Read, compare, look, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    size = parser.parse_args().entries
    museum = Museum(size)
    environment = scenes.make_environment()
    source = ContentSource.objects.create(site=environment.site, name="Large CMS")
    making = _seconds(lambda: [None for _ in museum.entries()])
    first = _read(source, museum)
    copy = _bytes("deploys_contentblob")
    unchanged = _read(source, museum)
    _publish(environment, source)
    later = [_later(source, museum) for _ in range(STATES - 1)]
    stored = sum(_bytes(table) for table in ("deploys_contentblob", "deploys_entryversion", "deploys_contentstate"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lists = [_list(source, seq) for seq in range(1, STATES)]
    _publish(environment, source, back=1)
    pages = _visits(environment)
    report(
        "Readings of a large CMS",
        f"{size:,} entries, {STATES} states, {EDITED} edited, {REMOVED} removed, {ADDED} added each time; one process",
        [
            Figure(name="first reading, beside the fetch", value=first[0] - making, unit="s", most=25),
            Figure(name="unchanged reading, beside the fetch", value=unchanged[0] - making, unit="s", most=6),
            Figure(name="later reading, database, median", value=median([one[1] for one in later]), unit="s", most=1.5),
            Figure(name="list of changes between neighbours, p95", value=share(lists, 95), unit="ms", most=30),
            Figure(name="Changes page, p95", value=share(pages, 95), unit="ms", most=150),
            Figure(name="highest memory of the reading process", value=memory, unit="MB", most=500),
            Figure(
                name=f"storage of {STATES} states against a copy per build",
                value=STATES * copy / stored,
                unit="x less",
                least=20,
                note=f"{stored / MEGABYTE:.0f} MB",
            ),
        ],
    )


def _read(source: ContentSource, museum: Museum) -> tuple[float, float]:
    """Read once; seconds in all, making the entries up included, and seconds of storing alone."""
    begun = time.perf_counter()
    with Spool() as spool:
        for entry in museum.entries():
            spool.add(entry)
        spooled = time.perf_counter()
        store(source, spool, read_from=now(), read_to=now())
    ended = time.perf_counter()
    source.refresh_from_db()
    return ended - begun, ended - spooled


def _later(source: ContentSource, museum: Museum) -> tuple[float, float]:
    museum.edit(edited=EDITED, removed=REMOVED, added=ADDED)
    return _read(source, museum)


def _list(source: ContentSource, seq: int) -> float:
    """Milliseconds for the list of changes from a state to the next."""
    moment = now()
    old, new = Point(seq=seq, moment=moment), Point(seq=seq + 1, moment=moment)
    return min(_seconds(lambda: changes(source, old, new)) for _ in range(3)) * 1000


def _publish(environment: Environment, source: ContentSource, *, back: int = 0) -> None:
    """A build with the content as it was so many states ago is live."""
    build = scenes.make_build(environment=environment, state=State.SUCCEEDED)
    BuildContent.objects.create(build=build, source=source, seq=source.seq - back, read_at=now())
    scenes.make_release(build=build)


def _visits(environment: Environment) -> list[float]:
    """Milliseconds of each visit to the Changes page with 500 changes waiting."""
    environment.refresh_from_db()
    assert len(waiting(environment, now()).changes) == EDITED + REMOVED + ADDED
    client = Client(HTTP_HOST="localhost")
    client.force_login(scenes.make_person(Role.EDITOR, site=environment.site))
    address = f"{environment.get_absolute_url()}changes/"
    return [_visit(client, address) for _ in range(VISITS)][1:]


def _visit(client: Client, address: str) -> float:
    begun = time.perf_counter()
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return (time.perf_counter() - begun) * 1000


def _seconds(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def _bytes(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size(%s)", [table])
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
