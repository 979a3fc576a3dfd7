"""CloudFront: which paths to drop for what changed, and seeing that it was done.

Sources: "Invalidate files" and "Pay for file invalidation" in the CloudFront developer guide: at most 3,000 paths or 15
with a wildcard in progress; the first 1,000 paths of a month are free in an account; a path with a wildcard, or a cache
tag, counts as one; a reference used again with the same paths returns the first invalidation.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NoReturn
from urllib.parse import quote

from publisher.errors import Refused, Unavailable
from publisher.model import FRONT_PAGE, is_page
from publisher.options import Options
from publisher.results import OnProgress, Progress

MOST_PATHS = 3000
MOST_WILDCARDS = 15
LONGEST_PATH = 4000
EVERYTHING = "/*"
_BUSY = ("TooManyInvalidationsInProgress", "Throttling", "ThrottlingException", "ServiceUnavailable")


class Distribution:
    """One distribution in front of a target."""

    def __init__(self, options: Options, *, address: str) -> None:
        """Reads how the distribution is set up. Raises Refused or Unavailable."""
        import boto3
        from botocore.config import Config

        self.id = options.distribution
        self._options = options
        self._poll = 2.0
        self._client = boto3.client(
            "cloudfront",
            region_name="us-east-1",
            endpoint_url=options.cloudfront_endpoint or None,
            config=Config(retries={"mode": "standard", "max_attempts": options.tries}, read_timeout=options.timeout),
        )
        config = self._call("get_distribution_config", Id=self.id)["DistributionConfig"]
        self.has_tags = _tag_header(config) == "x-amz-meta-cache-tag"
        self.prefix = served_below(config, address)

    def paths(self, stale: Collection[str]) -> tuple[str, ...]:
        """What to drop for these files, as few paths as is sensible."""
        return choose_paths(stale, has_tags=self.has_tags, prefix=self.prefix, limit=self._options.exact_paths)

    def invalidate(self, paths: Sequence[str], *, seed: str, on_progress: OnProgress) -> str:
        """Ask for it once; the same seed and paths give the same invalidation. Returns its id."""
        check_paths(paths)
        reference = hashlib.sha256("\n".join([seed, *sorted(paths)]).encode()).hexdigest()
        batch = {"Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": reference}
        deadline = time.monotonic() + self._options.invalidation_wait
        while True:
            if self._has_room(paths):
                try:
                    made = self._call("create_invalidation", DistributionId=self.id, InvalidationBatch=batch)
                    return str(made["Invalidation"]["Id"])
                except _TooMany:
                    pass
            if time.monotonic() > deadline:
                raise Unavailable(
                    "The site is live, but CloudFront has as many invalidations in progress as it takes. "
                    "Publish again later: what is owed is remembered."
                )
            on_progress(Progress(stage="Waiting for earlier invalidations"))
            time.sleep(self._poll)

    def _has_room(self, paths: Sequence[str]) -> bool:
        """True when these paths fit beside what is in progress."""
        # Newest first: what is in progress is on the first page.
        listed = self._call("list_invalidations", DistributionId=self.id, MaxItems="100")["InvalidationList"]
        ahead: list[str] = []
        for one in listed.get("Items", []):
            if not _is_done(one["Status"]):
                got = self._call("get_invalidation", DistributionId=self.id, Id=one["Id"])["Invalidation"]
                ahead += got["InvalidationBatch"]["Paths"].get("Items", [])
        return fits(paths, ahead)

    def wait(self, ids: Iterable[str], on_progress: OnProgress) -> bool:
        """Wait until all are completed. False when they were not in time; they go on by themselves."""
        deadline = time.monotonic() + self._options.invalidation_wait
        for one in ids:
            pause = 0.2
            while not self._is_completed(one):
                if time.monotonic() > deadline:
                    return False
                on_progress(Progress(stage="Waiting for the CDN"))
                time.sleep(pause)
                pause = min(5.0, pause * 2)
        return True

    def _is_completed(self, one: str) -> bool:
        try:
            return _is_done(self._call("get_invalidation", DistributionId=self.id, Id=one)["Invalidation"]["Status"])
        except Unavailable:
            return False

    def _call(self, operation: str, **arguments: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._client, operation)(**arguments)
        except ClientError as error:
            self._explain(operation, error)
        except BotoCoreError as error:
            raise Unavailable(
                f"CloudFront did not answer: {error}. Publish again; what is owed is remembered."
            ) from error

    def _explain(self, operation: str, error: Any) -> NoReturn:
        code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        if code in _BUSY and operation == "create_invalidation":
            raise _TooMany from error
        if status >= 500 or status == 429 or code in _BUSY:
            raise Unavailable(
                f"CloudFront did not answer: {code}. Publish again; what is owed is remembered."
            ) from error
        if code == "NoSuchDistribution":
            raise Refused(f"There is no CloudFront distribution {self.id}. Check --distribution.") from error
        raise Refused(
            f"CloudFront refused {operation.replace('_', ' ')}: {code}. The role needs GetDistributionConfig, "
            "CreateInvalidation, GetInvalidation and ListInvalidations on this distribution."
        ) from error


class _TooMany(Exception):
    """CloudFront takes no more invalidations just now."""


def _is_done(status: str) -> bool:
    return status.lower() == "completed"


def _tag_header(config: Any) -> str:
    return str((config.get("CacheTagConfig") or {}).get("HeaderName", "")).lower()


def served_below(config: Any, address: str) -> str:
    """What stands before a file's path in its web address: the target's folder less the origin's path."""
    bucket, _, folder = address.removeprefix("s3://").strip("/").partition("/")
    if not address.startswith("s3://"):
        return ""
    for origin in config.get("Origins", {}).get("Items", []):
        if str(origin.get("DomainName", "")).startswith(f"{bucket}."):
            path = str(origin.get("OriginPath", "")).strip("/")
            if f"{folder}/".startswith(f"{path}/") and path:
                folder = folder[len(path) :].strip("/")
            break
    return f"{folder}/" if folder else ""


