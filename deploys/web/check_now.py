"""What "Check now" found, line by line: how each thing stands, and where to change what does not work."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deploys.doctor import site as doctor
from deploys.doctor.infra.asked import from_environment, is_elsewhere
from deploys.doctor.infra.checkup import look_over, walking
from deploys.doctor.model import CannotLook, Checked, Finding, State, Thing
from deploys.doctor.run import run
from deploys.models import Environment, GitLabProject
from deploys.web.pills import Pill

WORKS = Pill(word=gettext_lazy("Works"), icon="tick-circle", tone="ok")
MISSING = Pill(word=gettext_lazy("Missing"), icon="cross", tone="bad")
WRONG = Pill(word=gettext_lazy("Does not work"), icon="cross", tone="bad")
ADVICE = Pill(word=gettext_lazy("Advice"), icon="warning", tone="warn")
NOT_SEEN = Pill(word=gettext_lazy("Cannot be seen"), icon="dashes", tone="idle")
_PILLS = {State.OK: WORKS, State.MISSING: MISSING, State.WRONG: WRONG, State.UNKNOWN: NOT_SEEN}
LONGEST = 20.0  # seconds after which no further step at AWS is begun: somebody waits
AWS = Thing("account.access", "AWS")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A finding with its mark."""

    finding: Finding
    pill: Pill


@dataclass(frozen=True, kw_only=True)
class Group:
    """What belongs together, under a heading."""

    title: str
    lines: list[Line]


@dataclass(frozen=True, kw_only=True)
class Result:
    """All of it. `works` is true when nothing that is needed is missing or wrong."""

    groups: list[Group]
    headline: str
    works: bool

    @property
    def pill(self) -> Pill:
        """The whole in one word."""
        return WORKS if self.works else WRONG


def of_connection(project: GitLabProject, environments: Sequence[Environment], *, base: str) -> Result:
    """Ask GitLab about a connection, saved or not. base: our own address."""
    for environment in environments:
        environment.gitlab_project = project
    return _result(run([doctor.of_gitlab(project, environments, base=base)]))


def of_environment(environment: Environment, *, base: str) -> Result:
    """Ask GitLab about the branch, and look at the address as visitors do."""
    if environment.gitlab_project is None:
        return _result(run(doctor.checks(environment)))
    checks = [doctor.of_gitlab(environment.gitlab_project, [environment], base=base), doctor.of_host(environment)]
    return _result(run(checks))


def of_hosting(environment: Environment) -> Result:
    """Ask the host, and where it is at AWS and there are credentials, look at what stands there."""
    return _result([*run([doctor.of_host(environment)]), *_at_aws(environment)])


def _at_aws(environment: Environment) -> Iterator[Checked]:
    if not environment.target or environment.is_for_previews or is_elsewhere(environment):
        return
    began = time.monotonic()
    asked = from_environment(environment)
    try:
        with walking(asked) as walk:
            for checked in look_over(walk, now()):
                yield checked
                if time.monotonic() - began > LONGEST:
                    yield _stopped(checked.title)
                    return
    except CannotLook as reason:
        yield _not_seen(str(reason), reason.next_step)


def _not_seen(sentence: str, next_step: str) -> Checked:
    finding = AWS.unknown(sentence, next_step, is_needed=False)
    return Checked(key="account", title="AWS", findings=(finding,))


def _stopped(title: str) -> Checked:
    words = _("This took long, so it ended after “{title}”.").format(title=title)
    return _not_seen(words, _("The whole walk: manage.py doctor --infra."))


def _result(found: Iterator[Checked] | list[Checked]) -> Result:
    groups, count = [], 0
    for checked in found:
        count += sum(one.counts and one.state != State.UNKNOWN for one in checked.findings)
        lines = [Line(finding=one, pill=pill_of(one)) for one in checked.findings]
        if lines:
            groups.append(Group(title=_(checked.title), lines=lines))
    return Result(groups=groups, headline=_headline(count), works=count == 0)


def pill_of(finding: Finding) -> Pill:
    """The mark of a finding; what is only advice is marked as that."""
    if finding.state in (State.OK, State.UNKNOWN) or finding.is_needed:
        return _PILLS[finding.state]
    return ADVICE


def _headline(count: int) -> str:
    if not count:
        return _("Everything that was looked at works")
    words = ngettext("{count} thing does not work yet", "{count} things do not work yet", count)
    return words.format(count=count)
