"""How the distribution serves: headers, caches, tags, ways of previews and uploads, and what is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from deploys.doctor.infra.asked import STAGING
from deploys.doctor.infra.aws import NotThere
from deploys.doctor.infra.walk import Walk, behaviours
from deploys.doctor.model import Finding, Thing

HEADERS = Thing("distribution.headers", "Headers of pages")
TAGS = Thing("distribution.tags", "Cache tags")
HTTPS = Thing("distribution.https", "Visitors come by https")
PREVIEWS = Thing("distribution.previews", "Previews below /previews/")
MEDIA = Thing("distribution.media", "Uploads below /media/")
ERRORS = Thing("distribution.errors", "What is not there")

TAG_HEADER = "x-amz-meta-cache-tag"
NO_CACHE = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's own policy CachingDisabled


def headers(walk: Walk) -> Iterator[Finding]:
    """Whether staging is kept from search engines, and the live site is not."""
    policy = headers_of(walk, behaviours(_config(walk))["*"])
    is_hidden = "noindex" in policy.get("x-robots-tag", "")
    if not policy:
        yield HEADERS.missing(
            "Pages have no policy of headers: no protection by the browser"
            + (", and search engines list staging." if walk.asked.tier == STAGING else "."),
            "Put back what the stack wants.",
            walk.mended(),
            is_needed=walk.asked.tier == STAGING,
        )
    elif walk.asked.tier == STAGING and not is_hidden:
        yield HEADERS.wrong(
            "Search engines may list staging: X-Robots-Tag is not sent.",
            "The stack has to be of the tier staging.",
            walk.deployed(Tier="staging"),
        )
    elif walk.asked.tier != STAGING and is_hidden:
        yield HEADERS.wrong(
            "Search engines are kept away from the live site: it sends X-Robots-Tag noindex.",
            "The stack has to be of the tier production.",
            walk.deployed(Tier="production"),
        )
    else:
        yield HEADERS.ok("Security headers are sent" + (", and noindex, as it is staging." if is_hidden else "."))


def tags(walk: Walk) -> Iterator[Finding]:
    """Whether the publisher can drop all pages with one path."""
    given = _config(walk).get("CacheTagConfig", {}).get("HeaderName", "")
    if given.lower() == TAG_HEADER:
        yield TAGS.ok("A large publish drops all pages with one path and leaves assets cached.")
        return
    yield TAGS.missing(
        f"It has no cache tags{f' ({given})' if given else ''}: a large publish drops everything, assets too.",
        f"Put back what the stack wants (CacheTagConfig {TAG_HEADER}).",
        walk.mended(),
        is_needed=False,
    )


def https(walk: Walk) -> Iterator[Finding]:
    """Whether http leads to https everywhere."""
    plain = [
        pattern
        for pattern, one in behaviours(_config(walk)).items()
        if one.get("ViewerProtocolPolicy") not in ("redirect-to-https", "https-only")
    ]
    if not plain:
        yield HTTPS.ok("http is sent on to https.")
        return
    yield HTTPS.wrong(f"{', '.join(plain)} is served without TLS too.", "Put back what the stack wants.", walk.mended())


def previews(walk: Walk) -> Iterator[Finding]:
    """Whether what lies below /previews/ is kept from caches and search engines."""
    behaviour = behaviours(_config(walk)).get("/previews/*")
    if behaviour is None:
        yield PREVIEWS.missing(
            "/previews/* has no rule of its own: previews are cached and listed like the site.",
            "Put back what the stack wants.",
            walk.mended(),
        )
        return
    if behaviour.get("CachePolicyId") != NO_CACHE:
        yield PREVIEWS.wrong(
            "Previews are cached: a deleted one stays readable.", "Put back what the stack wants.", walk.mended()
        )
        return
    if "noindex" not in headers_of(walk, behaviour).get("x-robots-tag", ""):
        yield PREVIEWS.wrong(
            "Search engines may list previews: X-Robots-Tag is not sent for them.",
            "Put back what the stack wants.",
            walk.mended(),
        )
        return
    yield PREVIEWS.ok("They are not cached, and search engines are told to stay away.")


def media(walk: Walk) -> Iterator[Finding]:
    """Whether pictures of the CMS come from the other bucket."""
    found = behaviours(_config(walk))
    behaviour = found.get("/media/*")
    if behaviour is None or behaviour["TargetOriginId"] == found["*"]["TargetOriginId"]:
        yield MEDIA.missing(
            "/media/* does not lead to the bucket of the uploads: pictures of the CMS are not found.",
            "Put back what the stack wants, unless the CMS keeps its files elsewhere.",
            walk.mended(),
            is_needed=False,
        )
        return
    yield MEDIA.ok(f"They come from {walk.uploads_bucket}.")


def errors(walk: Walk) -> Iterator[Finding]:
    """Whether a page that is not there is called so."""
    rules = _config(walk).get("CustomErrorResponses", {}).get("Items", [])
    softened = [one["ErrorCode"] for one in rules if str(one.get("ResponseCode") or one["ErrorCode"]).startswith("2")]
    if softened:
        yield ERRORS.wrong(
            f"{', '.join(map(str, softened))} is answered as 200: search engines list pages that are not there, and "
            "whether .releases/ is closed cannot be seen.",
            "Put back what the stack wants.",
            walk.mended(),
        )
    elif not any(one["ErrorCode"] == 404 and one.get("ResponsePagePath") for one in rules):
        yield ERRORS.missing(
            "The site's own 404 page is not shown.",
            "Put back what the stack wants.",
            walk.mended(),
            is_needed=False,
        )
    else:
        yield ERRORS.ok("What is not there answers 404 with the site's own page.")


def headers_of(walk: Walk, behaviour: Mapping[str, Any]) -> dict[str, str]:
    """The headers that a behaviour's policy adds, in small letters; security headers by their names alone."""
    policy_id = behaviour.get("ResponseHeadersPolicyId", "")
    if not policy_id:
        return {}
    try:
        answer = walk.aws.read("cloudfront", "get_response_headers_policy", Id=policy_id)
    except NotThere:
        return {}
    config = answer["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
    security = {name.lower(): "set" for name in config.get("SecurityHeadersConfig", {})}
    custom = {
        one["Header"].lower(): one["Value"].lower() for one in config.get("CustomHeadersConfig", {}).get("Items", [])
    }
    return security | custom


def _config(walk: Walk) -> Mapping[str, Any]:
    config: Mapping[str, Any] = walk.need_distribution()["DistributionConfig"]
    return config
