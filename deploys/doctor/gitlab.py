"""What GitLab itself says of a connection: address, tokens, roles, branch, protection, webhook. Starts nothing there.

The trigger token is tried with a branch that does not exist: GitLab then looks at token, role and variables, and
refuses before it makes anything (docs.gitlab.com, "Trigger pipelines with the API", troubleshooting).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from functools import cached_property, partial

from deploys.builds.steps.find import VARIABLE
from deploys.doctor.model import CannotLook, Finding, Look, NothingThere, Thing
from deploys.gitlab.client import GitLab
from deploys.gitlab.connect import connect
from deploys.gitlab.errors import ErrorClass, GitLabNotFound, GitLabRefused, GitLabUnavailable
from deploys.gitlab.set_up import DEVELOPER, MAINTAINER, Project, TriggerToken
from deploys.gitlab.types import Token
from deploys.models import Environment, GitLabProject, SendAs

ADDRESS = Thing("gitlab.address", "GitLab address")
API_TOKEN = Thing("gitlab.api_token", "API token")
PROJECT = Thing("gitlab.project", "GitLab project")
ROLE = Thing("gitlab.role", "Role of the API token")
TRIGGER = Thing("gitlab.trigger", "Trigger token")

PATIENCE = 10.0  # seconds for one request: somebody waits for the answer
_MAKE_ANOTHER = (
    "Make a new one in the GitLab project under Settings → Access tokens (scope api, role Maintainer or Developer) and "
    "enter it as the API token."
)
_WORDS = {
    ErrorClass.TRIGGER_TOKEN_REJECTED: "GitLab does not know the trigger token, or it belongs to another project.",
    ErrorClass.VARIABLES_FORBIDDEN: "The project does not let the owner of the trigger token send pipeline variables.",
    ErrorClass.OWNER_MAY_NOT_CREATE: "The owner of the trigger token may not start pipelines in the project any more.",
    ErrorClass.PIPELINES_DISABLED: "CI/CD is switched off in the project.",
    ErrorClass.LOOP_GUARD: "GitLab does not let the request through.",
}


class Silent(CannotLook):
    """GitLab did not answer, or something else answered in its place (`is_other`)."""

    def __init__(self, *, is_other: bool) -> None:
        super().__init__("GitLab does not answer.", "Check again in some minutes.")
        self.is_other = is_other


class Talk:
    """One look over a project: what was asked once is not asked again, and nothing more when nobody answers."""

    def __init__(self, project: GitLabProject) -> None:
        self.row = project
        self._silent = ""

    def ask[T](self, question: Callable[[GitLab], T]) -> T:
        """Ask GitLab. Raises GitLabRefused, GitLabNotFound, Silent, CannotLook; NothingThere once it was silent."""
        if self._silent:
            raise NothingThere(self._silent)
        try:
            with connect(self.row, patience=PATIENCE) as gitlab:
                return question(gitlab)
        except GitLabUnavailable as error:
            if error.error_class in (ErrorClass.RATE_LIMITED, ErrorClass.TOO_MANY_PIPELINES):
                raise CannotLook("GitLab asks to wait a little.", "Check again in a minute.") from error
            self._silent = "GitLab does not answer"
            raise Silent(is_other=error.error_class == ErrorClass.MALFORMED_ANSWER) from error

    def give_up(self) -> None:
        """Ask nothing more: what answers is not GitLab."""
        self._silent = "what answers is not GitLab"

    @cached_property
    def token(self) -> Token | GitLabRefused:
        """What the API token is; the refusal when GitLab does not take it."""
        try:
            return self.ask(lambda gitlab: gitlab.own_token())
        except GitLabRefused as error:
            return error

    @cached_property
    def project(self) -> Project | GitLabRefused | None:
        """The project; None when there is none for this token."""
        if isinstance(self.token, GitLabRefused):
            raise NothingThere("the API token does not work")
        try:
            return self.ask(lambda gitlab: gitlab.set_up.project())
        except GitLabNotFound:
            return None
        except GitLabRefused as error:
            return error

    @property
    def seen(self) -> Project:
        """The project. Raises NothingThere when the token does not see it."""
        if not isinstance(self.project, Project):
            raise NothingThere("the API token does not see the project")
        return self.project

    @cached_property
    def candidates(self) -> list[TriggerToken]:
        """The trigger tokens of the project that may be ours; one where GitLab shows it whole."""
        ours = self.row.trigger_token
        found = self.ask(lambda gitlab: gitlab.set_up.trigger_tokens())
        whole = [one for one in found if one.token == ours]
        return whole or [one for one in found if one.token and ours.startswith(one.token)]


def connection_looks(talk: Talk) -> tuple[Look, ...]:
    """What holds for every environment that builds in the project."""
    return (
        Look(thing=ADDRESS, run=partial(_address, talk)),
        Look(thing=API_TOKEN, run=partial(_api_token, talk)),
        Look(thing=PROJECT, run=partial(_project, talk)),
        Look(thing=ROLE, run=partial(_role, talk)),
    )


def trigger_look(talk: Talk, environment: Environment | None) -> Look:
    """Whether the trigger token may start pipelines as this environment's builds do."""
    sends = environment is not None and environment.send_as == SendAs.VARIABLES
    return Look(thing=TRIGGER, run=partial(_trigger, talk, sends))


