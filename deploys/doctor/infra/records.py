"""The records that lead visitors to the distribution, and what they get there."""

from __future__ import annotations

from collections.abc import Iterator

from deploys.doctor.infra.walk import Walk
from deploys.doctor.model import Finding, NothingThere, Thing
from deploys.doctor.web import BadCertificate, answer_of

ALIAS = Thing("dns.alias", "Records of the name")
ANSWERS = Thing("dns.answers", "The site answers by https")
RECORDS = Thing("dns.releases", "Visitors cannot read .releases/")

# https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html: every distribution is in this zone.
CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
_CLOSED = ("/.releases/current.json", "/%2ereleases/current.json")


def alias(walk: Walk) -> Iterator[Finding]:
    """A and AAAA, both to this distribution."""
    if not walk.zones:
        raise NothingThere("there is no zone")
    wanted = str(walk.need_distribution()["DomainName"]).lower()
    domain = walk.asked.domain
    found = walk.records(walk.zones[0], domain)
    if "CNAME" in found:
        target = found["CNAME"].get("ResourceRecords", [{"Value": "nothing"}])[0]["Value"]
        yield ALIAS.wrong(
            f"{domain} is a CNAME to {target}, not an alias of the distribution.",
            "If an old site is there: look at the new one under another name first, then delete the record and deploy.",
            walk.deployed(),
        )
        return
    targets = {kind: points_to(found[kind]) for kind in ("A", "AAAA") if kind in found}
    strange = {kind: target for kind, target in targets.items() if target != wanted}
    lacking = [kind for kind in ("A", "AAAA") if kind not in targets]
    if strange:
        where = ", ".join(f"{kind} to {target}" for kind, target in strange.items())
        yield ALIAS.wrong(
            f"{domain} leads elsewhere: {where}; the distribution is {wanted}.",
            "Put back what the stack wants; take the record of an old site away first.",
            walk.mended(),
        )
    elif lacking:
        yield ALIAS.missing(
            f"{domain} has no record {' and '.join(lacking)} that leads to the distribution {wanted}.",
            "Put back what the stack wants.",
            walk.mended(),
            is_needed="A" in lacking,
        )
    else:
        yield ALIAS.ok(f"A and AAAA of {domain} lead to the distribution.")


def answers(walk: Walk) -> Iterator[Finding]:
    """What a visitor gets."""
    url = f"https://{walk.asked.domain}/"
    walk.need_distribution()
    if not walk.dns.ask(walk.asked.domain, "A"):
        yield ANSWERS.missing(
            f"The internet has no address for {walk.asked.domain} yet.",
            "Wait some minutes after the record was made; then look at the zone and its name servers above.",
            f"dig +short {walk.asked.domain} @1.1.1.1",
        )
        return
    try:
        status = answer_of(url, walk.http).status
    except BadCertificate as reason:
        yield ANSWERS.wrong(
            f"{url} answers with a certificate that browsers refuse ({reason}).",
            "Look at the certificate and the name of the distribution above.",
        )
        return
    if status == 403:
        yield ANSWERS.wrong(
            f"{url} answers 403: CloudFront or the bucket refuses it.",
            "Look at the policy of the bucket and the name of the distribution above.",
            walk.mended(),
        )
    elif status >= 500:
        yield ANSWERS.wrong(f"{url} answers {status}.", "Look at the origin of the distribution above.")
    elif status == 404:
        yield ANSWERS.ok(f"{url} answers 404: nothing is published yet.")
    else:
        yield ANSWERS.ok(f"{url} answers {status}.")


def releases(walk: Walk) -> Iterator[Finding]:
    """Ask for a record as a visitor would, plainly and with a dot that is written otherwise."""
    walk.need_distribution()
    for path in _CLOSED:
        url = f"https://{walk.asked.domain}{path}"
        try:
            answer = answer_of(url, walk.http)
        except BadCertificate as reason:
            raise NothingThere("the site does not answer with a certificate that browsers take") from reason
        # Many sites answer 200 with a page for what is not there.
        if answer.status == 200 and answer.start.lstrip().startswith(b'{"format"'):
            yield RECORDS.wrong(
                f"Everybody can read {url}, which names every version and leads to what was taken offline.",
                "Put the function and the policy of the bucket back.",
                walk.mended(),
            )
            return
    yield RECORDS.ok("They answer as if they were not there.")


def points_to(record: dict[str, object]) -> str:
    """Where a record leads: the name of its alias, else its values."""
    target = record.get("AliasTarget")
    if isinstance(target, dict):
        name = str(target["DNSName"]).rstrip(".").lower()
        return name.removeprefix("dualstack.")
    values = record.get("ResourceRecords")
    return ", ".join(str(one["Value"]) for one in values) if isinstance(values, list) else "nothing"