def addresses(path: str) -> tuple[str, ...]:
    """Under which paths visitors may have asked for a file."""
    folder, _, name = path.rpartition("/")
    if name == FRONT_PAGE:
        return (f"/{folder}/", f"/{path}") if folder else ("/", f"/{path}")
    if is_page(path):
        return (f"/{path}", f"/{path.rpartition('.')[0]}")
    return (f"/{path}",)


def choose_paths(stale: Collection[str], *, has_tags: bool, prefix: str, limit: int) -> tuple[str, ...]:
    """Exact paths while they are few; else by tag where the distribution has tags; else everything below the site."""
    exact = sorted({_quoted(prefix, path) for file in stale for path in addresses(file)})
    if len(exact) <= limit and all(len(path) <= LONGEST_PATH for path in exact):
        return tuple(exact)
    if not has_tags:
        return (f"/{quote(prefix)}*",)
    others = sorted({_quoted(prefix, path) for file in stale if not is_page(file) for path in addresses(file)})
    tags = ("#html",) if any(map(is_page, stale)) else ()
    return (*tags, *others) if len(others) + len(tags) <= limit else (*tags, "#file")


def _quoted(prefix: str, path: str) -> str:
    return quote(f"/{prefix}{path[1:]}", safe="/-_.~")


def check_paths(paths: Sequence[str]) -> None:
    """CloudFront's rules, which not every stand-in knows. Raises ValueError: the caller made a mistake."""
    if not 0 < len(paths) <= MOST_PATHS:
        raise ValueError(f"an invalidation has 1 to {MOST_PATHS} paths, not {len(paths)}")
    for path in paths:
        if not path.startswith(("/", "#")) or len(path) > LONGEST_PATH or not path.isascii() or " " in path:
            raise ValueError(f"{path!r} is no path for an invalidation")


def fits(paths: Sequence[str], in_progress: Sequence[str]) -> bool:
    """True when both together stay within what may be in progress at once."""
    together = [*paths, *in_progress]
    wild = sum(path.endswith("*") for path in together)
    return wild <= MOST_WILDCARDS and len(together) - wild <= MOST_PATHS
