"""Previews by host name: the distribution of preview.yaml for every name below one domain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from deploys.doctor.infra.certificate import Certificate
from deploys.doctor.infra.records import points_to
from deploys.doctor.infra.serving import NO_CACHE, headers_of
from deploys.doctor.infra.walk import Walk, behaviours
from deploys.doctor.model import Finding, Look, NothingThere, Thing

THERE = Thing("previews.there", "Distribution of previews")
SERVING = Thing("previews.serving", "How it serves")
RECORD = Thing("previews.record", "Records of their names")
CERTIFICATE = Thing("previews.certificate", "Certificate of their names")


class PreviewHosts:
    """One domain that previews are a label below."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.star = f"*.{walk.asked.preview_domain}"

    def looks(self) -> tuple[Look, ...]:
        """In order."""
        return (
            Look(thing=CERTIFICATE, run=self._certificate),
            Look(thing=THERE, run=self._there),
            Look(thing=SERVING, run=self._serving),
            Look(thing=RECORD, run=self._record),
        )

    @cached_property
    def distribution(self) -> Mapping[str, Any] | None:
        """The one that has the star for its name."""
        return self.walk.distribution_called(self.walk.distribution_of(self.star))

    def _certificate(self) -> Iterator[Finding]:
        for finding in self._looked_at():
            yield Finding(
                key=CERTIFICATE.key,
                subject=CERTIFICATE.subject,
                state=finding.state,
                sentence=finding.sentence,
                next_step=finding.next_step.replace("stack of the site", "stack of previews"),
                command=self._deploy() if finding.command else "",
            )

    def _looked_at(self) -> Iterator[Finding]:
        certificate = Certificate(self.walk, self.star)
        yield from certificate.there()
        yield from certificate.issued()

    def _there(self) -> Iterator[Finding]:
        if self.distribution:
            yield THERE.ok(f"{self.distribution['Id']} answers to {self.star}.")
            return
        yield THERE.missing(f"No distribution answers to {self.star}.", "Make the stack of previews.", self._deploy())

    def _serving(self) -> Iterator[Finding]:
        config = self._need()["DistributionConfig"]
        found = behaviours(config)["*"]
        faults = []
        if found.get("CachePolicyId") != NO_CACHE:
            faults.append("previews are cached, so that a deleted one stays readable")
        if not found.get("FunctionAssociations", {}).get("Items"):
            faults.append("no function leads a name to its folder")
        if "noindex" not in headers_of(self.walk, found).get("x-robots-tag", ""):
            faults.append("search engines are not told to stay away")
        if not faults:
            yield SERVING.ok("Past every cache, by the function, and kept from search engines.")
            return
        yield SERVING.wrong(f"As it is, {', and '.join(faults)}.", "Put back what its stack wants.", self._deploy())

    def _record(self) -> Iterator[Finding]:
        zones = self.walk.zones_of(self.walk.asked.preview_domain)
        if not zones:
            raise NothingThere(f"no zone of this account holds {self.walk.asked.preview_domain}")
        wanted = str(self._need()["DomainName"]).lower()
        found = self.walk.records(zones[0], self.star)
        if "A" in found and points_to(found["A"]) == wanted:
            yield RECORD.ok(f"{self.star} leads to it.")
            return
        make = RECORD.wrong if "A" in found else RECORD.missing
        yield make(f"{self.star} does not lead to {wanted}.", "Put back what its stack wants.", self._deploy())

    def _need(self) -> Mapping[str, Any]:
        if self.distribution is None:
            raise NothingThere("there is no distribution for previews")
        return self.distribution

    def _deploy(self) -> str:
        walk, domain = self.walk, self.walk.asked.preview_domain
        bucket = walk.asked.bucket or walk.output("SiteBucket") or "SITE_BUCKET"
        return (
            "aws cloudformation deploy --region us-east-1 --stack-name previews --template-file infra/preview.yaml "
            f"--parameter-overrides PreviewDomain={domain} HostedZoneId={walk.zone_id_of(domain) or 'ZONE_ID'} "
            f"SiteBucketName={bucket} UploadsBucketName={walk.output('UploadsBucketName') or 'UPLOADS_BUCKET'}"
        )
