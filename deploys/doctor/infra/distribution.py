"""The distribution: for the name, with the certificate, from the bucket by signature, through the function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from deploys.doctor.infra.aws import NotThere
from deploys.doctor.infra.certificate import covers, names_of
from deploys.doctor.infra.walk import Walk, behaviours, origins
from deploys.doctor.model import Finding, Thing

THERE = Thing("distribution.there", "Distribution")
STATUS = Thing("distribution.status", "Its state")
ALIAS = Thing("distribution.alias", "Its name")
CERTIFICATE = Thing("distribution.certificate", "Its certificate")
ORIGIN = Thing("distribution.origin", "Where pages come from")
ACCESS = Thing("distribution.access", "It signs what it asks")
FUNCTION = Thing("distribution.function", "The function at the edge")
INDEX = Thing("distribution.index", "The front page")

FUNCTIONS = Path("infra") / "functions"


def there(walk: Walk) -> Iterator[Finding]:
    """One distribution, the same for settings and stack."""
    made, asked = walk.output("SiteDistributionId"), walk.asked.distribution
    if walk.distribution is None:
        words = (
            f"There is no distribution {walk.distribution_id}"
            if walk.distribution_id
            else "No distribution has the name"
        )
        yield THERE.missing(
            f"{words}{'' if walk.distribution_id else f' {walk.asked.domain}'}.",
            "Make the stack of the site; it takes some minutes.",
            walk.deployed(),
        )
    elif made and asked and made != asked:
        yield THERE.wrong(
            f"Buildhub drops old pages at {asked}, the stack made {made}: visitors keep old pages.",
            f"Set SITE_DISTRIBUTION_ID={made} in GitLab and in buildhub.",
        )
    else:
        yield THERE.ok(f"{walk.distribution_id} ({walk.distribution['DomainName']}) is there.")


def status(walk: Walk) -> Iterator[Finding]:
    """Whether it is switched on, everywhere."""
    found = walk.need_distribution()
    if not found["DistributionConfig"]["Enabled"]:
        yield STATUS.wrong("It is switched off: nobody gets a page.", "Switch it on.", walk.mended())
    elif found["Status"] != "Deployed":
        yield STATUS.wrong(
            f"It is being changed ({found['Status']}): some places answer as before.",
            "Wait some minutes.",
            f"aws cloudfront wait distribution-deployed --id {walk.distribution_id}",
            is_needed=False,
        )
    else:
        yield STATUS.ok("It is switched on and the same everywhere.")


def alias(walk: Walk) -> Iterator[Finding]:
    """Whether it answers to the site's name."""
    names = _config(walk).get("Aliases", {}).get("Items", [])
    domain = walk.asked.domain
    if any(covers(name, domain) for name in names):
        yield ALIAS.ok(f"It answers to {domain}.")
        return
    yield ALIAS.wrong(
        f"It does not answer to {domain} ({f'its names: {", ".join(names)}' if names else 'it has no name'}): "
        "CloudFront refuses visitors.",
        "Make the stack with DomainName as the site's address says, or correct the address in buildhub.",
        walk.deployed(DomainName=domain),
    )


def certificate(walk: Walk) -> Iterator[Finding]:
    """Whether its certificate is for the name and its TLS is today's."""
    given = _config(walk).get("ViewerCertificate", {})
    arn = given.get("ACMCertificateArn", "")
    if not arn:
        yield CERTIFICATE.wrong(
            "It has CloudFront's own certificate, not one for the site's name: browsers refuse it.",
            "Put back what the stack wants.",
            walk.mended(),
        )
        return
    try:
        found = walk.aws.read("acm", "describe_certificate", CertificateArn=arn)["Certificate"]
    except NotThere:
        found = {"DomainName": ""}
    if not any(covers(name, walk.asked.domain) for name in names_of(found)):
        yield CERTIFICATE.wrong(
            f"Its certificate ({arn}) is not for {walk.asked.domain}: browsers refuse it.",
            "Put back what the stack wants.",
            walk.mended(),
        )
    elif not str(given.get("MinimumProtocolVersion", "")).startswith(("TLSv1.2", "TLSv1.3")):
        yield CERTIFICATE.wrong(
            f"It speaks old TLS too ({given.get('MinimumProtocolVersion')}).",
            "Put back what the stack wants.",
            walk.mended(),
            is_needed=False,
        )
    else:
        yield CERTIFICATE.ok("Its certificate is for the name.")


