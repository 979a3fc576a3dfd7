"""What a check of a CI file says, and what it looks for in a publishing job."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from deploys.builds.steps.find import VARIABLE

PUBLISHER = re.compile(r"-m\s+publisher\s+publish\b|buildhub-publisher\s+publish\b")
ID = re.compile(r"--release[\s=]+[\"']?\$\{?BUILDHUB_BUILD\b")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something to change. `is_needed`: without it builds do not start, are not found again, or prove nothing."""

    words: str
    is_needed: bool = True


def of_release(name: str, script: str, marker: str, proves: str) -> Iterator[Finding]:
    """Whether a job says which build it publishes. `proves` is the address of the marker, empty where there is none."""
    if not ID.search(script):
        words = f'{name}: give the publisher `--release "${VARIABLE}"`: by this id its report is found.'
        yield Finding(words=words)
    if proves and not re.search(rf"--marker[\s=]+[\"']?{re.escape(marker)}\b", script):
        yield Finding(words=f"{name}: give the publisher `--marker {marker}`: {proves} proves what is live.")


def of_endpoint(name: str, text: str, endpoint: str) -> Iterator[Finding]:
    """Whether a job knows a host other than AWS; `text` is its script and variables."""
    if endpoint and not re.search(r"--endpoint|AWS_ENDPOINT_URL", text):
        words = f"{name}: set AWS_ENDPOINT_URL to {endpoint} in GitLab, or give the publisher `--endpoint`."
        yield Finding(words=words, is_needed=False)
