"""A site whose connection to the stand-in GitLab is right in everything, to be spoilt in one thing at a time."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from deploys.builds.ci.filling import filled
from deploys.doctor import site
from deploys.doctor.model import Finding
from deploys.doctor.run import run
from deploys.models import Environment, GitLabProject
from sandbox.gitlab import GitLabSandbox
from sandbox.gitlab.access import AccessToken, TriggerToken
from tests import scenes

HERE = "https://publish.example.org"
_numbers = count(1)


class GitLabWorld:
    """One project with all that is needed, and the site that is built there."""

    def __init__(self, sandbox: GitLabSandbox, folder: Path) -> None:
        number = next(_numbers)
        self.sandbox, self.folder = sandbox, folder
        self.row: GitLabProject = scenes.make_project(
            url=sandbox.url, trigger_token=f"glptt-right-{number}", api_token=f"glpat-right-{number}"
        )
        self.environment: Environment = scenes.make_environment(
            gitlab_project=self.row, target="s3://museum", marker_url="https://www.example.org/buildhub.json"
        )
        self.write(filled(self.environment.site, [self.environment]).text)
        self.project = sandbox.add_project(
            f"doctor-{number}",
            folder,
            trigger_token=self.row.trigger_token,
            api_token=self.row.api_token,
            hook_url=f"{HERE}/hooks/gitlab/{self.row.hook_key}/",
            hook_token=self.row.hook_token,
        )
        self.row.project_id = str(self.project.id)
        self.row.save()

    @property
    def api_token(self) -> AccessToken:
        """The token as GitLab has it."""
        return self.project.access_tokens[0]

    @property
    def trigger(self) -> TriggerToken:
        """The same for the trigger token."""
        return self.project.trigger_tokens[0]

    def write(self, ci_file: str) -> None:
        """What the branch has as its CI file."""
        (self.folder / ".gitlab-ci.yml").write_text(ci_file, encoding="utf-8")

    def set(self, **facts: str) -> None:
        """What Buildhub has stored of the connection."""
        for name, value in facts.items():
            setattr(self.row, name, value)
        self.row.save()

    def findings(self) -> list[Finding]:
        """What the doctor says of GitLab."""
        (checked,) = run([site.of_gitlab(self.row, [self.environment])])
        return list(checked.findings)
