"""GitLab's REST API, as far as pipelines need it: one method, one endpoint."""

import ssl
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Self
from urllib.parse import quote

import httpx

from deploys.gitlab import fields
from deploys.gitlab.answers import refused
from deploys.gitlab.errors import ErrorClass
from deploys.gitlab.refusals import explain
from deploys.gitlab.selection import Selection
from deploys.gitlab.sending import Sender, list_of
from deploys.gitlab.set_up import SetUp
from deploys.gitlab.trace import Window
from deploys.gitlab.types import Job, Pipeline, RateLimit, Token, Trace, Variable

LARGEST_TRACE_PIECE = 8 * 1024 * 1024
USUAL_TRACE_PIECE = 1024 * 1024
_MOST_PAGES_OF_JOBS = 10
_MOST_ROWS = 100


class GitLab:
    """One project of one GitLab.

    A context manager; close() ends its connections. Not for several threads at once.

    url: GitLab's first page. project: numeric id, or path. trigger_token starts pipelines, api_token
    (personal, project or group access token) does all else. timeout, if given, is for every call.

    Every method raises GitLabUnavailable (try again), GitLabRefused (stop and tell) or, but for
    trigger_pipeline, GitLabNotFound.
    """

    def __init__(
        self,
        *,
        url: str,
        project: int | str,
        trigger_token: str = "",
        api_token: str = "",
        transport: httpx.BaseTransport | None = None,
        verify: ssl.SSLContext | bool = True,
        timeout: httpx.Timeout | None = None,
    ) -> None:
        self._project = f"projects/{quote(str(project).strip(), safe='')}"
        self._trigger_token = trigger_token.strip()
        self._sender = Sender(
            url=url,
            api_token=api_token.strip(),
            secrets=(self._trigger_token, api_token.strip()),
            transport=transport,
            verify=verify,
            timeout=timeout,
        )

    @property
    def rate_limit(self) -> RateLimit | None:
        """The RateLimit-* headers of the latest answer that had them."""
        return self._sender.rate_limit

    @property
    def server_date(self) -> datetime | None:
        """The Date header (UTC) of the latest answer that had one: GitLab's clock, not ours."""
        return self._sender.server_date

    @property
    def set_up(self) -> SetUp:
        """What GitLab says of the project's set-up."""
        return SetUp(self._sender, self._project)

    def __repr__(self) -> str:
        return f"<GitLab {self._sender.address or 'without a usable address'} {self._project}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connections. The client cannot be used afterwards."""
        self._sender.close()

    def trigger_pipeline(
        self, *, ref: str, variables: Mapping[str, str] | None = None, inputs: Mapping[str, str] | None = None
    ) -> Pipeline:
        """Start a pipeline with the trigger token. Never repeated by itself; look at the error's sent.

        The pipeline may be failed already (status, yaml_errors). A GitLabRefused of class config_invalid
        has left a failed pipeline behind.
        https://docs.gitlab.com/api/pipeline_triggers/#trigger-a-pipeline-with-a-token
        """
        wish = "start a pipeline"
        if not self._trigger_token:
            raise refused(explain(ErrorClass.TOKEN_MISSING), wish=wish, detail="there is no trigger token")
        body: dict[str, object] = {"token": self._trigger_token, "ref": ref}
        if variables:
            body["variables"] = dict(variables)
        if inputs:
            body["inputs"] = dict(inputs)
        path = f"{self._project}/trigger/pipeline"
        return self._sender.ask(Pipeline.parse, "POST", path, wish=wish, asked="trigger", json=body)

    def get_pipeline(self, pipeline_id: int) -> Pipeline:
        """Read one pipeline, by id (not iid).

        https://docs.gitlab.com/api/pipelines/#retrieve-a-single-pipeline
        """
        path = f"{self._project}/pipelines/{pipeline_id}"
        return self._sender.ask(Pipeline.parse, "GET", path, wish=f"read pipeline {pipeline_id}")

    def list_pipelines(
        self,
        *,
        ref: str | None = None,
        source: str | None = None,
        name: str | None = None,
        status: str | None = None,
        updated_after: datetime | None = None,
        created_after: datetime | None = None,
        username: str | None = None,
        order_by: str = "id",
        sort: str = "desc",
        per_page: int = 100,
        max_pages: int = 5,
    ) -> list[Pipeline]:
        """List the project's pipelines, each once, at most max_pages * per_page of them. Times are aware.

        name is exact. Child pipelines are left out by GitLab. https://docs.gitlab.com/api/pipelines/
        """
        wanted = Selection(
            ref=ref, source=source, name=name, status=status, username=username, order_by=order_by, sort=sort,
            updated_after=updated_after, created_after=created_after,
        )  # fmt: skip
        found: dict[int, Pipeline] = {}
        path, size = f"{self._project}/pipelines", max(1, min(per_page, _MOST_ROWS))
        query = wanted.query() | {"per_page": str(size)}
        wish = "list the pipelines"
        for page in self._sender.pages(Pipeline.parse, path, query, wish=wish, most=max_pages):
            # Pipelines made while we turn pages push others onto the next page: the first sight counts.
            for pipeline in filter(wanted.admits, page):
                found.setdefault(pipeline.id, pipeline)
            if any(map(wanted.is_past, page)):
                break
        return list(found.values())

    def list_jobs(self, pipeline_id: int, *, include_retried: bool = False) -> list[Job]:
        """List a pipeline's jobs in GitLab's order, without trigger jobs, each once.

        https://docs.gitlab.com/api/jobs/#list-all-jobs-for-a-pipeline
        """
        path, wish = (
            f"{self._project}/pipelines/{pipeline_id}/jobs",
            f"list the jobs of pipeline {pipeline_id}",
        )
        query = {"per_page": str(_MOST_ROWS)} | ({"include_retried": "true"} if include_retried else {})
        found: dict[int, Job] = {}
        for page in self._sender.pages(Job.parse, path, query, wish=wish, most=_MOST_PAGES_OF_JOBS):
            for job in page:
                found.setdefault(job.id, job)
        return list(found.values())

    def read_trace(self, job_id: int, *, offset: int = 0, limit: int | None = None) -> Trace:
        """Read the bytes of a job's log from offset on, at most limit (default 1 MiB, most 8 MiB) of them.

        Fewer bytes than asked for do not mean the end: see Trace.more. A GitLab that cannot give parts of a
        log is read from its start each time.
        https://docs.gitlab.com/api/jobs/#retrieve-a-log-file-for-a-job
        """
        window = Window.at(max(0, offset), max(1, min(limit or USUAL_TRACE_PIECE, LARGEST_TRACE_PIECE)))
        answer = self._sender.send(
            "GET",
            f"{self._project}/jobs/{job_id}/trace",
            wish=f"read the log of job {job_id}",
            query={"byte_offset": str(window.byte_offset), "byte_limit": str(window.byte_limit)},
            enough=window.enough,
        )
        return window.cut(answer.body)

    def pipeline_variables(self, pipeline_id: int) -> dict[str, str]:
        """Read a pipeline's variables (needs Maintainer, or to be the pipeline's user).

        https://docs.gitlab.com/api/pipelines/#retrieve-pipeline-variables
        """
        path, wish = (
            f"{self._project}/pipelines/{pipeline_id}/variables",
            f"read pipeline {pipeline_id}'s variables",
        )
        variables = self._sender.ask(list_of(Variable.parse), "GET", path, wish=wish)
        return {variable.key: variable.value for variable in variables}

    def cancel_pipeline(self, pipeline_id: int) -> Pipeline:
        """Ask to stop a pipeline; GitLab agrees even when nothing can be stopped, so look at the status.

        https://docs.gitlab.com/api/pipelines/#cancel-all-jobs-for-a-pipeline
        """
        path = f"{self._project}/pipelines/{pipeline_id}/cancel"
        return self._sender.ask(Pipeline.parse, "POST", path, wish=f"stop pipeline {pipeline_id}")

    def retry_pipeline(self, pipeline_id: int) -> Pipeline:
        """Run the failed and canceled jobs again.

        https://docs.gitlab.com/api/pipelines/#retry-jobs-in-a-pipeline
        """
        path = f"{self._project}/pipelines/{pipeline_id}/retry"
        return self._sender.ask(Pipeline.parse, "POST", path, wish=f"retry pipeline {pipeline_id}")

    def play_job(self, job_id: int) -> Job:
        """Start a manual job. https://docs.gitlab.com/api/jobs/#run-a-job"""
        return self._sender.ask(Job.parse, "POST", f"{self._project}/jobs/{job_id}/play", wish=f"start job {job_id}")

    def retry_job(self, job_id: int) -> Job:
        """Run a job again; the answer is a new job. https://docs.gitlab.com/api/jobs/#retry-a-job"""
        return self._sender.ask(Job.parse, "POST", f"{self._project}/jobs/{job_id}/retry", wish=f"retry job {job_id}")

    def branch_head(self, name: str) -> str:
        """Read which commit a branch stands at. https://docs.gitlab.com/api/branches/#get-single-repository-branch"""
        path = f"{self._project}/repository/branches/{quote(name, safe='')}"
        found = self._sender.ask(fields.record, "GET", path, wish=f"read the branch {name}")
        return fields.words(fields.record(found.get("commit")).get("id"))

    def read_file(self, path: str, *, ref: str) -> str:
        """Read a file of the repository as text, at a branch or commit; odd bytes become marks.

        https://docs.gitlab.com/api/repository_files/#retrieve-a-raw-file-from-a-repository
        """
        where = f"{self._project}/repository/files/{quote(path, safe='')}/raw"
        answer = self._sender.send("GET", where, wish=f"read the file {path}", query={"ref": ref})
        return answer.body.decode("utf-8", "replace")

    def own_token(self) -> Token:
        """Read what the API token may do and until when.

        https://docs.gitlab.com/api/personal_access_tokens/
        """
        return self._sender.ask(Token.parse, "GET", "personal_access_tokens/self", wish="read our own access token")

    def version(self) -> str:
        """Read GitLab's version, such as "18.4.0-ee". https://docs.gitlab.com/api/version/"""
        found = self._sender.ask(fields.record, "GET", "version", wish="read GitLab's version")
        return fields.words(found.get("version"))
