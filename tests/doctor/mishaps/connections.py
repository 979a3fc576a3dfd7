"""What people do to a connection to GitLab, each with what the doctor has to say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from tests.doctor.gitlab_world import GitLabWorld

CLOSED = "http://127.0.0.1:9"
FOR_PUSHES = """
workflow:
  name: Buildhub $BUILDHUB_BUILD
job:
  script: [echo]
  rules:
    - if: $CI_PIPELINE_SOURCE == 'push'
"""
FILTERED = "workflow:\n  rules:\n    - if: $CI_PIPELINE_SOURCE == 'push'\njob:\n  script: [echo]\n"


@dataclass(frozen=True, kw_only=True)
class Mishap:
    """change: what went wrong. key and state: of the finding that names it. words: of sentence and next step."""

    change: Callable[[GitLabWorld], object]
    key: str
    state: str = "wrong"
    words: tuple[str, ...] = ()
    is_needed: bool = True


def _api(**facts: object) -> Callable[[GitLabWorld], object]:
    return lambda world: [setattr(world.api_token, name, value) for name, value in facts.items()]


def _settings(**facts: object) -> Callable[[GitLabWorld], object]:
    return lambda world: [setattr(world.project.settings, name, value) for name, value in facts.items()]


def _hook(**facts: object) -> Callable[[GitLabWorld], object]:
    return lambda world: [setattr(world.project.hooks[0], name, value) for name, value in facts.items()]


def _owner(role: str) -> Callable[[GitLabWorld], object]:
    return lambda world: setattr(world.trigger, "role", role)


def _protect_for_maintainers(world: GitLabWorld) -> None:
    world.project.settings.protected_refs = {"main": "maintainer"}
    world.trigger.role = "developer"


def _other_branch(world: GitLabWorld) -> None:
    world.environment.ref = "master"


CONNECTIONS: dict[str, Mishap] = {
    "nobody answers": Mishap(
        change=lambda world: world.set(url=CLOSED), key="gitlab.address", words=("does not answer", "firewall")
    ),
    "the address of a project's page": Mishap(
        change=lambda world: world.set(url=f"{world.sandbox.url}/demo/site"),
        key="gitlab.address",
        words=("is not GitLab", "first page"),
    ),
    "no API token": Mishap(
        change=lambda world: world.set(api_token=""), key="gitlab.api_token", state="missing", words=("scope api",)
    ),
    "a mistyped API token": Mishap(
        change=lambda world: world.set(api_token="glpat-wrong"),
        key="gitlab.api_token",
        words=("does not know", "Access tokens"),
    ),
    "an API token with a blank": Mishap(
        change=lambda world: world.set(api_token="glpat with blanks"), key="gitlab.api_token", words=("Copy it again",)
    ),
    "an expired API token": Mishap(
        change=_api(expires_at=date(2020, 1, 1)), key="gitlab.api_token", words=("has expired", "Make a new one")
    ),
    "a revoked API token": Mishap(change=_api(revoked=True), key="gitlab.api_token", words=("was revoked",)),
    "an API token that only reads": Mishap(
        change=_api(scopes=("read_api",)), key="gitlab.api_token", words=("read_api", "not stopped")
    ),
    "an API token for the repository": Mishap(
        change=_api(scopes=("read_repository",)), key="gitlab.api_token", words=("lacks the scope api",)
    ),
    "another project's number": Mishap(
        change=lambda world: world.set(project_id="999999"), key="gitlab.project", words=("999999", "project ID")
    ),
    "the token's user left the project": Mishap(
        change=_api(role="none"), key="gitlab.project", words=("no role in the project", "Members")
    ),
    "the token's user is a guest": Mishap(
        change=_api(role="guest"), key="gitlab.project", words=("too low", "Developer or Maintainer")
    ),
    "the token's user is a reporter": Mishap(
        change=_api(role="reporter"), key="gitlab.role", words=("not stop them", "Members")
    ),
    "the token's user is a developer": Mishap(
        change=_api(role="developer"), key="gitlab.role", is_needed=False, words=("webhook", "Maintainer")
    ),
    "the project is archived": Mishap(
        change=_settings(archived=True), key="gitlab.project", words=("archived", "unarchive")
    ),
    "CI/CD is off": Mishap(
        change=_settings(ci_enabled=False), key="gitlab.project", words=("switched off", "Visibility")
    ),
    "a path in place of the number": Mishap(
        change=lambda world: world.set(project_id=world.project.path_with_namespace),
        key="gitlab.project",
        is_needed=False,
        words=("by its path",),
    ),
    "no trigger token": Mishap(
        change=lambda world: world.set(trigger_token=""),
        key="gitlab.trigger",
        state="missing",
        words=("Pipeline trigger tokens",),
    ),
    "a mistyped trigger token": Mishap(
        change=lambda world: world.set(trigger_token="glptt-wrong"),
        key="gitlab.trigger",
        words=("does not know the trigger token",),
    ),
    "an expired trigger token": Mishap(
        change=lambda world: setattr(world.trigger, "expires_at", date(2020, 1, 1)),
        key="gitlab.trigger",
        words=("does not know the trigger token",),
    ),
    "pipeline variables are forbidden": Mishap(
        change=_settings(pipeline_variables_minimum_override_role="no_one_allowed"),
        key="gitlab.trigger",
        words=("variables", "Minimum role to use pipeline variables"),
    ),
    "the trigger's owner is a guest now": Mishap(
        change=_owner("guest"), key="gitlab.trigger", words=("may not start pipelines", "Developer")
    ),
    "the branch is not there": Mishap(
        change=_other_branch, key="gitlab.ref", words=("no branch", "master", "Branches")
    ),
    "nobody may use the branch": Mishap(
        change=_settings(protected_refs={"main": "no_one"}),
        key="gitlab.protected",
        words=("protected", "Protected branches"),
    ),
    "the branch is for maintainers": Mishap(
        change=_protect_for_maintainers, key="gitlab.protected", words=("Trigger owner may not build there",)
    ),
    "no CI file": Mishap(
        change=lambda world: (world.folder / ".gitlab-ci.yml").unlink(),
        key="gitlab.ci_file",
        state="missing",
        words=("has no .gitlab-ci.yml",),
    ),
    "a CI file that is no YAML": Mishap(change=lambda world: world.write("a: ["), key="gitlab.ci_file"),
    "no job runs for triggers": Mishap(
        change=lambda world: world.write(FOR_PUSHES), key="gitlab.ci_file", words=("No job runs",)
    ),
    "the workflow turns triggers away": Mishap(
        change=lambda world: world.write(FILTERED), key="gitlab.ci_file", words=("workflow", "trigger")
    ),
    "no webhook": Mishap(
        change=lambda world: world.project.hooks.clear(),
        key="gitlab.hook",
        state="missing",
        is_needed=False,
        words=("/hooks/gitlab/", "Pipeline events"),
    ),
    "a webhook to another machine": Mishap(
        change=_hook(url="https://old.example.org/hooks/gitlab/k/"),
        key="gitlab.hook",
        words=("https://old.example.org", "Change its URL"),
    ),
    "a webhook that GitLab switched off": Mishap(change=_hook(is_on=False), key="gitlab.hook", words=("switched",)),
    "a webhook for pushes only": Mishap(
        change=_hook(pipeline_events=False), key="gitlab.hook", words=("does not tell of builds", "Pipeline events")
    ),
    "a webhook without a secret here": Mishap(
        change=lambda world: world.set(hook_token=""), key="gitlab.hook", words=("turns every delivery away",)
    ),
}
