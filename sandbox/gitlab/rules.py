"""Which jobs a pipeline gets, and how: `workflow:rules` first, then each job's own `rules`.

Sources: GitLab docs, "workflow", "Job rules"; a pipeline that no push made treats `changes` as true.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from sandbox.gitlab.config import CiConfig, JobConfig, Rule
from sandbox.gitlab.config.errors import ConfigError
from sandbox.gitlab.config.model import Need
from sandbox.gitlab.expressions import evaluate
from sandbox.gitlab.variables import Layer, Variable, expand, merged, resolved

Exists = Callable[[tuple[str, ...]], bool]


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A job that is in the pipeline: its text, and what its rule settled."""

    config: JobConfig
    when: str
    start_in: float | None
    allow_failure: bool
    needs: tuple[Need, ...] | None
    interruptible: bool
    variables: dict[str, Variable]


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The outcome. `filtered` says that `workflow:rules` want no pipeline at all."""

    jobs: list[Chosen]
    name: str | None = None
    auto_cancel: str = "conservative"
    filtered: bool = False


def file_finder(folder: Path) -> Exists:
    """A test for `rules:exists`: does a file match one of the glob patterns?"""
    names: list[str] = []

    def exists(patterns: tuple[str, ...]) -> bool:
        if not names:
            names.extend(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
        return any(_matches(name, pattern) for name in names for pattern in patterns)

    return exists


def _matches(name: str, pattern: str) -> bool:
    return fnmatch(name, pattern) or ("**/" in pattern and fnmatch(name, pattern.replace("**/", "")))


def select(config: CiConfig, *, predefined: Layer, given: Layer, exists: Exists) -> Selection:
    """The jobs for these variables; `given` (project and pipeline variables) win over the file's own.

    Raises ConfigError when a job needs one that its rules left out.
    """
    base = merged([predefined, config.variables, given])
    auto_cancel = config.auto_cancel
    from_workflow: dict[str, Variable] = {}
    if config.workflow_rules is not None:
        rule = first_match(config.workflow_rules, resolved(base), exists)
        if rule is None or rule.when == "never":
            return Selection(jobs=[], filtered=True)
        from_workflow = rule.variables
        auto_cancel = rule.auto_cancel or auto_cancel
    shared = merged([predefined, config.variables, from_workflow, given])
    chosen = []
    for job in config.jobs.values():
        one = _choose(job, config, predefined, from_workflow, given, exists)
        if one is not None:
            chosen.append(one)
    _check_needs(chosen)
    return Selection(jobs=chosen, name=_name(config, resolved(shared)), auto_cancel=auto_cancel)


def first_match(rules: tuple[Rule, ...], values: Mapping[str, str], exists: Exists) -> Rule | None:
    """The first rule whose conditions all hold."""
    for rule in rules:
        if rule.condition is not None and not evaluate(rule.condition, values):
            continue
        if rule.exists and not exists(tuple(expand(pattern, values) for pattern in rule.exists)):
            continue
        return rule
    return None


def _choose(
    job: JobConfig, config: CiConfig, predefined: Layer, from_workflow: Layer, given: Layer, exists: Exists
) -> Chosen | None:
    inherited = merged([config.variables, from_workflow])
    if job.inherited is not None:
        inherited = {key: value for key, value in inherited.items() if key in job.inherited}
    own = merged([inherited, job.variables])
    rule: Rule | None = None
    if job.rules is not None:
        rule = first_match(job.rules, resolved(merged([predefined, own, given])), exists)
        if rule is None or rule.when == "never":
            return None
        own = merged([own, rule.variables])
    elif _is_merge_request(predefined):
        return None
    settled = rule or Rule()
    when = settled.when or job.when
    return Chosen(
        config=job,
        when=when,
        start_in=settled.start_in if settled.start_in is not None else job.start_in,
        allow_failure=_allow_failure(job, settled, when),
        needs=settled.needs if settled.needs is not None else job.needs,
        interruptible=settled.interruptible if settled.interruptible is not None else job.interruptible,
        variables=own,
    )


def _is_merge_request(predefined: Layer) -> bool:
    source = predefined.get("CI_PIPELINE_SOURCE")
    return source is not None and source.value == "merge_request_event"


def _allow_failure(job: JobConfig, rule: Rule, when: str) -> bool:
    """A manual job without rules may fail, and so does not block; with rules it blocks unless they say."""
    for written in (rule.allow_failure, job.allow_failure):
        if written is not None:
            return written
    return when == "manual" and (job.rules is None or (rule.when is None and job.when_is_written))


def _check_needs(chosen: list[Chosen]) -> None:
    present = {one.config.name for one in chosen}
    for one in chosen:
        for need in one.needs or ():
            if need.job not in present and not need.optional:
                raise ConfigError(
                    f"'{one.config.name}' job needs '{need.job}' job, but '{need.job}' does not exist in the"
                    " pipeline. This might be because of the only, except, or rules keywords. To need a job"
                    " that sometimes does not exist in the pipeline, use needs:optional."
                )


def _name(config: CiConfig, values: Mapping[str, str]) -> str | None:
    if config.workflow_name is None:
        return None
    return expand(config.workflow_name, values).strip()[:255] or None
