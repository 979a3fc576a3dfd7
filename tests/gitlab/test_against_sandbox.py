"""The client against the stand-in GitLab over HTTP: the whole life of a pipeline."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploys.gitlab import GitLabNotFound
from deploys.gitlab.webhooks import HookRejected, parse, verify
from tests.gitlab.places import COMPLETED, Placing, jobs_by_name, settled, until

SIGNING_TOKEN = "whsec_" + base64.b64encode(b"k" * 32).decode()


def test_a_pipeline_is_started_followed_and_finished(place: Placing) -> None:
    """Trigger, watch, read the log, play the manual job: the whole way with real jobs."""
    gitlab = place().client()
    started = gitlab.trigger_pipeline(ref="main", variables={"REQUEST_ID": "7f3a"})
    assert (started.ref, started.source) == ("main", "trigger")
    waiting = settled(gitlab, started, "manual", *COMPLETED)
    assert (waiting.status, waiting.name, waiting.finished_at) == ("manual", "Publish 7f3a", None)
    jobs = jobs_by_name(gitlab, started)
    assert (jobs["build"].status, jobs["publish"].status) == ("success", "manual")
    assert jobs["build"].pipeline_id == started.id
    assert gitlab.play_job(jobs["publish"].id).name == "publish"
    done = settled(gitlab, started, *COMPLETED)
    assert (done.status, done.project_id) == ("success", waiting.project_id)
    assert done.created_at is not None
    assert done.finished_at is not None
    assert done.finished_at >= done.created_at


def test_a_log_is_read_in_pieces_that_fit_together(place: Placing) -> None:
    """Small pieces make up the same log as one large piece."""
    gitlab = place().client()
    started = gitlab.trigger_pipeline(ref="main", variables={"REQUEST_ID": "7f3a"})
    settled(gitlab, started, "manual")
    job = jobs_by_name(gitlab, started)["build"]
    whole = gitlab.read_trace(job.id)
    assert "Grüße an 7f3a" in whole.data.decode()
    assert not whole.more
    pieces, offset = [], 0
    while (piece := gitlab.read_trace(job.id, offset=offset, limit=50)).data:
        pieces.append(piece.data.decode())
        offset = piece.next_offset
    assert "".join(pieces) == whole.data.decode()


def test_a_pipeline_is_found_by_its_name_and_time(place: Placing) -> None:
    """The look-up after a lost answer: one name, one pipeline."""
    gitlab = place(runs_jobs=False).client()
    first = gitlab.trigger_pipeline(ref="main", variables={"REQUEST_ID": "one"})
    second = gitlab.trigger_pipeline(ref="main", variables={"REQUEST_ID": "two"})
    found = gitlab.list_pipelines(name="Publish one", source="trigger", ref="main")
    assert [pipeline.id for pipeline in found] == [first.id]
    assert [pipeline.id for pipeline in gitlab.list_pipelines()] == [second.id, first.id]
    assert gitlab.list_pipelines(created_after=datetime.now(UTC) + timedelta(hours=1)) == []
    assert gitlab.list_pipelines(name="Publish") == []


def test_more_pipelines_than_a_page_holds_are_listed(place: Placing) -> None:
    """Pages are turned as GitLab's headers say."""
    gitlab = place(runs_jobs=False).client()
    made = [gitlab.trigger_pipeline(ref="main").id for _ in range(5)]
    listed = [pipeline.id for pipeline in gitlab.list_pipelines(per_page=2)]
    assert listed == sorted(made, reverse=True)


def test_the_variables_of_a_pipeline_are_read(place: Placing) -> None:
    """What was sent comes back; GitLab adds a payload that does not hold the token."""
    here = place(runs_jobs=False)
    gitlab = here.client()
    started = gitlab.trigger_pipeline(ref="main", variables={"REQUEST_ID": "7f3a"})
    variables = gitlab.pipeline_variables(started.id)
    assert variables["REQUEST_ID"] == "7f3a"
    assert here.project.trigger_token not in json.dumps(variables)


def test_a_pipeline_is_canceled(place: Placing) -> None:
    """A running job is stopped, and the pipeline ends canceled."""
    gitlab = place().client()
    started = gitlab.trigger_pipeline(ref="long")
    settled(gitlab, started, "running")
    assert gitlab.cancel_pipeline(started.id).id == started.id
    assert settled(gitlab, started, *COMPLETED).status == "canceled"