def origin(walk: Walk) -> Iterator[Finding]:
    """Whether pages come from the bucket that is published to."""
    config = _config(walk)
    bucket = walk.bucket
    found = origins(config).get(config["DefaultCacheBehavior"]["TargetOriginId"], {})
    host = str(found.get("DomainName", ""))
    if bucket and host.startswith(f"{bucket}.s3.") and "website" not in host:
        yield ORIGIN.ok(f"Pages come from {bucket}.")
    elif "s3-website" in host:
        yield ORIGIN.wrong(
            f"Pages come from {host}, the public website of a bucket, which a private bucket does not have.",
            "Put back what the stack wants.",
            walk.mended(),
        )
    else:
        yield ORIGIN.wrong(
            f"Pages come from {host}, not from {bucket or 'a known bucket'}: visitors do not see what is published.",
            "Set SITE_BUCKET to the bucket that the distribution reads, or put back what the stack wants.",
            walk.mended(),
        )


def access(walk: Walk) -> Iterator[Finding]:
    """Whether every origin in S3 is asked with a signature."""
    for name, found in origins(_config(walk)).items():
        control = found.get("OriginAccessControlId", "")
        if not control:
            yield ACCESS.wrong(
                f"The origin {name} has no origin access control: a private bucket refuses every page.",
                "Put back what the stack wants.",
                walk.mended(),
            )
            return
        try:
            answer = walk.aws.read("cloudfront", "get_origin_access_control", Id=control)
        except NotThere:
            answer = {"OriginAccessControl": {"OriginAccessControlConfig": {}}}
        given = answer["OriginAccessControl"]["OriginAccessControlConfig"]
        if (given.get("SigningBehavior"), given.get("SigningProtocol")) != ("always", "sigv4"):
            yield ACCESS.wrong(
                f"The origin {name} is not always asked with a signature ({given.get('SigningBehavior', 'none')}).",
                "Put back what the stack wants.",
                walk.mended(),
            )
            return
    yield ACCESS.ok("Every bucket is asked with a signature (origin access control).")


def function(walk: Walk) -> Iterator[Finding]:
    """Whether our function stands before every way into the site's bucket: /a/ and .releases/ hang on it."""
    config = _config(walk)
    site = config["DefaultCacheBehavior"]["TargetOriginId"]
    for pattern, behaviour in behaviours(config).items():
        if behaviour["TargetOriginId"] == site and not _function_of(behaviour):
            yield FUNCTION.wrong(
                f"{'Pages are' if pattern == '*' else f'{pattern} is'} served without the function: /a/ answers 404, "
                "and one of two locks on .releases/ is off.",
                "Put back what the stack wants.",
                walk.mended(),
            )
            return
    yield from _code(walk, _function_of(config["DefaultCacheBehavior"]))


def index(walk: Walk) -> Iterator[Finding]:
    """Whether / has a page."""
    if _config(walk).get("DefaultRootObject") == "index.html":
        yield INDEX.ok("/ is answered by index.html.")
        return
    yield INDEX.wrong(
        "/ is not answered by index.html.", "Put back what the stack wants (DefaultRootObject).", walk.mended()
    )


def _code(walk: Walk, arn: str) -> Iterator[Finding]:
    """Whether what runs is the code of this release."""
    name = arn.rpartition("/")[2]
    try:
        answer = walk.aws.read("cloudfront", "get_function", Name=name, Stage="LIVE")
    except NotThere:
        yield FUNCTION.wrong(f"The function {name} is not published.", "Put back what the stack wants.", walk.mended())
        return
    raw = answer["FunctionCode"]
    code = (raw if isinstance(raw, bytes) else raw.read()).decode("utf-8", "replace")
    if ".releases" not in code:
        yield FUNCTION.wrong(
            f"{name} lets requests for .releases/ through.",
            "Deploy the stack with the template of this release.",
            walk.deployed(),
        )
    elif _is_ours(code) is False:
        yield FUNCTION.wrong(
            f"{name} is not the function of this release of buildhub: older, newer, or changed by hand.",
            "If nobody changed it on purpose, deploy the stack with the template of this release.",
            walk.deployed(),
            is_needed=False,
        )
    else:
        yield FUNCTION.ok(f"{name} stands before every page and answers 404 for .releases/.")


def _is_ours(code: str) -> bool | None:
    """None when the templates are not on this machine, as in the image."""
    file = Path(settings.BASE_DIR) / FUNCTIONS / "directory-index.js"
    if not file.is_file():
        return None
    return code.split() == file.read_text(encoding="utf-8").split()


def _function_of(behaviour: Mapping[str, Any]) -> str:
    for one in behaviour.get("FunctionAssociations", {}).get("Items", []):
        if one["EventType"] == "viewer-request":
            return str(one["FunctionARN"])
    return ""


def _config(walk: Walk) -> Mapping[str, Any]:
    config: Mapping[str, Any] = walk.need_distribution()["DistributionConfig"]
    return config
