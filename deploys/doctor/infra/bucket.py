"""A bucket: private, versioned, and with nothing that expires but previews."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from deploys.doctor.infra.aws import NotThere
from deploys.doctor.infra.walk import Walk
from deploys.doctor.model import CannotLook, Finding, Look, Thing

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
PREVIEWS = "previews/"


class Bucket:
    """The bucket of the site, or that of the uploads."""

    def __init__(self, walk: Walk, key: str, words: str, *, is_site: bool) -> None:
        self.walk, self.is_site = walk, is_site
        self.there = Thing(f"{key}.there", words)
        self.names = Thing(f"{key}.names", "Its name")
        self.private = Thing(f"{key}.private", "No public access")
        self.owner = Thing(f"{key}.owner", "No access lists")
        self.versions = Thing(f"{key}.versions", "Versions")
        self.lifecycle = Thing(f"{key}.lifecycle", "What expires")

    @property
    def name(self) -> str:
        """Its name; "" when it is not known."""
        return self.walk.bucket if self.is_site else self.walk.uploads_bucket

    def looks(self) -> tuple[Look, ...]:
        """Everything to look at but its policy."""
        return (
            Look(thing=self.there, run=self._there),
            Look(thing=self.names, run=self._names),
            Look(thing=self.private, run=self._private),
            Look(thing=self.owner, run=self._owner),
            Look(thing=self.versions, run=self._versions),
            Look(thing=self.lifecycle, run=self._lifecycle),
        )

    def _there(self) -> Iterator[Finding]:
        if not self.name:
            yield self.there.missing(
                "Nothing names one: no setting, no stack, no distribution.",
                "Make the stack of the site; its output goes into the settings.",
                self.walk.deployed(),
            )
            return
        try:
            self.walk.aws.read("s3", "head_bucket", Bucket=self.name)
        except NotThere:
            yield self.there.missing(
                f"There is no bucket {self.name}.",
                "Check the name in the settings; if the bucket is gone, make the stack anew and publish.",
                self.walk.deployed(),
            )
            return
        except CannotLook as reason:
            raise CannotLook(
                f"{self.name} {reason}", f"{reason.next_step} Or the bucket belongs to another account."
            ) from reason
        yield self.there.ok(f"{self.name} is there.")

    def _names(self) -> Iterator[Finding]:
        """Whether settings and stack mean the same bucket."""
        made = self.walk.output("SiteBucket" if self.is_site else "UploadsBucketName")
        asked = self.walk.asked.bucket if self.is_site else self.walk.asked.uploads_bucket
        if not made or not asked:
            return
        if made == asked:
            yield self.names.ok("The settings and the stack name the same bucket.")
            return
        yield self.names.wrong(
            f"Buildhub publishes to {asked}, the stack made {made}: the wrong one is written to.",
            f"Set SITE_BUCKET={made} in GitLab and in buildhub, or name the right stack with --stack.",
        )

    def _private(self) -> Iterator[Finding]:
        self.walk.need_bucket(self.name)
        try:
            found = self._ask("get_public_access_block")["PublicAccessBlockConfiguration"]
        except NotThere:
            found = {}
        off = [name for name in _BLOCKS if not found.get(name)]
        if not off:
            yield self.private.ok("All four blocks of public access are on.")
            return
        yield self.private.wrong(
            f"Public access is not blocked: {', '.join(off)} {'is' if len(off) == 1 else 'are'} off.",
            "Switch all four on; CloudFront reads with a signature and needs none of them off.",
            f"aws s3api put-public-access-block --bucket {self.name} --public-access-block-configuration "
            + ",".join(f"{name}=true" for name in _BLOCKS),
        )

    def _owner(self) -> Iterator[Finding]:
        self.walk.need_bucket(self.name)
        try:
            rules = self._ask("get_bucket_ownership_controls")["OwnershipControls"]["Rules"]
        except NotThere:
            rules = []
        if any(rule["ObjectOwnership"] == "BucketOwnerEnforced" for rule in rules):
            yield self.owner.ok("Access lists are off: policies alone count.")
            return
        yield self.owner.wrong(
            "Access lists of single files count: one of them can be public, whatever the policy says.",
            "Switch them off.",
            f"aws s3api put-bucket-ownership-controls --bucket {self.name} "
            "--ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'",
        )

    def _versions(self) -> Iterator[Finding]:
        self.walk.need_bucket(self.name)
        if self._ask("get_bucket_versioning").get("Status") == "Enabled":
            yield self.versions.ok("What is overwritten or deleted can be had back for a while.")
            return
        yield self.versions.wrong(
            "Versions are off: what somebody deletes by hand is gone.",
            "Switch them on.",
            f"aws s3api put-bucket-versioning --bucket {self.name} --versioning-configuration Status=Enabled",
        )

    def _lifecycle(self) -> Iterator[Finding]:
        self.walk.need_bucket(self.name)
        try:
            rules = [
                one for one in self._ask("get_bucket_lifecycle_configuration")["Rules"] if one["Status"] == "Enabled"
            ]
        except NotThere:
            rules = []
        found = list(self._bad_rules(rules)) + list(self._lacking_rules(rules))
        yield from found or [self.lifecycle.ok("Old versions go by themselves; of what stands, at most previews do.")]

    def _bad_rules(self, rules: list[Mapping[str, Any]]) -> Iterator[Finding]:
        for rule in rules:
            ends = {"Days", "Date"} & set(rule.get("Expiration", {}))
            if ends and not (self.is_site and _prefix(rule).startswith(PREVIEWS)):
                yield self.lifecycle.wrong(
                    f"The rule {rule.get('ID', '')} deletes what stands in the bucket"
                    f"{f' below {_prefix(rule)}' if _prefix(rule) else ''}: pages and kept releases vanish by age.",
                    "Take the expiration out of it; nothing but previews may expire.",
                    self._shown(),
                )
            if rule.get("Transitions"):
                yield self.lifecycle.wrong(
                    f"The rule {rule.get('ID', '')} moves files to slower storage, where visitors wait or get none.",
                    "Take the transition out of it.",
                    self._shown(),
                )

    def _lacking_rules(self, rules: list[Mapping[str, Any]]) -> Iterator[Finding]:
        if not any("NoncurrentVersionExpiration" in rule and not _prefix(rule) for rule in rules):
            yield self.lifecycle.missing(
                "No rule lets old versions go: each publish leaves some, and they cost for ever.",
                "Put the rules of the stack back.",
                self.walk.mended(),
                is_needed=False,
            )
        expiring = [rule for rule in rules if "Days" in rule.get("Expiration", {}) and _prefix(rule) == PREVIEWS]
        if self.is_site and not expiring:
            yield self.lifecycle.missing(
                "No rule deletes previews that nobody else deleted: drafts may stay on the web for ever.",
                "Put the rules of the stack back.",
                self.walk.mended(),
            )

    def _shown(self) -> str:
        return f"aws s3api get-bucket-lifecycle-configuration --bucket {self.name}\n{self.walk.mended()}"

    def _ask(self, operation: str) -> dict[str, Any]:
        return self.walk.aws.read("s3", operation, Bucket=self.name)


def _prefix(rule: Mapping[str, Any]) -> str:
    """What a rule is about; "" for the whole bucket. Rules that ask for tags or sizes too are about a part of it."""
    given = rule.get("Filter", {})
    inner = given.get("And", given)
    return str(rule.get("Prefix") or inner.get("Prefix") or "")
