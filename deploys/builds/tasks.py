"""Celery's shells of the steps: load by id, call one step, safe to run twice."""

from __future__ import annotations

from celery import shared_task
from celery.signals import worker_process_init
from django.utils.timezone import now

from deploys import ticking  # noqa: F401 - the worker that knows these tasks leaves its signs of life
from deploys.builds import tokens
from deploys.builds.steps import copy, held_back, logs, observe, settle, start, stop, token
from deploys.builds.steps import sweep as sweeping
from deploys.gitlab.client import GitLab
from deploys.models import Build, GitLabProject, Heartbeat, Part

TICK = 2
QUIET_TICK = 60


@worker_process_init.connect
def warm_up(**_: object) -> None:
    """Load the certificate list before the first build: it takes a fifth of a second."""
    with GitLab(url="https://gitlab.invalid", project=1):
        pass


@shared_task
def start_build(build_id: int) -> None:
    """Start one build."""
    start.start(build_id)


@shared_task(soft_time_limit=7200, time_limit=7210)
def copy_release(build_id: int) -> None:
    """Copy a kept release on the web host."""
    copy.run(build_id)


@shared_task
def explain_held_back(build_id: int) -> None:
    """Read on the web host what a held back publish would have removed."""
    held_back.explain(build_id)


@shared_task
def settle_build(build_id: int) -> None:
    """Look once more for a build whose fate is unknown."""
    settle.settle(build_id)


@shared_task
def cancel_build(build_id: int) -> None:
    """Stop one build."""
    stop.cancel(build_id)


@shared_task
def observe_project(project_id: int) -> None:
    """Look at one GitLab project."""
    observe.observe_project(project_id)


@shared_task
def observe_active_builds() -> None:
    """Look at every project that has a build due."""
    Heartbeat.beat(Part.TICKS)
    due = Build.objects.due_for_a_look().values("environment__gitlab_project")
    for pk in GitLabProject.objects.reachable_now().filter(pk__in=due).values_list("pk", flat=True):
        observe_project.apply_async(args=(pk,), expires=TICK)


@shared_task
def observe_quiet_projects() -> None:
    """Look at the projects without open builds: somebody may have started or retried one in GitLab."""
    busy = Build.objects.followed().values("environment__gitlab_project")
    quiet = GitLabProject.objects.reachable_now().exclude(pk__in=busy).exclude(api_token="")
    quiet = quiet.filter(environments__isnull=False).distinct()
    for pk in quiet.values_list("pk", flat=True):
        observe_project.apply_async(args=(pk,), expires=QUIET_TICK)


@shared_task
def check_token(project_id: int) -> None:
    """Ask GitLab about one API token."""
    token.check(project_id)


@shared_task
def look_at_tokens() -> None:
    """Ask about API tokens once a day, and warn before they expire."""
    tokens.look(now())


@shared_task
def fetch_logs(build_id: int) -> None:
    """Bring the logs of one build up to date."""
    logs.fetch_logs(build_id)


@shared_task
def sweep() -> None:
    """Repair what got lost."""
    sweeping.sweep()
