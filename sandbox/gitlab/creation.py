"""Making a pipeline: GitLab's checks in GitLab's order, each with its own words.

Sources: GitLab docs, "Trigger pipelines with the API", pipelines API; `POST /trigger/pipeline` keeps a failed
pipeline when the configuration is bad, `POST /pipeline` keeps nothing.
"""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from sandbox.gitlab import predefined
from sandbox.gitlab.access import at_least
from sandbox.gitlab.config import CiConfig, ConfigError, read_config
from sandbox.gitlab.project import Project
from sandbox.gitlab.records import ALIVE, Job, Pipeline, Plan, User
from sandbox.gitlab.repository import CONFIG_FILE
from sandbox.gitlab.rules import Chosen, Selection, file_finder, select
from sandbox.gitlab.times import now
from sandbox.gitlab.variables import Variable, expand, merged, resolved
from sandbox.gitlab.world import World

RULES_LEFT_NOTHING = (
    "Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from being"
    " added to the pipeline."
)
PROTECTED_REF = (
    "You do not have sufficient permission to run a pipeline on '{ref}'. Please select a different branch or"
    " contact your administrator for assistance. Learn more"
)
NO_WORKFLOW = "Pipeline filtered out by workflow rules."
TOO_MANY = "Too many pipelines created in the last minute. Try again later."
WINDOW_SECONDS = 60.0
REPLACEABLE = ALIVE | {"scheduled", "manual"}


