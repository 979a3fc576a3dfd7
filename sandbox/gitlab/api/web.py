"""Plain pages behind the `web_url` of pipelines and jobs, so that a link into "GitLab" leads somewhere."""

import re

from flask import Blueprint, Response, abort
from markupsafe import Markup, escape

from sandbox.gitlab.project import Project
from sandbox.gitlab.records import Job, Pipeline
from sandbox.gitlab.times import iso
from sandbox.gitlab.world import World

_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|section_(?:start|end):\d+:\w+\r")
_PAGE = Markup(
    "<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
    "<style>body{{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}}"
    "pre{{background:#111;color:#eee;padding:1rem;overflow:auto}}td,th{{text-align:left;padding:.2rem 1rem .2rem 0}}"
    "</style><p>Sandbox GitLab, {project}</p><h1>{title}</h1>{body}</html>"
)


def routes(world: World) -> Blueprint:
    """The pages; they need no login, for the sandbox listens on loopback only."""
    pages = Blueprint("web", __name__)

    @pages.get("/<path:path>/-/pipelines/<int:pipeline_id>")
    def pipeline_page(path: str, pipeline_id: int) -> Response:
        with world.lock:
            pipeline = world.pipelines.get(pipeline_id)
            if pipeline is None or world.project_of(pipeline).path_with_namespace != path:
                abort(404)
            return _pipeline(world.project_of(pipeline), pipeline)

    @pages.get("/<path:path>/-/jobs/<int:job_id>")
    def job_page(path: str, job_id: int) -> Response:
        with world.lock:
            job = world.job(job_id)
            if job is None or world.project_of(job).path_with_namespace != path:
                abort(404)
        return _job(world, job)

    return pages


def _pipeline(project: Project, pipeline: Pipeline) -> Response:
    facts = Markup("<p>Status: <strong>{}</strong>. {} on {} at {}.</p>").format(
        pipeline.status, pipeline.name or "No name", pipeline.ref, iso(pipeline.created_at)
    )
    problem = Markup("<pre>{}</pre>").format(pipeline.yaml_errors) if pipeline.yaml_errors else Markup("")
    rows = Markup("").join(
        Markup('<tr><td>{}<td><a href="{}/-/jobs/{}">{}</a><td>{}').format(
            job.stage, project.url, job.id, job.name, job.status
        )
        for job in pipeline.latest_jobs
    )
    table = Markup("<table><tr><th>Stage<th>Job<th>Status{}</table>").format(rows)
    return _page(project, f"Pipeline #{pipeline.id}", facts + problem + table)


def _job(world: World, job: Job) -> Response:
    path = world.trace_path(job)
    text = path.read_bytes().decode("utf-8", "replace") if path.exists() else ""
    project = world.project_of(job)
    body = Markup('<p>Status: <strong>{}</strong>. <a href="{}/-/pipelines/{}">Pipeline</a></p><pre>{}</pre>').format(
        job.status, project.url, job.pipeline_id, _ESCAPES.sub("", text)
    )
    return _page(project, f"Job {job.name} (#{job.id})", body)


def _page(project: Project, title: str, body: Markup) -> Response:
    html = _PAGE.format(title=title, project=project.path_with_namespace, body=escape(body))
    return Response(html, content_type="text/html; charset=utf-8")
