"""What each identity has to be allowed, to the letter: infra/site.yaml and docs/publishing.md, as pairs to compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from deploys.doctor.infra.policies import Statement, allowed, grants, overlap

OBJECTS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
LIST = "s3:ListBucket"
CDN = (
    "cloudfront:GetDistributionConfig",
    "cloudfront:CreateInvalidation",
    "cloudfront:GetInvalidation",
    "cloudfront:ListInvalidations",
)
# What changes a site or lets somebody change it: in a bucket, in its settings.
WRITING = (
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:PutObjectAcl",
    "s3:DeleteObjectVersion",
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
    "s3:PutLifecycleConfiguration",
    "s3:DeleteBucket",
)


@dataclass(frozen=True, kw_only=True)
class Rights:
    """Pairs of action and resource. needed: without them something does not work; also: may be there beside them."""

    needed: frozenset[tuple[str, str]]
    also: frozenset[tuple[str, str]] = field(default_factory=frozenset)


def publishing(bucket: str, distribution: str, promoted: str = "") -> Rights:
    """For the pipeline and the worker, by the addresses of bucket and distribution; promoted: a bucket that is read."""
    needed = {(action, f"{bucket}/*") for action in OBJECTS} | {(LIST, bucket)}
    needed |= {(action, distribution) for action in CDN} if distribution else set()
    also = {("s3:GetObject", f"{promoted}/*"), (LIST, promoted)} if promoted else set()
    return Rights(needed=frozenset(needed | also))


def previewing(bucket: str) -> Rights:
    """For the job that makes previews."""
    return Rights(needed=frozenset({(action, f"{bucket}/previews/*") for action in OBJECTS} | {(LIST, bucket)}))


def uploading(bucket: str) -> Rights:
    """For the CMS."""
    return Rights(needed=frozenset({(action, f"{bucket}/media/*") for action in OBJECTS} | {(LIST, bucket)}))


def lacking(statements: Iterable[Statement], rights: Rights) -> list[str]:
    """What is needed and not allowed, as words."""
    given = tuple(statements)
    return sorted(
        f"{action} on {resource}" for action, resource in rights.needed if not allowed(given, action, resource)
    )


def too_much(statements: Iterable[Statement], rights: Rights) -> list[str]:
    """What is allowed and not asked for, as words, to the letter: a star where a name is wanted is too much."""
    wanted = {(action.lower(), resource) for action, resource in rights.needed | rights.also}
    return sorted(
        {
            f"{action} on {resource}"
            for action, resource, _ in grants(statements)
            if (action.lower(), resource) not in wanted
        }
    )


def lists_beyond(statements: Iterable[Statement], bucket: str, folder: str) -> bool:
    """True when somebody may list more of a bucket than one folder."""
    for action, resource, one in grants(statements):
        if action.lower() == LIST.lower() and resource == bucket:
            prefixes = [value for operator in one.conditions for value in one.wants(operator, "s3:prefix")]
            if not prefixes or any(not value.startswith(folder) for value in prefixes):
                return True
    return False


def writes_into(statements: Iterable[Statement], bucket: str) -> Iterator[str]:
    """By which actions somebody may change what is in a bucket, or its settings, by the bucket's address."""
    given = tuple(statements)
    for action in WRITING:
        of_objects = "Object" in action
        everything, one_thing = (f"{bucket}/*", f"{bucket}/index.html") if of_objects else (bucket, bucket)
        may = any(one.allows and one.may_reach(action, everything) for one in given)
        is_denied = any(not one.allows and not one.conditions and one.is_about(action, one_thing) for one in given)
        if may and not is_denied:
            yield action


def reaches(pattern: str, bucket: str) -> bool:
    """True when a resource pattern is about a bucket or something in it."""
    return overlap(pattern, bucket) or overlap(pattern, f"{bucket}/*")
