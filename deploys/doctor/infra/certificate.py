"""The certificate: in us-east-1, issued, for the name, and able to renew itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from deploys.doctor.infra.aws import Denied, NotThere
from deploys.doctor.infra.stacks import REGION
from deploys.doctor.infra.walk import Walk
from deploys.doctor.model import CannotLook, Finding, NothingThere, Thing

THERE = Thing("certificate.there", "Certificate")
ISSUED = Thing("certificate.issued", "Its state")
RENEWAL = Thing("certificate.renewal", "Its renewal")

# Without the list AWS names RSA certificates of 2048 bits alone.
_KEYS = ["RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]
_AMAZON = {"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"}
# The worst ones are of no use any more; the first one found of the best state is looked at.
_RANK = ("ISSUED", "PENDING_VALIDATION")


class Certificate:
    """The certificate that serves one name, which may begin with a star."""

    def __init__(self, walk: Walk, name: str) -> None:
        self.walk, self.name = walk, name
        self._seen: dict[str, Mapping[str, Any] | None] = {}

    def there(self) -> Iterator[Finding]:
        """One in the region that CloudFront takes them from, which covers the name."""
        found = self._find(REGION)
        if found:
            yield THERE.ok(f"{found['CertificateArn']} covers {self.name}.")
            return
        elsewhere = self._elsewhere()
        if elsewhere:
            yield THERE.wrong(
                f"The certificate for {self.name} is in {elsewhere}; CloudFront takes certificates from {REGION} only.",
                f"Let the stack make one in {REGION}, then delete the other.",
                self.walk.deployed(),
            )
            return
        yield THERE.missing(
            f"There is no certificate for {self.name} in {REGION}.",
            "The stack of the site makes it, with all that follows.",
            self.walk.deployed(),
        )

    def issued(self) -> Iterator[Finding]:
        """Whether browsers get it; and if not, why."""
        found = self._need()
        status, arn = found["Status"], found["CertificateArn"]
        if status == "ISSUED":
            yield ISSUED.ok("It is issued.")
        elif status == "PENDING_VALIDATION":
            why, next_step, command = self._why_it_waits(found)
            yield ISSUED.wrong(f"It waits to be issued: {why}.", next_step, command)
        else:
            reason = found.get("FailureReason") or found.get("RevocationReason") or ""
            yield ISSUED.wrong(
                f"It is of no use any more: {status}{f' ({reason})' if reason else ''}.",
                "Delete it, and let the stack make another.",
                f"aws acm delete-certificate --region {REGION} --certificate-arn {arn}\n{self.walk.deployed()}",
            )

    def renewal(self) -> Iterator[Finding]:
        """Whether the record is still there by which AWS renews it."""
        found = self._need()
        if found["Status"] != "ISSUED":
            return
        renewal = found.get("RenewalSummary", {})
        if renewal.get("RenewalStatus") in ("FAILED", "PENDING_VALIDATION"):
            yield RENEWAL.wrong(
                f"AWS could not renew it ({renewal['RenewalStatus']}); it ends on {found['NotAfter']:%Y-%m-%d}.",
                *(self._put_back(found) or self._see_to_it()),
            )
        elif found.get("Type") == "IMPORTED":
            yield RENEWAL.wrong(
                "It was imported: AWS does not renew it.",
                "Let the stack make one, which renews itself.",
                self.walk.deployed(),
                is_needed=False,
            )
        elif put_back := self._put_back(found):
            yield RENEWAL.wrong(
                "The record by which AWS renews it is not in the zone any more: it will end without a word.", *put_back
            )
        else:
            yield RENEWAL.ok("The record by which AWS renews it is in the zone.")

    def _need(self) -> Mapping[str, Any]:
        found = self._find(REGION)
        if found is None:
            raise NothingThere("there is no certificate")
        return found

    def _find(self, region: str) -> Mapping[str, Any] | None:
        """The one for the name that is in use, else the best of the region."""
        if region not in self._seen:
            self._seen[region] = self._looked_for(region)
        return self._seen[region]

    def _looked_for(self, region: str) -> Mapping[str, Any] | None:
        listed = self.walk.aws.all(
            "acm", "list_certificates", "CertificateSummaryList[]", region=region, Includes={"keyTypes": _KEYS}
        )
        fitting = [one for one in (self._described(row["CertificateArn"], region) for row in listed) if one]
        covering = [one for one in fitting if any(covers(name, self.name) for name in names_of(one))]
        return min(covering, key=self._order, default=None)

    def _described(self, arn: str, region: str) -> Mapping[str, Any] | None:
        try:
            found = self.walk.aws.read("acm", "describe_certificate", region=region, CertificateArn=arn)
        except NotThere:
            return None
        described: Mapping[str, Any] = found["Certificate"]
        return described

    def _order(self, one: Mapping[str, Any]) -> tuple[bool, int]:
        status = one["Status"]
        return not one.get("InUseBy"), _RANK.index(status) if status in _RANK else len(_RANK)

    def _elsewhere(self) -> str:
        """Another region that was named and has one; "" when none has, or nobody may look."""
        for region in {self.walk.aws.home_region, self.walk.asked.cms_region} - {"", REGION}:
            try:
                if self._find(region):
                    return region
            except Denied:
                continue
        return ""

    def _why_it_waits(self, found: Mapping[str, Any]) -> tuple[str, str, str]:
        """Why, what to do, what to type."""
        try:
            put_back = self._put_back(found)
        except CannotLook:
            put_back = None
            why = "AWS has not seen the record that proves the name"
        else:
            why = "the record that proves the name is in the zone, but the parent may not lead to the zone yet"
        if put_back:
            return "the record that proves the name is not in the zone", *put_back
        try:
            allowed = self.walk.dns.authorities(self.name)
        except CannotLook:
            allowed = frozenset()
        if allowed and not allowed & _AMAZON:
            why = f"a CAA record allows {', '.join(sorted(allowed))} alone, not amazon.com"
        return why, *self._see_to_it()

    def _see_to_it(self) -> tuple[str, str]:
        return (
            "Look at the name servers above, and let CAA records allow amazon.com; then wait some minutes.",
            f"dig +short CAA {self.name.removeprefix('*.')} @1.1.1.1",
        )

    def _put_back(self, found: Mapping[str, Any]) -> tuple[str, str] | None:
        """What to do and to type when a record that proves the name is gone."""
        lacking = self._lacking(found)
        if not lacking:
            return None
        record = lacking[0]
        return f"Put it back: {record['Name']} {record['Type']} {record['Value']}.", self.walk.mended()

    def _lacking(self, found: Mapping[str, Any]) -> list[Mapping[str, str]]:
        """The records of its validation that the zone does not have."""
        lacking = []
        for option in found.get("DomainValidationOptions", []):
            record = option.get("ResourceRecord")
            if not record:
                continue
            zones = self.walk.zones_of(record["Name"].rstrip("."))
            there = [self.walk.records(zone, record["Name"]).get(record["Type"]) for zone in zones]
            values = {one["Value"].rstrip(".") for row in there if row for one in row.get("ResourceRecords", [])}
            if zones and record["Value"].rstrip(".") not in values:
                lacking.append(record)
        return lacking


def names_of(certificate: Mapping[str, Any]) -> set[str]:
    """Everything that a certificate is for."""
    return {certificate["DomainName"], *certificate.get("SubjectAlternativeNames", [])}


def covers(name: str, wanted: str) -> bool:
    """True when a name of a certificate is that one, or a star for its first label."""
    if name.lower() == wanted.lower():
        return True
    return name.startswith("*.") and not wanted.startswith("*") and name[2:].lower() == wanted.partition(".")[2].lower()
