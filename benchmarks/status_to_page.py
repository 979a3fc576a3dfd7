"""How long after a change in GitLab the page of a watcher shows it, with hooks and by polling alone; and its price.

Each watcher polls as the page does. A change is the stand-in's pipeline going to running, then to success, at a
random moment; it is shown when the answer to a poll names the new step, then the end. The price is the number of API
calls a minute while 50 builds of one project are under way and nothing happens to most of them: the list, the jobs of
running builds, and their logs, in which jobs tell how far they are.
"""

from __future__ import annotations

import random
import time

import _ready  # noqa: F401 - Django before its models
from _audience import Audience, Condition
from _gitlab import Place, make_place
from _people import make_users
from _report import Figure, median, report, share
from _stage import HOST, Stage, wait_until

from deploys.builds import actions
from deploys.lifecycle import FOLLOWED
from deploys.models import Build, Cause, User

WATCHERS = 10
ROUNDS = 6
WINDOW = 3.0  # seconds over which the changes of a round spread
MOST_WITH_HOOKS, MOST_BY_POLLING = 2.5, 4
BUILDS, RUNNING = 50, 10
COUNTED_SECONDS = 60
MOST_LISTS = 35
MOST_READS = 12  # one every five seconds, for the job's own count
COLLECTING = "Collecting content"  # the step of the CI file's first job


def main() -> None:
    """Measure both ways and the price, and print."""
    with Stage() as stage:
        stage.start_web()
        stage.start_worker()
        address = f"http://{HOST}:{stage.port}"
        hooked = make_place(stage.gitlab, "hooked", environments=WATCHERS, hooks_to=address)
        figures = _delays(stage, hooked, "with hooks", MOST_WITH_HOOKS)
        polled = make_place(stage.gitlab, "polled", environments=WATCHERS)
        figures += _delays(stage, polled, "by polling alone", MOST_BY_POLLING)
        figures += _price(stage)
    how = (
        f"{WATCHERS} watchers, {ROUNDS} rounds of two changes each way; "
        f"{BUILDS} builds of one project, {RUNNING} of them running, for {COUNTED_SECONDS} s without hooks."
    )
    report("status change in GitLab -> page of a watcher", how, figures)


def _delays(stage: Stage, place: Place, name: str, most: float) -> list[Figure]:
    users = make_users(WATCHERS, site=place.environments[0].site)
    with Audience(place.environments, users, stage.port) as audience:
        rounds = [_round(stage, place, users, audience) for _ in range(ROUNDS)]
        errors = audience.errors()
    assert not errors, errors
    seconds = [one for each in rounds for one in each]
    return [
        Figure(name=f"median, {name}", value=median(seconds), unit="s"),
        Figure(name=f"p95, {name}", value=share(seconds, 95), unit="s", most=most),
        Figure(name=f"longest, {name}", value=max(seconds), unit="s"),
    ]


def _round(stage: Stage, place: Place, users: list[User], audience: Audience) -> list[float]:
    """One build in every environment, from the press to its end; the seconds of both changes of each."""
    builds = [
        actions.request(environment=environment, actor=user, cause=Cause.PERSON)
        for environment, user in zip(place.environments, users, strict=True)
    ]
    keys = [build.pk for build in builds]
    wait_until(lambda: _followed(keys) == len(keys), what="a pipeline for every build", seconds=60)
    audience.reload()
    pipelines = [Build.objects.values_list("pipeline_id", flat=True).get(pk=key) or 0 for key in keys]
    delays = _change(stage, pipelines, "running", audience, lambda view: view.step == COLLECTING)
    delays += _change(stage, pipelines, "success", audience, lambda view: view.state == "published_unchecked")
    return delays


def _followed(keys: list[int]) -> int:
    return Build.objects.filter(pk__in=keys, state__in=FOLLOWED).count()


def _change(stage: Stage, pipelines: list[int], status: str, audience: Audience, shown: Condition) -> list[float]:
    """Give each pipeline the status at a random moment; the seconds until its watcher's page shows it."""
    begun: dict[int, float] = {}
    moments = sorted((random.uniform(0, WINDOW), number) for number in range(len(pipelines)))
    start = time.perf_counter()
    for moment, number in moments:
        assert audience.first_seen(number, shown) is None, "the page shows the change before it happened"
        time.sleep(max(0.0, start + moment - time.perf_counter()))
        begun[number] = time.perf_counter()
        stage.gitlab.set_status(pipelines[number], status)
    numbers = range(len(pipelines))
    wait_until(
        lambda: all(audience.first_seen(number, shown) is not None for number in numbers),
        what=f"“{status}” on every page",
        seconds=60,
    )
    return [(audience.first_seen(number, shown, since=begun[number]) or 0.0) - begun[number] for number in numbers]


def _price(stage: Stage) -> list[Figure]:
    """API calls a minute while builds of one project are under way."""
    place = make_place(stage.gitlab, "many", environments=BUILDS)
    keys = [actions.request(environment=one, actor=None, cause=Cause.COMMAND).pk for one in place.environments]
    wait_until(lambda: _followed(keys) == BUILDS, what="a pipeline for every build", seconds=120)
    for pipeline in place.project.pipelines()[:RUNNING]:
        stage.gitlab.set_status(pipeline.id, "running")
    time.sleep(5)
    stage.gitlab.take_calls()
    time.sleep(COUNTED_SECONDS)
    counted = {kind: number * 60 / COUNTED_SECONDS for kind, number in stage.gitlab.count_calls().items()}
    stage.gitlab.settle(place.project)
    others = sum(number for kind, number in counted.items() if kind not in {"pipelines", "jobs", "jobs/trace"})
    return [
        Figure(name="calls of the pipeline list a minute", value=counted.get("pipelines", 0), unit="", most=MOST_LISTS),
        Figure(name="calls of jobs a minute for each running build", value=counted.get("jobs", 0) / RUNNING, unit=""),
        Figure(
            name="reads of a log a minute for each running build",
            value=counted.get("jobs/trace", 0) / RUNNING,
            unit="",
            most=MOST_READS,
        ),
        Figure(name="other calls a minute", value=others, unit="", most=0),
    ]


if __name__ == "__main__":
    main()
