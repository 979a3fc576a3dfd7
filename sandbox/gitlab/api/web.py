"""Plain pages behind the `web_url` of pipelines and jobs, so that a link into "GitLab" leads somewhere."""

import re
from typing import Any

from flask import Blueprint, Response, abort, redirect, request
from markupsafe import Markup, escape

from sandbox.gitlab.project import Hook, Project
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

    _settings_pages(pages, world)
    return pages


def _settings_pages(pages: Blueprint, world: World) -> None:
    def find(path: str) -> Project:
        for project in world.projects.values():
            if project.path_with_namespace == path:
                return project
        abort(404)

    @pages.get("/")
    def home() -> Response:
        rows = Markup("").join(
            Markup('<li><a href="{}/-/settings">{}</a>').format(one.url, one.path_with_namespace)
            for one in world.projects.values()
        )
        html = _PAGE.format(title="Projects", project="all projects", body=Markup("<ul>{}</ul>").format(rows))
        return Response(html, content_type="text/html; charset=utf-8")

    @pages.get("/<path:path>/-/settings")
    def settings_page(path: str) -> Response:
        return _settings(find(path))

    @pages.post("/<path:path>/-/settings")
    def add_hook(path: str) -> Any:
        project = find(path)
        project.add_hook(request.form["url"].strip(), token=request.form["token"].strip() or None)
        return redirect(f"{project.url}/-/settings", 303)


def _settings(project: Project) -> Response:
    """What a maintainer sees under Settings; like GitLab, with the whole secret of a token that was just made."""
    triggers = _rows([(one.description, one.value, f"owner: {one.role}") for one in project.trigger_tokens])
    tokens = _rows([(one.name, one.value, f"{one.role}, {', '.join(one.scopes)}") for one in project.access_tokens])
    hooks = _rows([(one.url, "", _events(one)) for one in project.hooks])
    body = Markup(
        "<p>Project ID: <code id=project-id>{number}</code>. Default branch: {ref}.</p>"
        "<h2>Pipeline trigger tokens</h2><table id=triggers>{triggers}</table>"
        "<h2>Access tokens</h2><table id=tokens>{tokens}</table>"
        "<h2>Webhooks</h2><table id=hooks>{hooks}</table>"
        "<form method=post><p><label>URL <input name=url size=70></label></p>"
        "<p><label>Secret token <input name=token size=50></label></p>"
        "<p>Triggers: Pipeline events, Job events.</p><button>Add webhook</button></form>"
    ).format(number=project.id, ref=project.default_ref, triggers=triggers, tokens=tokens, hooks=hooks)
    return _page(project, "Settings", body)


def _rows(rows: list[tuple[str, str, str]]) -> Markup:
    return Markup("").join(Markup("<tr><td>{}<td><code>{}</code><td>{}").format(*row) for row in rows)


def _events(hook: Hook) -> str:
    told = [words for words, is_on in (("pipelines", hook.pipeline_events), ("jobs", hook.job_events)) if is_on]
    return ", ".join(told) or "no event"


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
