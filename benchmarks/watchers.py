"""What 500 open pages cost one web process: every page asks every two seconds whether something is new.

The pages watch builds that are under way, so the page itself names the interval. Nothing happens to the builds while
it is measured; an answer is then 204, but for pages whose words have grown old.
"""

from __future__ import annotations

import asyncio
import re

import psycopg
from _gitlab import make_place
from _people import make_users, page_of, session_of
from _processes import cpu_seconds
from _ready import CLUSTER
from _report import Figure, median, report, share
from _stage import HOST, Stage
from _watching import NOTHING_NEW, Tally, Watcher

from buildhub.up import postgres
from deploys.lifecycle import State
from deploys.models import Environment, User
from tests import scenes

WATCHERS = 500
PLACES = 20
EVERY = 2.0
WARM_UP, MEASURED = 6.0, 30.0  # seconds
COUNTED = 200  # unchanged answers whose statements are counted
MOST_SHARE, MOST_MS, MOST_QUERIES = 40, 25, 3
STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:]+): ")


def main() -> None:
    """Watch, measure and print."""
    with Stage() as stage:
        stage.start_web(processes=1)
        place = make_place(stage.gitlab, "watch", environments=PLACES)
        users = make_users(WATCHERS, site=place.environments[0].site)
        for environment, user in zip(place.environments, users, strict=False):
            scenes.make_build(environment=environment, state=State.RUNNING, requested_by=user)
        watchers = _watchers(place.environments, users, stage.port)
        assert stage.web is not None
        queries, used, tally = asyncio.run(_measure(watchers, stage.web.pid))
    answers = len(tally.seconds)
    figures = [
        Figure(name="processor of the web process, of one core", value=100 * used, unit="%", most=MOST_SHARE),
        Figure(name="median answer", value=1000 * median(tally.seconds), unit="ms"),
        Figure(name="p95 answer", value=1000 * share(tally.seconds, 95), unit="ms", most=MOST_MS),
        Figure(name="errors", value=len(tally.errors), unit="", most=0, note=" ".join(sorted(set(tally.errors)))),
        Figure(name="statements for an unchanged answer", value=queries, unit="", most=MOST_QUERIES),
        Figure(name="answers a second", value=answers / MEASURED, unit=""),
        Figure(name="of them with news (words had grown old)", value=100 * tally.fresh / answers, unit="%"),
        Figure(name="of them on a new connection", value=100 * tally.connects / answers, unit="%"),
    ]
    how = (
        f"{WATCHERS} people on {PLACES} environments with builds under way, each asking every {EVERY:.0f} s "
        f"for {MEASURED:.0f} s after {WARM_UP:.0f} s to warm up; statements counted in the server's log."
    )
    report("watchers", how, figures)


def _watchers(environments: list[Environment], users: list[User], port: int) -> list[Watcher]:
    return [
        Watcher(host=HOST, port=port, session=session_of(user), page=page_of(environments[number % len(environments)]))
        for number, user in enumerate(users)
    ]


async def _measure(watchers: list[Watcher], web: int) -> tuple[float, float, Tally]:
    """Statements per unchanged answer, share of one core, and what the watchers met."""
    for watcher in watchers:
        await watcher.open()
    paces = {watcher.view.every for watcher in watchers if watcher.view}
    assert paces == {EVERY}, f"the pages ask every {paces} seconds"
    queries = await _statements(watchers[0])
    loop = asyncio.get_running_loop()
    end = loop.time() + WARM_UP + MEASURED
    polls = asyncio.gather(*(watcher.watch(every=EVERY, until=end) for watcher in watchers))
    await asyncio.sleep(WARM_UP)
    for watcher in watchers:
        watcher.tally = Tally()
    began, used = loop.time(), cpu_seconds(web)
    await asyncio.sleep(end - loop.time())
    used, took = cpu_seconds(web) - used, loop.time() - began
    await polls
    return queries, used / took, _sum([watcher.tally for watcher in watchers])


async def _statements(watcher: Watcher) -> float:
    """How many statements reach PostgreSQL for an unchanged answer, checks of the connection included."""
    await watcher.poll_once()
    with psycopg.connect(host=str(CLUSTER.sockets), user=postgres.USER, dbname="buildhub", autocommit=True) as own:
        own.execute("ALTER SYSTEM SET log_statement = 'all'")
        own.execute("SELECT pg_reload_conf()")
        await asyncio.sleep(1)
        before = _logged()
        statuses = [await watcher.poll_once() for _ in range(COUNTED)]
        after = _logged()
        own.execute("ALTER SYSTEM RESET log_statement")
        own.execute("SELECT pg_reload_conf()")
    assert set(statuses) == {NOTHING_NEW}, f"the answers were {set(statuses)}"
    await asyncio.sleep(1)
    return (after - before) / COUNTED


def _logged() -> int:
    return len(STATEMENT.findall(CLUSTER.log.read_text(errors="replace")))


def _sum(tallies: list[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.seconds += tally.seconds
        whole.errors += tally.errors
        whole.unchanged += tally.unchanged
        whole.fresh += tally.fresh
        whole.connects += tally.connects
    return whole


if __name__ == "__main__":
    main()
