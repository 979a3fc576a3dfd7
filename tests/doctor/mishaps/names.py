"""The domain, the certificate, the records and the stack."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.doctor.mishaps.making import Mishap, mishap, together
from tests.doctor.world import World, tls_error


def _zone_twice(world: World) -> None:
    world.account.client("route53").create_hosted_zone(Name="example.org", CallerReference="again")


def _wrong_servers(world: World) -> None:
    world.dns["example.org", "NS"] = ["ns1.registrar.example.", "ns2.registrar.example."]


def _half_the_servers(world: World) -> None:
    world.dns["example.org", "NS"] = [*world.dns["example.org", "NS"][:2], "ns1.registrar.example."]


def _certificate(world: World) -> Any:
    return world.account.certificate(world.site.made["Certificate"][0])


def _validation_record(world: World) -> tuple[str, str]:
    arn = world.site.made["Certificate"][0]
    found = world.account.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    record = found["DomainValidationOptions"][0]["ResourceRecord"]
    return record["Name"].rstrip("."), record["Type"]


def _renewal_record_gone(world: World) -> None:
    world.account.delete_record(world.zone_id, *_validation_record(world))


def _caa(world: World) -> None:
    _certificate(world).status = "PENDING_VALIDATION"
    # As Cloudflare gives types that it does not spell out: 0 issue "letsencrypt.org".
    as_bytes = b"\0\5issue" + b"letsencrypt.org"
    world.dns["example.org", "CAA"] = [f"\\# {len(as_bytes)} {as_bytes.hex(' ')}"]


def _certificate_in_europe(world: World) -> None:
    other = world.account.client("acm", "eu-central-1")
    arn = other.request_certificate(DomainName="www.example.org", ValidationMethod="DNS")["CertificateArn"]
    world.account.certificate(arn).status = "ISSUED"
    world.account.client("acm").delete_certificate(CertificateArn=world.site.made["Certificate"][0])
    world.asked = replace(world.asked, cms_region="eu-central-1")


def _cname(world: World) -> None:
    for kind in ("A", "AAAA"):
        world.account.delete_record(world.zone_id, "www.example.org", kind)
    world.account.upsert(world.zone_id, "www.example.org", "CNAME", "old.hoster.example")


def _records_public(world: World) -> None:
    world.web["https://www.example.org/%2ereleases/current.json"] = (200, b'{"format": 1, "release": "b7"}')


NAMES: dict[str, Mishap] = {
    "the parent leads elsewhere": mishap(_wrong_servers, "domain.delegation wrong", "registrar.example", "awsdns"),
    "the parent knows nothing": mishap(
        lambda world: world.dns.pop(("example.org", "NS")), "domain.delegation missing", "registrar", "awsdns"
    ),
    "the parent has some of the servers": mishap(_half_the_servers, "domain.delegation wrong", "only some"),
    "there are two zones of one name": mishap(_zone_twice, "domain.zone wrong", "2 public zones", "delete the other"),
    "the certificate waits, as its record is gone": mishap(
        together(lambda world: setattr(_certificate(world), "status", "PENDING_VALIDATION"), _renewal_record_gone),
        "certificate.issued wrong",
        "not in the zone",
        "Put it back: _",
    ),
    "a CAA record forbids Amazon": mishap(_caa, "certificate.issued wrong", "letsencrypt.org alone", "CAA"),
    "the certificate has expired": mishap(
        lambda world: setattr(_certificate(world), "status", "EXPIRED"),
        "certificate.issued wrong",
        "EXPIRED",
        "Delete it",
    ),
    "the certificate will not renew": mishap(
        _renewal_record_gone, "certificate.renewal wrong", "end without a word", "CNAME", "REVERT_DRIFT"
    ),
    "the certificate is in another region": mishap(
        _certificate_in_europe,
        "certificate.there wrong, distribution.certificate wrong",
        "eu-central-1",
        "us-east-1 only",
    ),
    "the name leads to an old site": mishap(_cname, "dns.alias wrong", "old.hoster.example", "delete the record"),
    "the name leads to another distribution": mishap(
        lambda world: world.account.alias(world.zone_id, "www.example.org", "A", "d99.cloudfront.net"),
        "dns.alias wrong",
        "d99.cloudfront.net",
        "d1.cloudfront.net",
    ),
    "the name has no record": mishap(
        lambda world: world.account.delete_record(world.zone_id, "www.example.org", "A"),
        "dns.alias missing",
        "record A ",
    ),
    "the name is not known yet": mishap(
        lambda world: world.dns.pop(("www.example.org", "A")), "dns.answers missing", "no address", "Wait"
    ),
    "the site has a bad certificate": mishap(
        lambda world: world.web.update({"https://www.example.org/": tls_error()}),
        "dns.answers wrong",
        "browsers refuse",
    ),
    "the site is refused": mishap(
        lambda world: world.web.update({"https://www.example.org/": (403, b"")}), "dns.answers wrong", "403"
    ),
    "visitors read the records": mishap(_records_public, "dns.releases wrong", "%2ereleases"),
    "the stack failed": mishap(
        lambda world: setattr(world.site, "status", "ROLLBACK_COMPLETE"), "account.stack wrong", "ROLLBACK", "events"
    ),
    "the stack is being made": mishap(
        lambda world: setattr(world.site, "status", "CREATE_IN_PROGRESS"), "account.stack wrong", "at work", "Wait"
    ),
}
