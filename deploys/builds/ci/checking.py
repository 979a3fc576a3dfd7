"""A project's own CI file beside what Buildhub needs of it, in words. GitLab alone knows the whole language; what
cannot be told from the file (includes, rules on variables of the project) is said to be so, not guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from deploys.builds.ci import draft_checks
from deploys.builds.ci.filling import marker_of
from deploys.builds.ci.finding import PUBLISHER, Finding, of_endpoint, of_release
from deploys.builds.ci.reading import CiFile, read
from deploys.builds.steps.find import VARIABLE
from deploys.builds.steps.start import PREVIEW_VARIABLE
from deploys.models import Environment, SendAs

NAME = "Buildhub $BUILDHUB_BUILD"
INPUTS = ("buildhub_build", "buildhub_environment", "buildhub_anyway")
TRAP = "CI_OPEN_MERGE_REQUESTS"


def check(text: str, environment: Environment) -> list[Finding]:
    """What to change in this CI file for builds of the environment. Raises Unreadable."""
    file = read(text)
    return [*_Check(file, environment).findings()]


class _Check:
    """One file, one environment."""

    def __init__(self, file: CiFile, environment: Environment) -> None:
        self.file, self.environment = file, environment
        sends = environment.send_as != SendAs.NONE
        self.known: dict[str, str | None] = {
            "CI_PIPELINE_SOURCE": "trigger",
            "CI_PIPELINE_TRIGGERED": "true",
            "CI_COMMIT_BRANCH": environment.ref,
            "CI_COMMIT_REF_NAME": environment.ref,
            "CI_COMMIT_TAG": None,
            "CI_MERGE_REQUEST_IID": None,
            "CI_MERGE_REQUEST_ID": None,
            "BUILDHUB_BUILD": "a build's id" if sends else None,
            "BUILDHUB_ENVIRONMENT": environment.slug if sends else None,
            PREVIEW_VARIABLE: self._label(),
        }

    def _label(self) -> str | None:
        """What rules see of the label: only previews are sent one, and the file may declare it empty."""
        if self.environment.is_for_previews:
            return "b1-k3q9x2m7w4ab" if self.environment.send_as != SendAs.NONE else None
        return "" if PREVIEW_VARIABLE in (self.file.body.get("variables") or {}) else None

    def findings(self) -> Iterator[Finding]:
        """Everything, in the order in which it matters."""
        if self.file.body.get("include"):
            words = "The file includes others, which are not looked at here: what is missing may be in them."
            yield Finding(words=words, is_needed=False)
        yield from self._inputs()
        rules = self.file.workflow.get("rules")
        rule: dict[Any, Any] | None = {}
        if rules is not None:
            rule, _ = self.file.first_rule(rules, self.known)
            if rule is None or rule.get("when") == "never":
                yield self._not_let_in(rule)
                return
            yield from self._trap(rules)
        yield from self._name(rule or {})
        yield from self._jobs(rule or {})

    def _inputs(self) -> Iterator[Finding]:
        if self.environment.send_as != SendAs.INPUTS:
            return
        for name in [*INPUTS, *([PREVIEW_VARIABLE.lower()] if self.environment.is_for_previews else [])]:
            declared = self.file.inputs.get(name, ...)
            if declared is ...:
                yield Finding(words=f"Buildhub sends inputs: declare `{name}` in `spec: inputs:`, with `default: ''`.")
            elif not isinstance(declared, dict) or "default" not in declared:
                yield Finding(words=f"Give the input `{name}` a default (''): pushes and schedules do not send it.")

    def _not_let_in(self, rule: dict[Any, Any] | None) -> Finding:
        why = f"the rule `if: {rule['if']}` turns it away" if rule and "if" in rule else "no rule fits"
        return Finding(
            words=f"`workflow: rules:` start nothing for a request of Buildhub on {self.environment.ref} ({why}). Add, "
            f'before it: `- if: $CI_PIPELINE_SOURCE == "trigger" && $CI_COMMIT_BRANCH == "{self.environment.ref}"`.'
        )

    def _trap(self, rules: Any) -> Iterator[Finding]:
        """The much-copied rule that also keeps requests away, while a merge request is open."""
        asked = self.known | {TRAP: "group/project!1"}
        rule, _ = self.file.first_rule(rules, asked)
        if rule and rule.get("when") == "never" and TRAP in str(rule.get("if", "")):
            yield Finding(
                words=f"While a merge request of {self.environment.ref} is open, `if: {rule['if']}` turns builds of "
                'Buildhub away. Add `&& $CI_PIPELINE_SOURCE == "push"` to it.'
            )

    def _name(self, rule: dict[Any, Any]) -> Iterator[Finding]:
        if self.environment.send_as == SendAs.NONE:
            return
        values = {**_texts(self.file.body.get("variables")), **_texts(rule.get("variables"))}
        name = str(self.file.workflow.get("name") or "")
        for _ in range(2):  # a name of the rules' own stands behind one variable
            name = re.sub(r"\$\{?(\w+)\}?", lambda found: _inner(found, values), name)
        if name != NAME:
            now = f"now it is `{name}`" if name else "now there is none"
            yield Finding(
                words=f"Name the pipelines of Buildhub: `workflow: name: {NAME}` ({now}). By this name a build is "
                "found again when GitLab's answer gets lost."
            )

    def _jobs(self, workflow_rule: dict[Any, Any]) -> Iterator[Finding]:
        jobs = [(name, job) for name, job in self.file.jobs() if self._runs(job)]
        if not jobs:
            yield Finding(
                words=f"No job runs for a request of Buildhub on {self.environment.ref}. Give one a rule: "
                f'`- if: $CI_PIPELINE_SOURCE == "trigger" && $CI_COMMIT_BRANCH == "{self.environment.ref}"`.'
            )
            return
        publishing = [(name, job) for name, job in jobs if PUBLISHER.search(self.file.script(job))]
        for name, job in publishing:
            yield from self._previews(name, job) if self.environment.is_for_previews else self._publisher(name, job)
            yield from self._order(name, job, workflow_rule)
        if not publishing and self.environment.target:
            names = ", ".join(name for name, _ in jobs)
            yield Finding(
                words=f"No job of such a pipeline ({names}) runs `python -m publisher publish`, though "
                f"{self.environment.slug} publishes to {self.environment.target}: Buildhub will wait for a report."
            )

    def _runs(self, job: dict[Any, Any]) -> bool:
        if "rules" not in job:
            return bool(job.get("script")) and job.get("when") not in ("manual", "never")
        rule, _ = self.file.first_rule(job["rules"], self.known)
        return rule is not None and rule.get("when", job.get("when")) not in ("never", "manual")

    def _publisher(self, name: str, job: dict[Any, Any]) -> Iterator[Finding]:
        script, place = self.file.script(job), self.environment
        yield from draft_checks.of_visitors(name, script, self._variables(job))
        yield from of_release(name, script, marker_of(place), place.marker_url)
        if place.distribution and "--distribution" not in script:
            words = (
                f"{name}: give the publisher `--distribution`, else visitors get old pages from {place.distribution}."
            )
            yield Finding(words=words)
        yield from of_endpoint(name, f"{script} {job.get('variables')}", place.endpoint)
        if "--anyway" not in script:
            words = f"{name}: add `${{BUILDHUB_ANYWAY:+--anyway}}`, else “Publish anyway” cannot be done from Buildhub."
            yield Finding(words=words, is_needed=False)
        if "--address" not in script:
            words = (
                f'{name}: add `--address "{place.url}"`, so that a promotion can tell whether pages name this address.'
            )
            yield Finding(words=words, is_needed=False)

    def _previews(self, name: str, job: dict[Any, Any]) -> Iterator[Finding]:
        return draft_checks.of_preview(name, self.file.script(job), self._variables(job), self.environment)

    def _variables(self, job: dict[Any, Any]) -> dict[str, str]:
        """Those of the file and of the job."""
        return {**_texts(self.file.body.get("variables")), **_texts(job.get("variables"))}

    def _order(self, name: str, job: dict[Any, Any], workflow_rule: dict[Any, Any]) -> Iterator[Finding]:
        if not job.get("resource_group") and not self.environment.is_for_previews:  # each has a folder of its own
            words = f"{name}: give it a `resource_group`, so that two publishes wait for each other in GitLab."
            yield Finding(words=words, is_needed=False)
        chosen = workflow_rule.get("auto_cancel") or self.file.workflow.get("auto_cancel") or {}
        if chosen.get("on_new_commit") != "none" and job.get("interruptible"):
            words = f"{name}: a push cancels it. Say `auto_cancel: on_new_commit: none` in the workflow's rule."
            yield Finding(words=words, is_needed=False)


def _texts(variables: Any) -> dict[str, str]:
    found = variables if isinstance(variables, dict) else {}
    return {
        str(name): str(one.get("value", "") if isinstance(one, dict) else one) for name, one in found.items() if one
    }


def _inner(found: re.Match[str], values: dict[str, str]) -> str:
    """The value of a variable; our own id stays a name."""
    if found[1] == VARIABLE:
        return f"${VARIABLE}"
    return values.get(found[1], found[0])
