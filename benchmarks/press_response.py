"""How long a press takes to be answered: 20 people, each on an environment of their own.

Each round every person opens the page (not measured) and presses, as htmx sends it: session, CSRF, the row and its
first event committed, the new card rendered. A real worker starts the builds meanwhile; between rounds they end.
Browsers, web process, worker, database and stand-in share one machine here, so that a burst also waits for them; the
processor time that a press takes of the web process says what it costs by itself.
"""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from _gitlab import Place, make_place
from _people import Answer, Person, make_users, page_of
from _processes import cpu_seconds
from _report import Figure, median, report, share
from _stage import HOST, Stage, wait_until

from deploys.models import Build, Environment

PEOPLE = 20
ROUNDS = 10
WINDOW = 1.0  # seconds over which the presses of a round spread
MOST_MS = 60


def main() -> None:
    """Measure both ways of pressing and print."""
    with Stage() as stage:
        stage.start_web()
        stage.start_worker()
        place = make_place(stage.gitlab, "press", environments=PEOPLE)
        users = make_users(PEOPLE, site=place.environments[0].site)
        people = [Person(user, host=HOST, port=stage.port) for user in users]
        _round(stage, place, people, WINDOW)
        spread = [one for _ in range(ROUNDS) for one in _round(stage, place, people, WINDOW)]
        at_once = [one for _ in range(ROUNDS) for one in _round(stage, place, people, 0)]
        alone, cost = _one_by_one(stage, place, people)
    figures = _figures("each at a moment of the same second", spread, MOST_MS)
    figures += _figures("all in the same instant", at_once, None)
    figures += _figures("one after the other", alone, None)
    figures.append(Figure(name="processor time of the web process for a press", value=1000 * cost, unit="ms"))
    how = f"{PEOPLE} people on {PEOPLE} environments of one site, {ROUNDS} rounds each way, after one to warm up."
    report("press -> response", how, figures)


def _round(stage: Stage, place: Place, people: list[Person], window: float) -> list[float]:
    """Everybody presses once; the seconds of each. The builds are over when this returns."""
    start = threading.Barrier(len(people))

    def press(person: Person, environment: Environment) -> Answer:
        page = person.get(page_of(environment))
        pause = random.uniform(0, window)
        start.wait(timeout=30)
        time.sleep(pause)
        return person.press(page)

    with ThreadPoolExecutor(len(people)) as pool:
        answers = list(pool.map(press, people, place.environments))
    assert all(answer.status == 200 for answer in answers), answers[0]
    _finish(stage, place)
    return [answer.seconds for answer in answers]


def _one_by_one(stage: Stage, place: Place, people: list[Person]) -> tuple[list[float], float]:
    """Everybody presses once, nobody meanwhile: the seconds of each, and the web process's own for one of them."""
    assert stage.web is not None
    pages = [person.get(page_of(one)) for person, one in zip(people, place.environments, strict=True)]
    before = cpu_seconds(stage.web.pid)
    answers = [person.press(page) for person, page in zip(people, pages, strict=True)]
    cost = (cpu_seconds(stage.web.pid) - before) / len(people)
    _finish(stage, place)
    return [answer.seconds for answer in answers], cost


def _finish(stage: Stage, place: Place) -> None:
    def all_over() -> bool:
        stage.gitlab.settle(place.project)
        return not Build.objects.open().exists()

    wait_until(all_over, what="the end of all builds", seconds=60, pause=0.3)


def _figures(name: str, seconds: list[float], most: float | None) -> list[Figure]:
    return [
        Figure(name=f"median, {name}", value=1000 * median(seconds), unit="ms"),
        Figure(name=f"p95, {name}", value=1000 * share(seconds, 95), unit="ms", most=most),
    ]


if __name__ == "__main__":
    main()
