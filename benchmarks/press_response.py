"""How long a press takes to be answered: 20 people, each on an environment of their own.

Each round every person opens the page (not measured) and presses, as htmx sends it: session, CSRF, the row and its
first event committed, the new card rendered. A real worker starts the builds meanwhile with a real request each, and
follows them; between rounds they end. The stand-in GitLab answers, its pipelines run no jobs: jobs run elsewhere in
real life, and 20 builders at once on this machine would measure those. The people press from a process of their own.

People, web process, worker, database and stand-in still share one machine, so that a burst also waits for them. The
processor times say what a press costs by itself and do not depend on who else uses the machine.
"""

from __future__ import annotations

from _crowd import Crowd
from _gitlab import Place, make_place
from _people import make_users, page_of, session_of
from _processes import cpu_seconds
from _report import Figure, median, report, share
from _stage import HOST, Stage, wait_until

from deploys.models import Build

PEOPLE = 20
ROUNDS = 10
WINDOW = 1.0  # seconds over which the presses of a round spread
MOST_MS = 60
WAYS = {
    "each at a moment of the same second": WINDOW,
    "all in the same instant": 0,
    "one after the other": None,
}


def main() -> None:
    """Measure the ways of pressing and print."""
    figures = []
    with Stage() as stage:
        stage.start_web()
        stage.start_worker()
        place = make_place(stage.gitlab, "press", environments=PEOPLE)
        users = make_users(PEOPLE, site=place.environments[0].site)
        sessions, pages = [session_of(user) for user in users], [page_of(one) for one in place.environments]
        with Crowd(host=HOST, port=stage.port, sessions=sessions, pages=pages) as crowd:
            _rounds(stage, place, crowd, WINDOW, 1)
            for name, window in WAYS.items():
                seconds, costs = _rounds(stage, place, crowd, window, ROUNDS)
                figures += _figures(name, seconds, MOST_MS if window == WINDOW else None)
    figures.append(Figure(name="processor time of the web process for a press", value=1000 * median(costs), unit="ms"))
    how = f"{PEOPLE} people on {PEOPLE} environments of one site, {ROUNDS} rounds each way, after one to warm up."
    report("press -> response", how, figures)


def _rounds(
    stage: Stage, place: Place, crowd: Crowd, window: float | None, rounds: int
) -> tuple[list[float], list[float]]:
    """So many rounds in which everybody presses once: all seconds, and the web process's own per press of each round.

    The builds of a round are over before the next.
    """
    assert stage.web is not None
    seconds: list[float] = []
    costs: list[float] = []
    for _ in range(rounds):
        crowd.open_pages()
        before = cpu_seconds(stage.web.pid)
        seconds += crowd.press(window=window)
        costs.append((cpu_seconds(stage.web.pid) - before) / PEOPLE)
        _finish(stage, place)
    return seconds, costs


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
