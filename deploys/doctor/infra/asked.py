"""What is looked for: from the settings of a site's environment, or as somebody gives it on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from urllib.parse import urlsplit

from deploys.models import Environment, EnvironmentKind
from deploys.models.preview import LABEL_PLACE

PRODUCTION, STAGING = "production", "staging"


def _says(words: str, default: str = "") -> str:
    value: str = field(default=default, metadata={"help": words})
    return value


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Everything by which the set-up of one tier is found; "" is found out, from the stacks or from what is there.

    Each is an option of the command too: its name with dashes.
    """

    domain: str = _says("name that visitors open, such as www.example.org")
    tier: str = _says("staging (kept from search engines) or production", PRODUCTION)
    bucket: str = _says("bucket of the site")
    uploads_bucket: str = _says("bucket of the uploads")
    distribution: str = _says("id of the CloudFront distribution")
    stack: str = _says("name of the stack made from site.yaml")
    gitlab: str = _says("address of GitLab", "https://gitlab.com")
    project: str = _says("path of the GitLab project, such as acme/site")
    branch: str = _says("branch whose pipelines publish")
    preview_branch: str = _says("branch whose pipelines write previews, if another")
    preview_domain: str = _says("previews are one label below it, such as preview.example.org")
    role: str = _says("name of the pipeline's role")
    preview_role: str = _says("name of the role that writes previews")
    worker_user: str = _says("name of the IAM user of buildhub's worker")
    cms_user: str = _says("name of the IAM user of the CMS")
    cms_domain: str = _says("name that editors open, such as cms.example.org")
    cms_stack: str = _says("name of the stack made from cms-lightsail.yaml, which the machine has too", "cms")
    cms_region: str = _says("region of that machine; else the one of the profile")

    def with_options(self, given: Mapping[str, str | None]) -> Asked:
        """The same, with what was given in place of what the settings say."""
        return replace(self, **{name: value for name, value in given.items() if value})


def options() -> Iterator[tuple[str, str]]:
    """Name and explanation of everything that can be given."""
    for one in fields(Asked):
        yield one.name, str(one.metadata["help"])


def from_environment(environment: Environment) -> Asked:
    """What the settings of an environment say. Reads the database only."""
    project, site = environment.gitlab_project, environment.site
    previews = site.environments.filter(kind=EnvironmentKind.PREVIEW).first()
    return Asked(
        domain=host_of(environment.url),
        tier=STAGING if environment.kind == EnvironmentKind.STAGING else PRODUCTION,
        bucket=bucket_of(environment.target),
        distribution=environment.distribution,
        gitlab=project.url.rstrip("/") if project else Asked.gitlab,
        project=project.project_id if project and "/" in project.project_id else "",
        branch=environment.ref,
        preview_branch=previews.ref if previews else "",
        preview_domain=_preview_domain(previews.preview_url) if previews else "",
        cms_domain=host_of(site.cms_url),
    )


def is_elsewhere(environment: Environment) -> bool:
    """True when the environment does not publish to S3 of AWS: none of the stacks is there to be looked at."""
    is_folder = bool(environment.target) and not environment.target.startswith("s3://")
    return is_folder or bool(environment.endpoint)


def host_of(url: str) -> str:
    """The host's name in an address; "" where there is none."""
    return (urlsplit(url).hostname or "").lower()


def bucket_of(target: str) -> str:
    """The bucket of s3://bucket/prefix; "" for anything else."""
    return target.removeprefix("s3://").partition("/")[0] if target.startswith("s3://") else ""


def _preview_domain(pattern: str) -> str:
    """What stands behind the label, where previews have host names of their own."""
    host = (urlsplit(pattern.replace(LABEL_PLACE, "label")).hostname or "").lower()
    return host.removeprefix("label.") if host.startswith("label.") else ""
