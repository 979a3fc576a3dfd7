"""How long after a press GitLab is asked: from the press's request to the trigger's POST at the stand-in.

Every press is paired with a bare httpx POST of the same trigger over a connection that is already open, one after the
other. Both are measured from the call that sends to the arrival at the stand-in, by one clock in one process.
"""

from __future__ import annotations

import time

import httpx
from _gitlab import API_TOKEN, TRIGGER, TRIGGER_TOKEN, Place, make_place
from _people import Person, make_users, page_of
from _report import Figure, median, report, share
from _stage import HOST, Stage, wait_until

from deploys.models import Build

PAIRS = 60
WARM_UP = 5
PAUSE = 0.25  # seconds after each, so that none meets the work of the one before
MOST_MS = 50


def main() -> None:
    """Measure the pairs and print."""
    with Stage() as stage, httpx.Client() as bare:
        stage.start_web()
        stage.start_worker()
        place = make_place(stage.gitlab, "press", environments=PAIRS + WARM_UP)
        person = Person(make_users(1, site=place.environments[0].site)[0], host=HOST, port=stage.port)
        presses, posts = [], []
        for environment in place.environments:
            page = person.get(page_of(environment))
            stage.gitlab.take_calls()
            presses.append(_until_arrival(stage, person.press(page).asked_at))
            wait_until(lambda: not Build.objects.filter(pipeline_id=None).exists(), what="the pipeline")
            time.sleep(PAUSE)
            posts.append(_bare_post(stage, place, bare))
            time.sleep(PAUSE)
    _print(presses[WARM_UP:], posts[WARM_UP:])


def _bare_post(stage: Stage, place: Place, bare: httpx.Client) -> float:
    address = f"{stage.gitlab.url}/api/v4/projects/{place.project.id}/trigger/pipeline"
    body = {"token": TRIGGER_TOKEN, "ref": "main", "variables": {"BUILDHUB_BUILD": "bare"}}
    stage.gitlab.take_calls()
    asked_at = time.perf_counter()
    bare.post(address, json=body, headers={"PRIVATE-TOKEN": API_TOKEN}).raise_for_status()
    return _until_arrival(stage, asked_at)


def _until_arrival(stage: Stage, asked_at: float) -> float:
    """Seconds from then until the trigger's POST stood at the stand-in."""
    arrivals: list[float] = []

    def has_arrived() -> bool:
        arrivals.extend(call.at for call in stage.gitlab.take_calls() if call.kind == TRIGGER)
        return bool(arrivals)

    wait_until(has_arrived, what="the request to GitLab", pause=0.005)
    return arrivals[0] - asked_at


def _print(presses: list[float], posts: list[float]) -> None:
    over = median(presses) - median(posts)
    figures = [
        Figure(name="median, press -> POST at GitLab", value=1000 * median(presses), unit="ms"),
        Figure(name="p95, press -> POST at GitLab", value=1000 * share(presses, 95), unit="ms"),
        Figure(name="median, bare httpx POST -> GitLab", value=1000 * median(posts), unit="ms"),
        Figure(name="p95, bare httpx POST -> GitLab", value=1000 * share(posts, 95), unit="ms"),
        Figure(name="difference of the medians", value=1000 * over, unit="ms", most=MOST_MS),
    ]
    how = f"{PAIRS} pairs, one after the other, after {WARM_UP} to warm up; each press on an environment of its own."
    report("press -> POST at GitLab", how, figures)


if __name__ == "__main__":
    main()