def test_failed_jobs_are_retried(place: Placing) -> None:
    """A failed pipeline says why, and a retry makes new jobs of the same name."""
    gitlab = place().client()
    started = gitlab.trigger_pipeline(ref="main", variables={"REQUEST_ID": "broken"})
    assert settled(gitlab, started, *COMPLETED).status == "failed"
    failed = jobs_by_name(gitlab, started)["build"]
    assert (failed.status, failed.failure_reason) == ("failed", "script_failure")
    assert gitlab.retry_pipeline(started.id).id == started.id
    until(lambda: jobs_by_name(gitlab, started)["build"], lambda job: job.id > failed.id and job.status == "failed")
    settled(gitlab, started, "failed")
    again = gitlab.retry_job(jobs_by_name(gitlab, started)["build"].id)
    assert (again.name, again.id > failed.id) == ("build", True)
    settled(gitlab, started, "failed")
    everything = gitlab.list_jobs(started.id, include_retried=True)
    assert len([job for job in everything if job.name == "build"]) == 3
    assert len([job for job in gitlab.list_jobs(started.id) if job.name == "build"]) == 1


def test_the_own_token_is_described(place: Placing) -> None:
    """Scopes and last day of the token that asks."""
    here = place()
    here.project.add_access_token("glpat-mortal", role="reporter", scopes=("read_api",), expires_at=date(2999, 1, 1))
    token = here.client(api_token="glpat-mortal").own_token()
    assert (token.scopes, token.active, token.expires_at) == (frozenset({"read_api"}), True, date(2999, 1, 1))


def test_a_branch_stands_at_the_commit_that_a_pipeline_on_it_gets(place: Placing) -> None:
    """A reader's token is enough; a branch that is not there is not found."""
    here = place(runs_jobs=False)
    here.project.add_access_token("glpat-of-a-reader", role="reporter", scopes=("read_api",))
    gitlab = here.client(api_token="glpat-of-a-reader")
    assert gitlab.branch_head("main") == here.client().trigger_pipeline(ref="main").sha
    with pytest.raises(GitLabNotFound):
        gitlab.branch_head("no/such")


def test_the_clock_of_the_server_is_kept(place: Placing) -> None:
    """Every answer has a Date."""
    gitlab = place(runs_jobs=False).client()
    gitlab.list_pipelines()
    assert gitlab.server_date is not None
    assert abs(gitlab.server_date - datetime.now(UTC)) < timedelta(minutes=1)


def test_what_is_not_there_is_not_found(place: Placing) -> None:
    """An unknown pipeline or job is not found, and nothing worse."""
    gitlab = place().client()
    for call in (gitlab.get_pipeline, gitlab.list_jobs, gitlab.cancel_pipeline, gitlab.play_job):
        with pytest.raises(GitLabNotFound):
            call(999_999)
    with pytest.raises(GitLabNotFound):
        gitlab.read_trace(999_999)


def test_a_delivery_of_the_stand_in_is_verified_and_read(place: Placing) -> None:
    """What GitLab sends out, signed and with its token, is accepted and leads to the pipeline."""
    with receiving() as (url, deliveries):
        gitlab = place(
            runs_jobs=False, hook_url=url, hook_token="hook-secret", hook_signing_token=SIGNING_TOKEN
        ).client()
        started = gitlab.trigger_pipeline(ref="main", variables={"REQUEST_ID": "7f3a"})
        headers, body = until(
            lambda: next((one for one in deliveries if one[0].get("X-Gitlab-Event") == "Pipeline Hook"), None),
            lambda found: found is not None,
        ) or ({}, b"")
    verify(headers=headers, body=body, token="", signing_token=SIGNING_TOKEN, now=datetime.now(UTC))
    verify(headers=headers, body=body, token="hook-secret", now=datetime.now(UTC))
    with pytest.raises(HookRejected):
        verify(headers=headers, body=body + b" ", token="", signing_token=SIGNING_TOKEN, now=datetime.now(UTC))
    hook = parse(headers=headers, body=body)
    assert (hook.kind, hook.pipeline_id, hook.name) == ("pipeline", started.id, "Publish 7f3a")
    assert hook.variables["REQUEST_ID"] == "7f3a"
    assert hook.created_at is not None
    assert hook.delivery_key == headers["Idempotency-Key"]


@contextmanager
def receiving() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """Listen for webhooks; give the address and the growing list of headers and bodies."""
    deliveries: list[tuple[dict[str, str], bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            deliveries.append((dict(self.headers.items()), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", deliveries
        finally:
            server.shutdown()
            thread.join()