def _address(talk: Talk) -> Iterator[Finding]:
    url = talk.row.url
    try:
        talk.ask(lambda gitlab: gitlab.version())
    except Silent as reason:
        yield (
            _other(url)
            if reason.is_other
            else ADDRESS.wrong(
                f"GitLab at {url} does not answer.",
                "Check the address for a typing mistake, that GitLab is up, and that this server may reach it "
                "(firewall, proxy, certificate).",
            )
        )
        return
    except GitLabNotFound:
        talk.give_up()
        yield _other(url)
        return
    except GitLabRefused as error:
        if error.error_class in (ErrorClass.ADDRESS_WRONG, ErrorClass.PROJECT_MOVED):
            yield ADDRESS.wrong(f"{url} is not where GitLab answers: {error.detail}.", error.setting)
            return
    yield ADDRESS.ok(f"GitLab answers at {url}.")


def _other(url: str) -> Finding:
    return ADDRESS.wrong(
        f"What answers at {url} is not GitLab.",
        "Enter the address of GitLab's own first page, without the project's path.",
    )


def _api_token(talk: Talk) -> Iterator[Finding]:
    if not talk.row.api_token:
        yield API_TOKEN.missing("There is no API token: builds could not be followed.", _MAKE_ANOTHER)
        return
    token = talk.token
    if isinstance(token, GitLabRefused):
        yield _refused_token(token)
    elif not token.active:
        yield API_TOKEN.wrong("The API token is not active any more.", _MAKE_ANOTHER)
    elif "api" in token.scopes:
        ends = f", until {token.expires_at}" if token.expires_at else ""
        yield API_TOKEN.ok(f"GitLab takes it{ends}.")
    elif "read_api" in token.scopes:
        yield API_TOKEN.wrong(
            "The API token has the scope read_api: builds can be followed with it, but not stopped.", _MAKE_ANOTHER
        )
    elif token.scopes:
        yield API_TOKEN.wrong(f"The API token lacks the scope api (it has {_list(token.scopes)}).", _MAKE_ANOTHER)
    else:
        yield API_TOKEN.unknown(
            "GitLab does not say what the API token may do.", "Give it the scope api.", is_needed=False
        )


def _refused_token(error: GitLabRefused) -> Finding:
    words = error.detail.lower()
    if error.error_class == ErrorClass.INSUFFICIENT_SCOPE:
        return API_TOKEN.wrong("The API token lacks the scope api.", _MAKE_ANOTHER)
    if error.error_class == ErrorClass.TOKEN_UNREADABLE:
        return API_TOKEN.wrong("The API token holds blanks or foreign letters.", "Copy it again from GitLab.")
    if "expired" in words:
        return API_TOKEN.wrong("The API token has expired.", _MAKE_ANOTHER)
    if "revoked" in words:
        return API_TOKEN.wrong("The API token was revoked in GitLab.", _MAKE_ANOTHER)
    return API_TOKEN.wrong("GitLab does not know the API token.", _MAKE_ANOTHER)


