"""Filters and order of the pipeline list (GitLab docs, pipelines API, list project pipelines)."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from sandbox.gitlab.api.parameters import choice, flag, moment
from sandbox.gitlab.project import Project
from sandbox.gitlab.records import STATUSES, Pipeline

SCOPES = ("running", "pending", "finished", "branches", "tags")
ORDERS = ("id", "status", "ref", "updated_at", "user_id")
SOURCES = (
    "push", "web", "trigger", "schedule", "api", "external", "pipeline", "chat", "webide",
    "merge_request_event", "external_pull_request_event", "parent_pipeline", "ondemand_dast_scan",
    "ondemand_dast_validation", "security_orchestration_policy", "container_registry_push", "duo_workflow",
    "pipeline_execution_policy_schedule", "unknown",
)  # fmt: skip
_OF_SCOPE: dict[str, Callable[[Pipeline], bool]] = {
    "running": lambda one: one.status == "running",
    "pending": lambda one: one.status == "pending",
    "finished": lambda one: one.status in ("success", "failed", "canceled"),
    "branches": lambda one: not one.tag,
    "tags": lambda one: one.tag,
}
Filter = Callable[[Pipeline], bool]


def filtered(project: Project, pipelines: Iterable[Pipeline], given: dict[str, Any]) -> list[Pipeline]:
    """The asked pipelines in the asked order, by default the newest id first; `pipelines` come by id."""
    tests = _tests(project, given)
    found = [one for one in pipelines if all(test(one) for test in tests)] if tests else list(pipelines)
    field = choice(given, "order_by", ORDERS) or "id"
    descending = (choice(given, "sort", ("asc", "desc")) or "desc") == "desc"
    if field != "id":
        found.sort(key=attrgetter(field, "id"))
    return found[::-1] if descending else found


def _tests(project: Project, given: dict[str, Any]) -> list[Filter]:
    tests: list[Filter] = []
    scope = choice(given, "scope", SCOPES)
    if scope:
        tests.append(_OF_SCOPE[scope])
    choice(given, "status", STATUSES)
    choice(given, "source", SOURCES)
    for name in ("status", "ref", "sha", "source", "name"):
        if given.get(name) not in (None, ""):
            tests.append(_equals(name, str(given[name])))
    if given.get("username"):
        wanted = {one.id for one in project.users if one.username == given["username"]}
        tests.append(lambda one: one.user_id in wanted)
    broken = flag(given, "yaml_errors")
    if broken is not None:
        tests.append(lambda one: (one.yaml_errors is not None) is broken)
    return tests + _time_tests(given)


def _equals(field: str, wanted: str) -> Filter:
    return lambda one: getattr(one, field) == wanted


def _time_tests(given: dict[str, Any]) -> list[Filter]:
    tests: list[Filter] = []
    for field in ("updated", "created"):
        after, before = moment(given, f"{field}_after"), moment(given, f"{field}_before")
        if after is not None:
            tests.append(_later(f"{field}_at", after))
        if before is not None:
            tests.append(_earlier(f"{field}_at", before))
    return tests


def _later(field: str, than: float) -> Filter:
    return lambda one: getattr(one, field) > than


def _earlier(field: str, than: float) -> Filter:
    return lambda one: getattr(one, field) < than
