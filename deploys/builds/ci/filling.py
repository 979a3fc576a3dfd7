"""Our CI file for one site: the shipped one, with a part for each environment of the site."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse

from deploys.models import Environment, SendAs, Site

EXAMPLE = Path(settings.BASE_DIR) / "examples" / "astro-site" / ".gitlab-ci.yml"
MARKER = "buildhub.json"
# In the shipped file the part of one environment stands for all: these words are replaced.
EXAMPLE_PART = re.compile(r"^# ---- staging: branch develop ----$.*?(?=^# ---- )", re.MULTILINE | re.DOTALL)
ALL_PARTS = re.compile(r"^# ---- staging: branch develop ----$.*\Z", re.MULTILINE | re.DOTALL)
EXAMPLE_BRANCHES = "/^(develop|main)$/"
PLAIN_BRANCH = re.compile(r"[\w./-]+")


class CannotFill(Exception):
    """No CI file can be written for these settings; the text says what to change."""


@dataclass(frozen=True, kw_only=True)
class Filled:
    """The file, and what to set in GitLab because it is not known here."""

    text: str
    missing: tuple[str, ...]


def filled(site: Site, environments: Sequence[Environment]) -> Filled:
    """The shipped CI file with the settings of these environments. Raises CannotFill."""
    _check(environments)
    example = EXAMPLE.read_text(encoding="utf-8")
    found = EXAMPLE_PART.search(example)
    if found is None:
        raise CannotFill(f"{EXAMPLE} is not the CI file that came with this version.")
    head = example[: found.start()]
    branches = "|".join(re.escape(one.ref).replace("/", r"\/").replace(r"\-", "-") for one in environments)
    head = head.replace(EXAMPLE_BRANCHES, f"/^({branches})$/")
    if any(one.send_as == SendAs.NONE for one in environments):
        head = head.replace(" && $BUILDHUB_BUILD && ", " && ")
    head = _with_values(head, {"SITE_NAME": site.name, "CONTENT_API_URL": content_address(site)})
    parts = [_part(found[0], one) for one in environments]
    missing = [line for one in environments for line in _missing(one)]
    if not settings.PUBLIC_URL:
        missing.insert(0, "CONTENT_API_URL: Buildhub does not know its own address (PUBLIC_URL)")
    return Filled(text=head + "\n".join(part.rstrip() + "\n" for part in parts), missing=tuple(missing))


def content_address(site: Site) -> str:
    """Where builds read the content of this site; nothing when Buildhub does not know its own address."""
    if not settings.PUBLIC_URL:
        return ""
    return urljoin(f"{settings.PUBLIC_URL}/", reverse("content-feed", args=[site.slug]).lstrip("/"))


def marker_of(environment: Environment) -> str:
    """The path of the marker on the site, as the publisher's --marker wants it."""
    base = f"{environment.url.rstrip('/')}/"
    return environment.marker_url.removeprefix(base) if environment.marker_url.startswith(base) else MARKER


def _check(environments: Sequence[Environment]) -> None:
    """Each environment needs a branch of its own, as rules can ask for nothing else that cannot be forged."""
    if not environments:
        raise CannotFill("This site has no environments.")
    for one in environments:
        if not PLAIN_BRANCH.fullmatch(one.ref):
            raise CannotFill(f"The branch of {one.slug}, {one.ref!r}, cannot be written into rules.")
        for other in environments:
            if other.pk != one.pk and other.ref == one.ref:
                raise CannotFill(
                    f"{one.slug} and {other.slug} both build from the branch {one.ref}: a CI file tells them apart by "
                    "the branch. Give one of them a branch of its own, or name one environment."
                )


def _part(example: str, environment: Environment) -> str:
    """The jobs of one environment."""
    part = example.replace("staging", environment.slug).replace("develop", environment.ref)
    place = environment.target
    values = {
        "SITE_URL": environment.url,
        "SITE_BUCKET": place.removeprefix("s3://") if place.startswith("s3://") else "",
        "SITE_DISTRIBUTION_ID": environment.distribution,
    }
    part = _with_values(part, values)
    extra = {"SITE_FOLDER": place if place.startswith("/") else "", "AWS_ENDPOINT_URL": environment.endpoint}
    for name, value in extra.items():
        if value:
            part = part.replace("    AWS_ROLE_ARN:", f"    {name}: {_quoted(value)}\n    AWS_ROLE_ARN:", 1)
    return part


def _with_values(text: str, values: dict[str, str]) -> str:
    """The text with these variables, each at its first place."""
    for name, value in values.items():
        before, key, after = text.partition(f"  {name}: ")
        if key:
            text = f"{before}{key}{_quoted(value)}\n{after.partition('\n')[2]}"
    return text


def _quoted(value: str) -> str:
    """A text as YAML that GitLab does not expand; a plain word stays without quotation marks."""
    value = value.replace("$", "$$")
    return (
        value
        if re.fullmatch(r"(https?://)?[\w./-]*[a-zA-Z][\w./:-]*", value)
        else json.dumps(value, ensure_ascii=False)
    )


def _missing(environment: Environment) -> list[str]:
    lines = []
    if not environment.target:
        lines.append(
            f"SITE_BUCKET of {environment.slug}: Buildhub does not know where this environment is published to"
        )
    if environment.target.startswith("s3://"):
        lines.append(f"AWS_ROLE_ARN of {environment.slug}: the role that its branch may take (docs/setup-gitlab.md)")
    if marker_of(environment) != MARKER:
        lines.append(f"--marker of {environment.slug}: here it is {marker_of(environment)}")
    return lines
