"""How a run is to work: one frozen value for the command line and for a worker."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from publisher.rules import Rules


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen. All times in seconds unless the name says otherwise.

    distribution: id of the CloudFront distribution in front of the target, "" for none.
    endpoint: address of an S3-compatible host, "" for AWS (or AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL).
    cloudfront_endpoint: the same for CloudFront.
    anyway: publish although much of the site would vanish, promote although the release names another address.
    verify: look at what really is on the target instead of trusting its manifest.
    remove_unknown: with verify, or on a target without a manifest: delete files that are of no release.
    wait: how long to wait for another run to end. lease: after how much silence a run counts as dead.
    threads: how many requests are under way at once.
    address: public address of the site that is published; the files that name it are counted. "": nobody looks.
    marker: path of a small public file that names the release, "" for none.
    """

    rules: Rules = field(default_factory=Rules)
    distribution: str = ""
    endpoint: str = field(default_factory=lambda: _from_environment("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"))
    cloudfront_endpoint: str = field(
        default_factory=lambda: _from_environment("AWS_ENDPOINT_URL_CLOUDFRONT", "AWS_ENDPOINT_URL")
    )
    anyway: bool = False
    verify: bool = False
    remove_unknown: bool = False
    wait: float = 600
    lease: float = 60
    timeout: float = 60
    tries: int = 7
    threads: int = 64
    invalidation_wait: float = 900
    exact_paths: int = 30
    address: str = ""
    marker: str = ""


def _from_environment(*names: str) -> str:
    return next((value for name in names if (value := os.environ.get(name))), "")
