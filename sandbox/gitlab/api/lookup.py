"""Pipelines and jobs by number, as far as the caller's project has them and a replica shows them."""

from sandbox.gitlab.api import answers
from sandbox.gitlab.project import Project
from sandbox.gitlab.records import Job, Pipeline
from sandbox.gitlab.times import now
from sandbox.gitlab.world import World


def visible_pipelines(project: Project) -> list[Pipeline]:
    """The project's pipelines without those that an ordered fault hides for a while."""
    moment = now()
    return [
        one for one in project.world.pipelines.values() if one.project_id == project.id and one.hidden_until <= moment
    ]


def find_pipeline(world: World, project: Project, pipeline_id: int) -> Pipeline:
    """A pipeline by its id (not its iid)."""
    pipeline = world.pipelines.get(pipeline_id)
    if pipeline is None or pipeline.project_id != project.id or pipeline.hidden_until > now():
        answers.no_such_record()
    return pipeline


def find_job(world: World, project: Project, job_id: int) -> tuple[Job, Pipeline]:
    """A job by its id, with its pipeline."""
    job = world.job(job_id)
    if job is None or job.project_id != project.id:
        answers.no_such_record()
    return job, find_pipeline(world, project, job.pipeline_id)