def _list(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def _project(talk: Talk) -> Iterator[Finding]:
    row, project = talk.row, talk.project
    if project is None:
        yield PROJECT.wrong(
            f"There is no project {row.project_id} for the API token: the number is another's, or the token's user has "
            "no role in the project.",
            "Compare the project ID (the project's page, menu with three dots → Copy project ID); in the project under "
            "Manage → Members give the token's user the role Developer or Maintainer.",
        )
    elif isinstance(project, GitLabRefused):
        if project.error_class == ErrorClass.PROJECT_MOVED:
            yield PROJECT.wrong("The project has moved.", "Enter its numeric project ID in place of the path.")
            return
        yield PROJECT.wrong(
            "The API token's role in the project is too low to see anything there.",
            "Under Manage → Members give the token's user the role Developer or Maintainer.",
        )
    elif project.archived:
        yield PROJECT.wrong(
            f"{project.path} is archived: nothing can be built there.",
            "Under Settings → General → Advanced unarchive it, or enter another project.",
        )
    elif not project.builds:
        yield PROJECT.wrong(
            f"CI/CD is switched off in {project.path}.",
            "Switch on Settings → General → Visibility, project features, permissions → CI/CD.",
        )
    elif not row.project_id.isdigit():
        yield PROJECT.wrong(
            f"It is named by its path: when {project.path} moves, builds stop.",
            f"Enter its number {project.id} in place of the path.",
            is_needed=False,
        )
    else:
        yield PROJECT.ok(f"It is {project.path}.")


def _role(talk: Talk) -> Iterator[Finding]:
    role = talk.seen.role
    if role is None:
        return
    if role < DEVELOPER:
        yield ROLE.wrong(
            "The API token's user may look at builds, but not stop them.",
            "Under Manage → Members give the token's user the role Developer or Maintainer.",
        )
    elif role < MAINTAINER:
        yield ROLE.wrong(
            "Developer: enough to build. The webhook and the trigger token's rights cannot be looked at.",
            "Only for that, give the token's user the role Maintainer under Manage → Members.",
            is_needed=False,
        )
    else:
        yield ROLE.ok("It may see and do everything that is needed.")


def _trigger(talk: Talk, sends_variables: bool) -> Iterator[Finding]:
    if not talk.row.trigger_token:
        yield TRIGGER.missing(
            "There is no trigger token: no build can be started.",
            "Make one in the GitLab project under Settings → CI/CD → Pipeline trigger tokens and enter it.",
        )
        return
    refusal = _refusal(talk, sends_variables=sends_variables)
    if refusal.error_class == ErrorClass.VARIABLES_FORBIDDEN:
        # GitLab looks at variables first: it may be that the owner may do nothing at all.
        other = _refusal(talk, sends_variables=False)
        refusal = refusal if other.error_class == ErrorClass.REF_NOT_FOUND else other
    if refusal.error_class == ErrorClass.REF_NOT_FOUND:
        yield TRIGGER.ok("GitLab takes it, and its owner may start builds.")
        return
    words = _WORDS.get(ErrorClass(refusal.error_class), f"GitLab refuses to start builds: {refusal.detail}.")
    yield TRIGGER.wrong(words, refusal.setting)


def _refusal(talk: Talk, *, sends_variables: bool) -> GitLabRefused:
    """Why GitLab starts nothing on a branch that does not exist. Raises as Talk.ask does."""
    nowhere = f"buildhub-check-{uuid.uuid4().hex}"
    variables = {VARIABLE: "check"} if sends_variables else None
    try:
        begun = talk.ask(lambda gitlab: gitlab.trigger_pipeline(ref=nowhere, variables=variables))
    except GitLabRefused as refusal:
        return refusal
    raise CannotLook(f"GitLab began pipeline {begun.id} on a branch that is not there.", "Stop it there.")
