"""Our CI file for one site: the shipped one, with a part for each environment of the site."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse

from deploys.builds.ci import preview_part
from deploys.builds.ci.writing import CannotFill, quoted, with_values
from deploys.models import Environment, SendAs, Site

EXAMPLE = Path(settings.BASE_DIR) / "examples" / "astro-site" / ".gitlab-ci.yml"
MARKER = "buildhub.json"
# In the shipped file the part of one environment stands for all: these words are replaced.
EXAMPLE_PART = re.compile(r"^# ---- staging: branch develop ----$.*?(?=^# ---- )", re.MULTILINE | re.DOTALL)
EXAMPLE_BRANCHES = "/^(develop|main)$/"
PLAIN_BRANCH = re.compile(r"[\w./-]+")


@dataclass(frozen=True, kw_only=True)
class Filled:
    """The file, and what to set in GitLab because it is not known here."""

    text: str
    missing: tuple[str, ...]


def filled(site: Site, environments: Sequence[Environment]) -> Filled:
    """The shipped CI file with the settings of these environments. Raises CannotFill."""
    sites = [one for one in environments if not one.is_for_previews]
    place = next((one for one in environments if one.is_for_previews), None)
    _check(environments, sites)
    example = EXAMPLE.read_text(encoding="utf-8")
    found = EXAMPLE_PART.search(example)
    if found is None:
        raise CannotFill(f"{EXAMPLE} is not the CI file that came with this version.")
    shares = place is not None and place.ref in {one.ref for one in sites}
    head = preview_part.head_for(_head(example[: found.start()], sites), place, shares=shares)
    head = with_values(head, {"SITE_NAME": site.name, "CONTENT_API_URL": content_address(site)})
    parts = [_part(found[0], one, refuses_labels=place is not None and place.ref == one.ref) for one in sites]
    missing = [line for one in sites for line in _missing(one)]
    if place is not None:
        parts.append(preview_part.part_for(example, place, shares=shares, live_url=_live_url(site)))
        missing += preview_part.missing(place)
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


def _check(environments: Sequence[Environment], sites: Sequence[Environment]) -> None:
    """Each environment needs a branch of its own, as rules can ask for nothing else that cannot be forged.

    Previews may share one: their jobs then ask for the label, and who forges one gets a preview.
    """
    if not environments:
        raise CannotFill("This site has no environments.")
    for one in environments:
        if not PLAIN_BRANCH.fullmatch(one.ref):
            raise CannotFill(f"The branch of {one.slug}, {one.ref!r}, cannot be written into rules.")
    for one in sites:
        for other in sites:
            if other.pk != one.pk and other.ref == one.ref:
                raise CannotFill(
                    f"{one.slug} and {other.slug} both build from the branch {one.ref}: a CI file tells them apart by "
                    "the branch. Give one of them a branch of its own, or name one environment."
                )


def _head(head: str, sites: Sequence[Environment]) -> str:
    """What stands before the parts, for the branches of these environments."""
    branches = "|".join(re.escape(one.ref).replace("/", r"\/").replace(r"\-", "-") for one in sites)
    head = head.replace(EXAMPLE_BRANCHES, f"/^({branches})$/")
    if any(one.send_as == SendAs.NONE for one in sites):
        head = head.replace(" && $BUILDHUB_BUILD && $CI_COMMIT_BRANCH =~", " && $CI_COMMIT_BRANCH =~")
    return head


def _live_url(site: Site) -> str:
    live = site.environments.public().order_by("position", "pk").first()
    return live.url if live else ""


def _part(example: str, environment: Environment, *, refuses_labels: bool) -> str:
    """The jobs of one environment. `refuses_labels`: requests with a label on this branch are for previews."""
    part = example.replace("staging", environment.slug).replace("develop", environment.ref)
    part = preview_part.without_labels(part) if refuses_labels else part
    place = environment.target
    values = {
        "SITE_URL": environment.url,
        "SITE_BUCKET": place.removeprefix("s3://") if place.startswith("s3://") else "",
        "SITE_DISTRIBUTION_ID": environment.distribution,
    }
    part = with_values(part, values)
    extra = {"SITE_FOLDER": place if place.startswith("/") else "", "AWS_ENDPOINT_URL": environment.endpoint}
    for name, value in extra.items():
        if value:
            part = part.replace("    AWS_ROLE_ARN:", f"    {name}: {quoted(value)}\n    AWS_ROLE_ARN:", 1)
    return part


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
