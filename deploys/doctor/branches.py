"""Whether builds of an environment can run on its branch: it exists, its protection lets them, its CI file has jobs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from deploys.builds.ci.checking import check as check_ci
from deploys.builds.ci.reading import Unreadable
from deploys.doctor.gitlab import Talk
from deploys.doctor.model import CannotLook, Finding, Look, NothingThere, Thing
from deploys.gitlab.errors import GitLabNotFound, GitLabRefused
from deploys.gitlab.set_up import DEVELOPER, MAINTAINER, Grant
from deploys.models import Environment

REF, PROTECTED, CI_FILE = "gitlab.ref", "gitlab.protected", "gitlab.ci_file"


class NoFile(Exception):
    """There is no CI file; str() says so."""


def branch_looks(talk: Talk, environment: Environment, *, ci_text: str | None = None) -> tuple[Look, ...]:
    """The looks at one environment's branch. ci_text: its CI file, where somebody has it at hand."""
    name = environment.name
    parts = [
        (Thing(REF, f"Branch of {name}"), _ref),
        (Thing(PROTECTED, f"Protection of the branch of {name}"), _protected),
    ]
    looks = [Look(thing=thing, run=partial(run, talk, environment, thing)) for thing, run in parts]
    if not environment.is_for_previews:
        file = Thing(CI_FILE, "The project's CI file")
        looks.append(Look(thing=file, run=partial(_ci_file, talk, environment, file, ci_text)))
    return tuple(looks)


def _ref(talk: Talk, environment: Environment, thing: Thing) -> Iterator[Finding]:
    project, ref = talk.seen, environment.ref
    if talk.ask(lambda gitlab: gitlab.set_up.has_ref(ref)):
        yield thing.ok(f"{ref} is there.")
    else:
        yield thing.wrong(
            f"{project.path} has no branch and no tag {ref}.",
            "Enter an existing one as the environment's branch (Code → Branches shows them), or make this one.",
        )


def _protected(talk: Talk, environment: Environment, thing: Thing) -> Iterator[Finding]:
    """Whether the owner of the trigger token may push or merge to the branch; pipelines run with the owner's rights."""
    project, ref = talk.seen, environment.ref
    if project.role is not None and project.role < MAINTAINER:
        return  # said where the role is looked at
    try:
        grants = talk.ask(lambda gitlab: gitlab.set_up.grants(ref))
        if grants is None:
            return
        verdicts = {_may(talk, one.owner_id, grants) for one in talk.candidates}
    except (GitLabRefused, GitLabNotFound) as error:
        raise CannotLook(
            f"How {ref} is protected cannot be seen.", "Give the API token's user the role Maintainer for that."
        ) from error
    if verdicts == {True}:
        yield thing.ok(f"{ref} is protected, and the owner of the trigger token may use it.")
    elif verdicts == {False}:
        owner = talk.candidates[0].owner
        yield thing.wrong(
            f"{ref} is protected, and {owner or 'the owner of the trigger token'} may not build there.",
            "In the project under Settings → Repository → Protected branches let the owner of the trigger token merge "
            "or push, or have somebody who may make a new trigger token.",
        )
    elif verdicts:
        yield thing.unknown(
            f"{ref} is protected; whether the owner of the trigger token may use it cannot be told.",
            "If builds are refused, look under Settings → Repository → Protected branches.",
            is_needed=False,
        )


def _may(talk: Talk, owner_id: int | None, grants: list[Grant]) -> bool | None:
    """None: a group is allowed, and whether the owner is in it is not known."""
    if owner_id is None:
        return None
    role = talk.ask(lambda gitlab: gitlab.set_up.role_of(owner_id))
    if role < DEVELOPER:
        return False
    if any(one.user_id == owner_id for one in grants):
        return True
    if any(one.level and one.level <= role for one in grants if not one.user_id and not one.group_id):
        return True
    return None if any(one.group_id for one in grants) else False


def _ci_file(talk: Talk, environment: Environment, thing: Thing, text: str | None) -> Iterator[Finding]:
    whole = f"manage.py ci_file {environment.site.slug}"
    try:
        text = _text(talk, environment) if text is None else text
    except NoFile as reason:
        yield thing.missing(str(reason), "Put one there; a whole one can be printed.", whole)
        return
    try:
        findings = check_ci(text, environment)
    except Unreadable as reason:
        yield thing.wrong(f"{' '.join(str(reason).split()).rstrip('.')}.", "See what a whole one looks like.", whole)
        return
    for one in findings:
        yield thing.wrong(one.words, "Change it; a whole file can be printed.", whole, is_needed=one.is_needed)
    if not findings:
        yield thing.ok("Everything that Buildhub needs is in it.")


def _text(talk: Talk, environment: Environment) -> str:
    """The file as it is on the branch. Raises NoFile, CannotLook, NothingThere."""
    name = talk.seen.ci_file
    if "@" in name or "://" in name:
        raise CannotLook(f"The CI file is kept elsewhere ({name}).", "Look at it there, and check it with --ci-file.")
    if not talk.ask(lambda gitlab: gitlab.set_up.has_ref(environment.ref)):
        raise NothingThere("there is no such branch")
    try:
        return talk.ask(lambda gitlab: gitlab.set_up.file(name, environment.ref))
    except GitLabNotFound as error:
        raise NoFile(f"{environment.ref} has no {name}: GitLab has nothing to build.") from error
