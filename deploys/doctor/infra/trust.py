"""Who may take a role: one branch of one project of GitLab, by equality.

Source: https://docs.gitlab.com/ci/cloud_services/aws/. The claim `sub` is
`project_path:GROUP/PROJECT:ref_type:branch:ref:BRANCH`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from deploys.doctor.infra.policies import Statement

TAKE = "sts:AssumeRoleWithWebIdentity"
_SUBJECT = re.compile(r"project_path:(?P<project>[^:]+):ref_type:(?P<type>[^:]+):ref:(?P<ref>.+)")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Whom a role has to trust. provider: its address; project, branch: "" when that is not known."""

    gitlab: str
    provider: str
    project: str
    branch: str

    @property
    def host(self) -> str:
        """GitLab's host, as the names of conditions begin."""
        return self.gitlab.partition("://")[2]

    @property
    def subject(self) -> str:
        """The claim that the pipelines of the branch have."""
        return f"project_path:{self.project or 'GROUP/PROJECT'}:ref_type:branch:ref:{self.branch or 'BRANCH'}"


def trusts(statements: tuple[Statement, ...], host: str) -> bool:
    """True when a role may be taken with a token of this GitLab."""
    return any(one.allows and _is_of(one, host) for one in statements)


def faults(statements: tuple[Statement, ...], expected: Expected) -> Iterator[str]:
    """What is not as it must be, one clause each that follows "the role"; nothing when all is right."""
    allowing = [one for one in statements if one.allows]
    ours = [one for one in allowing if _is_of(one, expected.host)]
    if not ours:
        yield f"does not trust {expected.host}: no pipeline may take it"
        return
    for one in allowing:
        if one not in ours:
            yield f"may also be taken by {', '.join(one.principals) or 'others'}"
    for one in ours:
        yield from _faults_of(one, expected)


def _is_of(one: Statement, host: str) -> bool:
    return any(principal.endswith(f":oidc-provider/{host}") for principal in one.principals)


def _faults_of(one: Statement, expected: Expected) -> Iterator[str]:
    if not any(action.lower() == TAKE.lower() for action in one.actions):
        yield f"does not allow {TAKE}"
    if expected.provider and f"Federated:{expected.provider}" not in one.principals:
        yield f"trusts {', '.join(one.principals)}, not the provider {expected.provider}"
    audiences = one.wants("StringEquals", f"{expected.host}:aud")
    if audiences != (expected.gitlab,):
        yield (
            f"asks for the audience {', '.join(audiences)}, the pipeline's is {expected.gitlab}"
            if audiences
            else f"asks for no audience (aud {expected.gitlab})"
        )
    yield from _faults_of_subject(one, expected)


def _faults_of_subject(one: Statement, expected: Expected) -> Iterator[str]:
    key = f"{expected.host}:sub"
    loose = [value for operator in one.conditions if operator != "StringEquals" for value in one.wants(operator, key)]
    exact = one.wants("StringEquals", key)
    if loose and not exact:
        yield f"may be taken by everything that is like {', '.join(loose)}, not by one branch alone"
        return
    if not exact:
        yield f"may be taken by every project of {expected.host}, as it asks for no subject (sub)"
        return
    if len(exact) > 1:
        yield f"may be taken by {len(exact)} subjects: {', '.join(exact)}"
    found = _SUBJECT.fullmatch(exact[0])
    if found is None:
        yield f"trusts the subject {exact[0]}, which is none of a branch"
    elif found["type"] != "branch":
        yield f"trusts a {found['type']}, not a branch"
    elif expected.project and found["project"] != expected.project:
        yield f"trusts the project {found['project']}, not {expected.project}"
    elif expected.branch and found["ref"] != expected.branch:
        yield f"trusts the branch {found['ref']}, not {expected.branch}"
