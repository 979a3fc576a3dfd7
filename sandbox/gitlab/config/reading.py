"""The whole file: header, references, `extends`, `default`, stages, workflow, jobs."""

from collections.abc import Mapping
from typing import Any

from sandbox.gitlab.config import inputs, keywords, values
from sandbox.gitlab.config.errors import ConfigError
from sandbox.gitlab.config.jobs import job, rules
from sandbox.gitlab.config.model import DEFAULT_STAGES, CiConfig, JobConfig
from sandbox.gitlab.config.yaml_text import documents, with_references

DEEPEST_EXTENDS = 11
Body = dict[Any, Any]


def read_config(text: str, given_inputs: Mapping[str, Any] | None = None) -> CiConfig:
    """The checked content of a `.gitlab-ci.yml`. Raises ConfigError with GitLab's words."""
    header, raw = documents(text)
    chosen = inputs.values(inputs.declared(header), given_inputs or {})
    body = with_references(inputs.interpolated(raw, chosen))
    if "include" in body:
        raise ConfigError("include is not supported by this sandbox: write the jobs into .gitlab-ci.yml")
    stages = _stages(body)
    workflow = values.mapping("workflow", body.get("workflow"))
    values.check_keys("workflow", workflow, keywords.WORKFLOW)
    jobs = _jobs(body)
    _check_stages_and_needs(jobs, stages)
    name = workflow.get("name")
    return CiConfig(
        stages=stages,
        jobs=jobs,
        variables=values.variables("variables", body.get("variables")),
        workflow_rules=_workflow_rules(workflow),
        workflow_name=None if name is None else str(name),
        auto_cancel=_auto_cancel(workflow),
    )


def _stages(body: Body) -> tuple[str, ...]:
    written = body.get("stages")
    named = DEFAULT_STAGES if written is None else values.strings("stages", written)
    return (".pre", *(stage for stage in named if stage not in (".pre", ".post")), ".post")


def _workflow_rules(workflow: Body) -> Any:
    if "rules" not in workflow:
        return None
    found = rules("workflow:rules", workflow["rules"], keywords.WORKFLOW_RULE)
    for rule in found:
        if rule.when not in (None, "always", "never"):
            raise ConfigError("workflow:rules:rule when should be one of: always, never")
    return found


def _auto_cancel(workflow: Body) -> str:
    chosen = values.mapping("workflow:auto_cancel", workflow.get("auto_cancel")).get("on_new_commit", "conservative")
    return values.one_of("workflow:auto_cancel on new commit", chosen, keywords.AUTO_CANCEL)


def _jobs(body: Body) -> dict[str, JobConfig]:
    defaults = values.mapping("default", body.get("default"))
    values.check_keys("default", defaults, keywords.DEFAULT)
    defaults = {key: body[key] for key in keywords.ROOT_DEFAULT if key in body} | defaults
    written = {str(key): value for key, value in body.items() if key not in keywords.ROOT}
    strange = [name for name, value in written.items() if not isinstance(value, dict) and name[0] != "."]
    if strange:
        raise ConfigError(f"root config contains unknown keys: {', '.join(strange)}")
    jobs = {}
    for name in written:
        if not name.startswith("."):
            jobs[name] = job(name, _with_defaults(_extended(name, written, ()), defaults))
    if not jobs:
        raise ConfigError("jobs config should contain at least one visible job")
    return jobs


def _extended(name: str, written: dict[str, Any], path: tuple[str, ...]) -> Body:
    """The job's hash merged over everything that it extends."""
    own = values.mapping(name, written[name])
    parents = own.get("extends")
    if parents is None:
        return own
    if len(path) >= DEEPEST_EXTENDS:
        raise ConfigError(f"{name}: nesting too deep in `extends`")
    names = values.strings(f"{name}:extends", parents)
    missing = [parent for parent in names if parent not in written]
    if missing:
        raise ConfigError(f"{name}: unknown keys in `extends` ({', '.join(missing)})")
    merged: Body = {}
    for parent in names:
        if parent in (*path, name):
            raise ConfigError(f"{name}: circular dependency detected in `extends`")
        merged = _deep_merged(merged, _extended(parent, written, (*path, name)))
    return _deep_merged(merged, {key: value for key, value in own.items() if key != "extends"})


def _deep_merged(under: Body, over: Body) -> Body:
    """Hashes are merged at every depth; anything else is replaced."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            merged[key] = _deep_merged(below, value)
        else:
            merged[key] = value
    return merged


def _with_defaults(written: Body, defaults: Body) -> Body:
    wanted = (written.get("inherit") or {}).get("default", True)
    if isinstance(wanted, list):
        defaults = {key: value for key, value in defaults.items() if key in wanted}
    return {**defaults, **written} if wanted else written


def _check_stages_and_needs(jobs: dict[str, JobConfig], stages: tuple[str, ...]) -> None:
    for one in jobs.values():
        if one.stage not in stages:
            available = ", ".join(stages)
            raise ConfigError(
                f"{one.name} job: chosen stage {one.stage} does not exist; available stages are {available}"
            )
        for need in one.needs or ():
            if need.job not in jobs and not need.optional:
                raise ConfigError(f"{one.name} job: undefined need: {need.job}")
        for dependency in one.dependencies or ():
            if dependency not in jobs:
                raise ConfigError(f"{one.name} job: undefined dependency: {dependency}")
    _check_circles(jobs)


def _check_circles(jobs: dict[str, JobConfig]) -> None:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ConfigError(f"The pipeline has circular dependencies: {' -> '.join((*path, name))}")
        if name in done or name not in jobs:
            return
        for need in jobs[name].needs or ():
            visit(need.job, (*path, name))
        done.add(name)

    for name in jobs:
        visit(name, ())
