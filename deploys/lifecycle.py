"""The life of a build on one screen: states, groups, allowed moves, and what GitLab's statuses mean here.

`docs/lifecycle.md` is drawn from these tables by `manage.py draw_lifecycle`.
"""

from django.db.models import TextChoices


class State(TextChoices):
    """Where a build stands. Values are GitLab's words; people read the labels' counterparts in the templates."""

    QUEUED = "queued", "in line: waits for its turn"
    STARTING = "starting", "a worker holds the lease and talks to GitLab; the outcome may be unknown"
    UNKNOWN = "unknown", "the answer got lost and the look-up could not settle it; a person decides"
    PENDING = "pending", "the pipeline exists, nothing runs yet"
    RUNNING = "running", "jobs run"
    WAITING = "waiting", "the pipeline waits for a person in GitLab"
    SUCCEEDED = "succeeded", "ended: the pipeline went green"
    FAILED = "failed", "ended: the reason is its error class"
    CANCELED = "canceled", "ended: somebody stopped it"
    LOST = "lost", "ended: the pipeline is gone, or nothing was heard by the deadline"
    SUPERSEDED = "superseded", "ended: a later build in line took its changes along"


S = State
MOVES: dict[State, frozenset[State]] = {
    S.QUEUED: frozenset({S.STARTING, S.CANCELED, S.SUPERSEDED}),
    S.STARTING: frozenset({S.PENDING, S.RUNNING, S.WAITING, S.SUCCEEDED, S.FAILED, S.CANCELED, S.UNKNOWN}),
    S.UNKNOWN: frozenset({S.PENDING, S.RUNNING, S.FAILED, S.CANCELED}),
    S.PENDING: frozenset({S.RUNNING, S.WAITING, S.SUCCEEDED, S.FAILED, S.CANCELED, S.LOST}),
    S.RUNNING: frozenset({S.WAITING, S.SUCCEEDED, S.FAILED, S.CANCELED, S.LOST}),
    S.WAITING: frozenset({S.RUNNING, S.SUCCEEDED, S.FAILED, S.CANCELED, S.LOST}),
    S.SUCCEEDED: frozenset({S.RUNNING}),
    S.FAILED: frozenset({S.RUNNING}),
    S.CANCELED: frozenset({S.RUNNING}),
    S.LOST: frozenset({S.RUNNING, S.SUCCEEDED, S.FAILED, S.CANCELED}),
    S.SUPERSEDED: frozenset(),
}

OPEN = frozenset({S.QUEUED, S.STARTING, S.UNKNOWN, S.PENDING, S.RUNNING, S.WAITING})
ACTIVE = OPEN - {S.QUEUED}  # at most one of these per environment; Postgres refuses a second
FOLLOWED = frozenset({S.PENDING, S.RUNNING, S.WAITING})  # these have a pipeline that GitLab is asked about
ENDED = frozenset(State) - OPEN

# GitLab's 13 pipeline statuses (GitLab docs, pipelines API, `status`).
MEANING: dict[str, State] = {
    "created": S.PENDING,
    "waiting_for_resource": S.PENDING,
    "preparing": S.PENDING,
    "waiting_for_callback": S.PENDING,
    "pending": S.PENDING,
    "running": S.RUNNING,
    "canceling": S.RUNNING,
    "success": S.SUCCEEDED,
    "failed": S.FAILED,
    "canceled": S.CANCELED,
    "skipped": S.FAILED,
    "manual": S.WAITING,
    "scheduled": S.WAITING,
}


def next_state(current: State, status: str) -> State | None:
    """Say where a build goes next when its pipeline has this GitLab status; None to stay, also for an unknown status.

    GitLab may step back from running to pending, and a completed pipeline may run again after a retry: both read as
    running here. An end that turned into another end went through running too, whether or not we saw it.
    """
    target = MEANING.get(status)
    if target is None or target == current:
        return None
    if target in MOVES[current]:
        return target
    went_through_running = current in ENDED or (current == S.WAITING and target == S.PENDING)
    return S.RUNNING if went_through_running and S.RUNNING in MOVES[current] else None
