"""The policies of the buckets: CloudFront reads what it may, nobody reads the records, and nobody else comes in."""

from __future__ import annotations

from collections.abc import Iterator

from deploys.doctor.infra.aws import NotThere
from deploys.doctor.infra.policies import CLOUDFRONT, Statement, overlap, read
from deploys.doctor.infra.walk import Walk
from deploys.doctor.model import CannotLook, Finding, Thing

SERVED = Thing("policy.served", "CloudFront may read the site")
CLOSED = Thing("policy.closed", "Nobody may read .releases/")
PREVIEWS = Thing("policy.previews", "The distribution of previews reads previews/")
STRANGERS = Thing("policy.strangers", "Nobody else is let in")
TLS = Thing("policy.tls", "TLS only")
UPLOADS = Thing("policy.uploads", "CloudFront may read the uploads")

_SERVICE = f"Service:{CLOUDFRONT}"
_SOURCE = "aws:SourceArn"


class BucketPolicy:
    """The policy of the site's bucket."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk

    def served(self) -> Iterator[Finding]:
        """Whether this distribution gets files, and 404 for what is not there."""
        bucket = self._arn()
        distribution = self.walk.distribution_arn
        statements = self._statements()
        if not _lets(statements, "s3:GetObject", f"{bucket}/index.html", distribution):
            others = sorted({arn for one in statements for arn in _sources(one)} - {distribution})
            yield SERVED.wrong(
                f"The policy lets {', '.join(others)} read, not this distribution: every page is refused."
                if others
                else "The policy lets no distribution read: every page is refused.",
                "Put the policy of the stack back.",
                self.walk.mended(),
            )
        elif not _lets(statements, "s3:ListBucket", bucket, distribution):
            yield SERVED.wrong(
                "CloudFront may not list the bucket, so what is not there answers 403 in place of 404.",
                "Put the policy of the stack back (statement MissingIsNotFound).",
                self.walk.mended(),
            )
        else:
            yield SERVED.ok("This distribution may read files and is told 404 for what is not there.")

    def closed(self) -> Iterator[Finding]:
        """Whether every record is denied to CloudFront, at the root and below every folder."""
        bucket = self._arn()
        denying = [one for one in self._statements() if not one.allows and not one.conditions]
        paths = (f"{bucket}/.releases/current.json", f"{bucket}/previews/b1/.releases/current.json")
        open_ones = [
            path
            for path in paths
            if not any(one.is_about("s3:GetObject", path) and _means_cloudfront(one) for one in denying)
        ]
        if not open_ones:
            yield CLOSED.ok("The policy denies them to CloudFront, at the root and in every folder.")
            return
        where = "anywhere" if len(open_ones) == len(paths) else "below folders such as previews/…/"
        yield CLOSED.wrong(
            f"The policy does not deny .releases/ {where}: the function at the edge alone keeps visitors from it.",
            "Put the policy of the stack back (statement RecordsAreNeverServed).",
            self.walk.mended(),
        )

    def previews(self) -> Iterator[Finding]:
        """Whether the distribution of previews by host name reads its folder, and that alone."""
        distribution_id = self.walk.parameter("PreviewDistributionId") or self._preview_distribution()
        if not distribution_id:
            return
        bucket = self._arn()
        arn = f"arn:{self.walk.partition}:cloudfront::{self.walk.identity['Account']}:distribution/{distribution_id}"
        if not _lets(self._statements(), "s3:GetObject", f"{bucket}/previews/b1/index.html", arn):
            yield PREVIEWS.missing(
                f"The distribution {distribution_id} of previews may not read previews/: every preview is refused.",
                "Tell the site's stack of it.",
                self.walk.deployed(PreviewDistributionId=distribution_id),
            )
        elif _lets(self._statements(), "s3:GetObject", f"{bucket}/index.html", arn):
            yield PREVIEWS.wrong(
                f"The distribution {distribution_id} of previews may read the whole site's bucket.",
                "Put the policy of the stack back.",
                self.walk.mended(),
            )
        else:
            yield PREVIEWS.ok("It reads previews/ and nothing else.")

    def strangers(self) -> Iterator[Finding]:
        """Whether anybody but CloudFront is let in."""
        self.walk.need_bucket(self.walk.bucket)
        others = sorted(
            {
                "everybody" if principal == "*" else principal
                for one in self._statements()
                if one.allows
                for principal in one.principals or ("everybody who is not named",)
                if principal != _SERVICE
            }
        )
        account = self.walk.identity["Account"]
        unbound = [
            one
            for one in self._statements()
            if one.allows and _SERVICE in one.principals and not _is_bound(one, account)
        ]
        if others:
            yield STRANGERS.wrong(
                f"The policy lets {', '.join(others)} in.",
                "Take that statement out, or put the policy of the stack back.",
                self.walk.mended(),
            )
        elif unbound:
            yield STRANGERS.wrong(
                "The policy lets CloudFront in for any distribution: strangers may put one of their own before it.",
                "Put the policy of the stack back.",
                self.walk.mended(),
            )
        else:
            yield STRANGERS.ok("The policy lets CloudFront in and nobody else.")

    def tls(self) -> Iterator[Finding]:
        """Whether requests without TLS are refused."""
        bucket = self._arn()
        for one in self._statements():
            refuses = not one.allows and one.is_about("s3:GetObject", f"{bucket}/index.html") and "*" in one.principals
            if refuses and one.wants("Bool", "aws:SecureTransport") == ("false",):
                yield TLS.ok("Requests without TLS are denied.")
                return
        yield TLS.wrong(
            "Requests without TLS are not denied.",
            "Put the policy of the stack back (statement TlsOnly).",
            self.walk.mended(),
            is_needed=False,
        )

    def uploads(self) -> Iterator[Finding]:
        """Whether pictures of the CMS can be read below media/."""
        name = self.walk.uploads_bucket
        self.walk.need_bucket(name)
        arn = self.walk.bucket_arn(name)
        if _lets(_policy_of(self.walk, name), "s3:GetObject", f"{arn}/media/a.jpg", self.walk.distribution_arn):
            yield UPLOADS.ok(f"This distribution may read media/ of {name}.")
            return
        yield UPLOADS.wrong(
            f"The policy of {name} does not let this distribution read media/: pictures are refused.",
            "Put the policy of the stack back.",
            self.walk.mended(),
        )

    def _arn(self) -> str:
        self.walk.need_bucket(self.walk.bucket)
        return self.walk.bucket_arn(self.walk.bucket)

    def _statements(self) -> tuple[Statement, ...]:
        return _policy_of(self.walk, self.walk.bucket)

    def _preview_distribution(self) -> str:
        domain = self.walk.asked.preview_domain
        try:
            return self.walk.distribution_of(f"*.{domain}") if domain else ""
        except CannotLook:
            return ""


def _policy_of(walk: Walk, bucket: str) -> tuple[Statement, ...]:
    try:
        return read(walk.aws.read("s3", "get_bucket_policy", Bucket=bucket)["Policy"])
    except NotThere:
        return ()


def _lets(statements: tuple[Statement, ...], action: str, resource: str, distribution: str) -> bool:
    """True when a statement lets CloudFront do this for this distribution, and none denies it."""
    about = [one for one in statements if one.is_about(action, resource) and _means_cloudfront(one)]
    if any(not one.allows and not one.conditions for one in about):
        return False
    return any(one.allows and any(overlap(arn, distribution) for arn in _sources(one) or ("*",)) for one in about)


def _means_cloudfront(one: Statement) -> bool:
    return "*" in one.principals or _SERVICE in one.principals


def _is_bound(one: Statement, account: str) -> bool:
    """True when a statement is for distributions of this account alone."""
    if one.wants("StringEquals", "aws:SourceAccount") == (account,):
        return True
    sources = _sources(one)
    return bool(sources) and all(f"::{account}:distribution/" in arn for arn in sources)


def _sources(one: Statement) -> tuple[str, ...]:
    """The distributions that a statement names."""
    return tuple(
        arn
        for operator in ("StringEquals", "ArnEquals", "StringLike", "ArnLike")
        for arn in one.wants(operator, _SOURCE)
    )
