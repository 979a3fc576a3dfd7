"""What a site's CI file says of previews: a job of its own, for a path of the site or for host names of their own."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from deploys.builds.ci.writing import CannotFill, quoted, with_values, with_yaml
from deploys.models import Environment, SendAs
from deploys.models.preview import LABEL_PLACE

# In the shipped file; a site without previews has none of the three.
PART = re.compile(r"^# ---- previews: branch previews ----$.*", re.MULTILINE | re.DOTALL)
RULE = re.compile(r"^    - if: [^\n]*\$BUILDHUB_PREVIEW [^\n]*\n(?: {6}[^\n]*\n)+", re.MULTILINE)
SCRIPTS = re.compile(r"^# The same for a preview: .*\Z", re.MULTILINE | re.DOTALL)
OTHER_RULES = re.compile(r"^    - if: [^\n]*\^\(\)\$[^\n]*\n(?: {6}[^\n]*\n)+", re.MULTILINE)
IMAGE = re.compile(r"^publish_image_[^\n]*:\n.*?\n\n", re.MULTILINE | re.DOTALL)
LABEL = "$BUILDHUB_PREVIEW"
REQUESTED = re.compile(r"(- if: \$CI_PIPELINE_SOURCE =~ /\^\(trigger\|api\)\$/ && [^\n]*)")


def head_for(head: str, place: Environment | None, *, shares: bool) -> str:
    """What stands before the parts. `shares`: previews are built from the branch of another environment."""
    if place is None:
        return SCRIPTS.sub("", RULE.sub("", head))
    if shares:
        return RULE.sub("", head)
    head = head.replace('== "previews"', f'== "{place.ref}"')
    return OTHER_RULES.sub("", head)  # the environments of no branch: previews alone were asked for


def without_labels(part: str) -> str:
    """The jobs of an environment, for requests without a preview's label."""
    return REQUESTED.sub(rf'\1 && {LABEL} == ""', part)


def part_for(example: str, place: Environment, *, shares: bool, live_url: str) -> str:
    """The jobs that make previews. Raises CannotFill."""
    if not place.preview_url:
        raise CannotFill(f"{place.slug} has no address with {LABEL_PLACE} in it (docs/previews.md).")
    if place.send_as == SendAs.NONE:
        raise CannotFill(f"Nothing is sent to the pipelines of {place.slug}, and a preview needs its label.")
    found = PART.search(example)
    if found is None:
        raise CannotFill("The shipped CI file is not the one that came with this version.")
    part = _with_names(found[0], place)
    if shares:
        part = REQUESTED.sub(rf"\1 && {LABEL}", IMAGE.sub("", part))
    part = with_yaml(part, _addresses(place, live_url))
    bucket = place.target.removeprefix("s3://").removesuffix("/previews")
    if place.target == f"s3://{bucket}/previews":
        part = with_values(part, {"SITE_BUCKET": bucket})
    else:
        part = re.sub(r"    SITE_BUCKET: [^\n]*\n", "", part)
        part = with_values(part, {"PREVIEWS_TARGET": place.target})
    if place.endpoint:
        part = part.replace(
            "    AWS_PREVIEW_ROLE", f"    AWS_ENDPOINT_URL: {quoted(place.endpoint)}\n    AWS_PREVIEW_ROLE"
        )
    return part


def missing(place: Environment) -> list[str]:
    """What to set in GitLab because it is not known here."""
    lines = [f"DRAFTS_API_TOKEN of {place.slug}: the site's token for drafts (docs/content-api.md)"]
    if not place.target:
        lines.append(f"PREVIEWS_TARGET of {place.slug}: Buildhub does not know where previews are published to")
    if place.target.startswith("s3://"):
        lines.append(f"AWS_PREVIEW_ROLE_ARN of {place.slug}: the role that may write previews alone (docs/previews.md)")
    return lines


def _with_names(part: str, place: Environment) -> str:
    """Branch and short name of the environment where the example has its own."""
    for before, after in (
        ("previews: branch previews", f"{place.slug}: branch {place.ref}"),
        ('== "previews"', f'== "{place.ref}"'),
        ("main:previews", f"main:{place.ref}"),
        ("_previews:", f"_{place.slug}:"),
        (".previews", f".{place.slug}"),
        ("name: previews,", f"name: {place.slug},"),
        ("SITE_ENVIRONMENT: previews", f"SITE_ENVIRONMENT: {place.slug}"),
    ):
        part = part.replace(before, after)
    return part


def _addresses(place: Environment, live_url: str) -> dict[str, str]:
    """The variables that say where a preview is, as YAML. Under a host name of its own its pages are those of live."""
    before, _, after = place.preview_url.partition(LABEL_PLACE)
    parts = urlsplit(place.preview_url)
    has_own_host = LABEL_PLACE in parts.netloc
    path = "/" if has_own_host else parts.path
    site = live_url if has_own_host and live_url else f"{parts.scheme}://{parts.netloc.replace(LABEL_PLACE, LABEL)}"
    return {
        "PREVIEW_URL": f"{before}{LABEL}{after}",
        "SITE_URL": site,
        "SITE_BASE": path.replace(LABEL_PLACE, LABEL),
        "SITE_NOINDEX": '""' if has_own_host else '"1"',
    }