class CreationRefused(Exception):
    """No pipeline runs. `pipeline` is the failed record that a bad configuration leaves behind, if any."""

    def __init__(self, reason: str, pipeline: Pipeline | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pipeline = pipeline


@dataclass(frozen=True, kw_only=True)
class Order:
    """What somebody asks for. `payload` is the variable that GitLab itself adds to triggered pipelines."""

    project: Project
    ref: str
    source: str
    user: User
    role: str
    variables: tuple[Variable, ...] = ()
    payload: Variable | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    keeps_failed: bool = False

    @property
    def all_variables(self) -> list[Variable]:
        """The pipeline's variables, with the payload."""
        return [*self.variables, *([self.payload] if self.payload else [])]


def create(world: World, order: Order) -> Pipeline:
    """A new pipeline with its jobs, all still `created`. Raises CreationRefused. The caller holds the lock."""
    project = order.project
    _check_variables(order)
    _check_abilities(order)
    repository = project.refs.get(order.ref)
    if repository is None:
        raise CreationRefused("Reference not found")
    sha = repository.sha()
    if any(variable.key == "TRIGGER_PAYLOAD" for variable in order.variables) and order.payload:
        _fail(world, order, sha, "Duplicate variable name: TRIGGER_PAYLOAD")
    _check_creation_limit(order, sha)
    snapshot = repository.snapshot(sha)
    if not (snapshot / CONFIG_FILE).is_file():
        raise CreationRefused("Missing CI config file")
    text = (snapshot / CONFIG_FILE).read_text(encoding="utf-8")
    try:
        config = _parsed(text) if not order.inputs else read_config(text, order.inputs)
        selection = select(
            config,
            predefined=predefined.before_creation(project, ref=order.ref, sha=sha, source=order.source),
            given=merged([project.variables, {one.key: one for one in order.all_variables}]),
            exists=file_finder(snapshot),
        )
    except ConfigError as error:
        _fail(world, order, sha, str(error))
    if selection.filtered:
        raise CreationRefused(NO_WORKFLOW)
    if not selection.jobs:
        raise CreationRefused(RULES_LEFT_NOTHING)
    pipeline = _record(world, order, sha)
    _fill(world, pipeline, config, selection)
    return pipeline


@lru_cache(maxsize=64)
def _parsed(text: str) -> CiConfig:
    return read_config(text)


def _check_variables(order: Order) -> None:
    wanted = order.project.settings.pipeline_variables_minimum_override_role
    if order.variables and (wanted == "no_one_allowed" or not at_least(order.role, wanted)):
        raise CreationRefused("Insufficient permissions to set pipeline variables")


def _check_abilities(order: Order) -> None:
    if not order.project.settings.ci_enabled:
        raise CreationRefused("Pipelines are disabled!")
    if not at_least(order.role, "developer"):
        raise CreationRefused("Insufficient permissions to create a new pipeline")
    if order.ref in order.project.refs and not order.project.may_push(order.ref, order.role):
        raise CreationRefused(PROTECTED_REF.format(ref=order.ref))


def _check_creation_limit(order: Order, sha: str) -> None:
    """GitLab counts per project, user and commit."""
    limit = order.project.settings.creation_limit_per_minute
    moment, creations = now(), order.project.creations
    while creations and creations[0][0] <= moment - WINDOW_SECONDS:
        creations.popleft()
    if limit is not None and sum(one[1:] == (sha, order.user.id) for one in creations) >= limit:
        raise CreationRefused(TOO_MANY)
    creations.append((moment, sha, order.user.id))


def _fail(world: World, order: Order, sha: str, reason: str) -> Any:
    """Refuse a bad configuration, after keeping a failed pipeline where GitLab keeps one."""
    if not order.keeps_failed:
        raise CreationRefused(reason)
    pipeline = _record(world, order, sha)
    pipeline.status = "failed"
    pipeline.yaml_errors = reason
    pipeline.finished_at = pipeline.updated_at
    _keep(world, pipeline)
    raise CreationRefused(reason, pipeline)


def _record(world: World, order: Order, sha: str) -> Pipeline:
    moment = now()
    return Pipeline(
        id=world.storage.next_id("pipeline"),
        iid=world.storage.next_id(f"pipeline of {order.project.id}"),
        project_id=order.project.id,
        ref=order.ref,
        sha=sha,
        source=order.source,
        user_id=order.user.id,
        created_at=moment,
        updated_at=moment,
        tag=order.ref in order.project.tags,
        variables=order.all_variables,
    )


def _fill(world: World, pipeline: Pipeline, config: CiConfig, selection: Selection) -> None:
    pipeline.name = selection.name
    pipeline.auto_cancel = selection.auto_cancel
    used = {one.config.stage for one in selection.jobs}
    pipeline.stages = [stage for stage in config.stages if stage in used]
    for chosen in sorted(selection.jobs, key=lambda one: config.stages.index(one.config.stage)):
        pipeline.jobs.append(_job(world, pipeline, chosen))
    _keep(world, pipeline)


def _job(world: World, pipeline: Pipeline, chosen: Chosen) -> Job:
    return Job(
        id=world.storage.next_id("job"),
        pipeline_id=pipeline.id,
        project_id=pipeline.project_id,
        name=chosen.config.name,
        stage=chosen.config.stage,
        stage_index=pipeline.stages.index(chosen.config.stage),
        plan=_plan(world, pipeline, chosen),
        allow_failure=chosen.allow_failure,
        created_at=pipeline.created_at,
        updated_at=pipeline.created_at,
        token=f"glcbt-{secrets.token_hex(16)}",
        user_id=pipeline.user_id,
    )


def _plan(world: World, pipeline: Pipeline, chosen: Chosen) -> Plan:
    config, project = chosen.config, world.project_of(pipeline)
    values = resolved(
        merged(
            [
                predefined.of_pipeline(project, pipeline),
                chosen.variables,
                project.variables,
                {one.key: one for one in pipeline.variables},
            ]
        )
    )
    environment = config.environment
    artifacts_from = config.dependencies
    if artifacts_from is None and chosen.needs is not None:
        artifacts_from = tuple(need.job for need in chosen.needs if need.artifacts)
    return Plan(
        script=list(config.script),
        before_script=list(config.before_script),
        after_script=list(config.after_script),
        variables=[vars(variable) for variable in chosen.variables.values()],
        when=chosen.when,
        start_in=chosen.start_in,
        allowed_exit_codes=list(config.allowed_exit_codes),
        needs=None if chosen.needs is None else [need.job for need in chosen.needs],
        artifacts_from=None if artifacts_from is None else list(artifacts_from),
        resource_group=expand(config.resource_group, values) if config.resource_group else None,
        interruptible=chosen.interruptible,
        artifacts=asdict(config.artifacts) if config.artifacts else None,
        retries=config.retries,
        retry_when=list(config.retry_when),
        timeout=config.timeout,
        environment={**environment, "name": expand(environment["name"], values)} if environment else None,
        tags=list(config.tags),
        caches=[asdict(one) for one in config.caches],
    )


def _keep(world: World, pipeline: Pipeline) -> None:
    world.storage.save_pipeline(pipeline)
    for job in pipeline.jobs:
        world.storage.add_job(job)
        world.jobs[job.id] = job
        world.hooks.job_changed(job)
    world.pipelines[pipeline.id] = pipeline
    world.hooks.pipeline_changed(pipeline)


def redundant(world: World, fresh: Pipeline) -> list[Pipeline]:
    """Older live pipelines of the ref that a new commit makes pointless (GitLab docs, auto-cancel)."""
    if not world.project_of(fresh).settings.auto_cancel_pending_pipelines:
        return []
    return [
        old
        for old in world.pipelines.values()
        if old.sha != fresh.sha
        and old.project_id == fresh.project_id
        and old.ref == fresh.ref
        and old.id < fresh.id
        and old.status in REPLACEABLE
        and _may_be_canceled(old)
    ]


def _may_be_canceled(old: Pipeline) -> bool:
    if old.auto_cancel == "conservative":
        return all(job.plan.interruptible or job.started_at is None for job in old.latest_jobs)
    return old.auto_cancel == "interruptible"
