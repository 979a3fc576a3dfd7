"""What becomes of 150 presses while the worker is killed six times and the broker loses everything three times.

In production a start whose worker was killed waits for its lease (two minutes) before anybody looks what became of
it, and "not there" is trusted after 90 seconds, because GitLab may be slow. The stand-in answers at once, so that both
are a few seconds here, and on a quiet machine the run ends within two minutes. BUILDHUB_START_LEASE and
BUILDHUB_LOOK_UP_PATIENCE (seconds) set them otherwise. Everything else is production's.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from urllib.parse import urlsplit

os.environ.setdefault("BUILDHUB_START_LEASE", "8")
os.environ.setdefault("BUILDHUB_LOOK_UP_PATIENCE", "5")

import _ready  # noqa: F401 - Django before its models
import redis
from _gitlab import Place, StandIn, make_place
from _people import Person, make_users, page_of
from _report import Figure, report
from _stage import HOST, Stage
from django.conf import settings

from deploys.builds.steps.find import VARIABLE
from deploys.lifecycle import State
from deploys.models import Build

PRESSES = 150
EVERY = 0.2  # seconds between presses, so that a new worker is at work again before it is killed
KILL_AT, OF = 12, 25  # at this press of every so many
FLUSH_AT, OF_MANY = 30, 50
STALL = 30  # seconds without any movement, on top of lease and look-up patience, after which nothing is waited for
LONGEST = 300  # seconds after the last press, whatever moves: only a machine with much else to do needs them


def main() -> None:
    """Press, break, wait, count and print."""
    with Stage() as stage:
        stage.start_web()
        stage.start_worker()
        place = make_place(stage.gitlab, "chaos", environments=PRESSES)
        person = Person(make_users(1, site=place.environments[0].site)[0], host=HOST, port=stage.port)
        kills, flushes, refused = _press(stage, place, person)
        pressed_at = time.monotonic()
        _let_end(stage.gitlab, place)
        figures = _figures(place, settle_seconds=time.monotonic() - pressed_at, refused=refused)
    how = (
        f"{PRESSES} presses over HTTP, one every {EVERY} s; worker killed {kills} times (SIGKILL), broker flushed "
        f"{flushes} times; lease {settings.START_LEASE:.0f} s, look-up patience {settings.LOOK_UP_PATIENCE:.0f} s."
    )
    report("chaos", how, figures)


def _press(stage: Stage, place: Place, person: Person) -> tuple[int, int, int]:
    """Press everywhere, killing and flushing on the way. How often each, and how many presses were refused."""
    kills = flushes = refused = 0
    broker = redis.Redis(unix_socket_path=urlsplit(settings.CELERY_BROKER_URL).path)
    for number, environment in enumerate(place.environments):
        began = time.monotonic()
        refused += person.press(person.get(page_of(environment))).status != 200
        if number % OF == KILL_AT:
            stage.kill_worker()
            stage.start_worker()
            kills += 1
        if number % OF_MANY == FLUSH_AT:
            broker.flushall()
            flushes += 1
        time.sleep(max(0.0, began + EVERY - time.monotonic()))
    return kills, flushes, refused


def _let_end(gitlab: StandIn, place: Place) -> None:
    """Let every pipeline go well as soon as it is there, until no build is open.

    Ends all the same when nothing has moved for a while, or after the longest time: then what is open is counted.
    """
    stall = STALL + settings.START_LEASE + settings.LOOK_UP_PATIENCE
    give_up_at = time.monotonic() + LONGEST
    seen, moved_at = (-1, -1), time.monotonic()
    while time.monotonic() < min(give_up_at, moved_at + stall):
        gitlab.settle(place.project)
        still_open = Build.objects.open().count()
        if not still_open:
            return
        now = (still_open, len(place.project.pipelines()))
        if now != seen:
            seen, moved_at = now, time.monotonic()
        time.sleep(0.5)


def _figures(place: Place, *, settle_seconds: float, refused: int) -> list[Figure]:
    pipelines = place.project.pipelines()
    made = Counter(next(one.value for one in line.variables if one.key == VARIABLE) for line in pipelines)
    lost = [key for key in Build.objects.values_list("key", flat=True) if str(key) not in made]
    well = Build.objects.filter(state=State.SUCCEEDED).count()
    return [
        Figure(name="builds pressed", value=Build.objects.count(), unit="", most=PRESSES, least=PRESSES),
        Figure(name="presses refused", value=refused, unit="", most=0),
        Figure(name="pipelines made", value=len(pipelines), unit="", most=PRESSES, least=PRESSES),
        Figure(name="builds with more than one pipeline", value=sum(n > 1 for n in made.values()), unit="", most=0),
        Figure(name="builds without a pipeline", value=len(lost), unit="", most=0),
        Figure(name="builds that ended well", value=well, unit="", most=PRESSES, least=PRESSES),
        Figure(name="builds still open", value=Build.objects.open().count(), unit="", most=0),
        Figure(name="from the last press to the last end", value=settle_seconds, unit="s"),
    ]


if __name__ == "__main__":
    main()
