"""The distribution and how it serves."""

from __future__ import annotations

from dataclasses import replace

from tests.doctor.mishaps.making import Change, Mishap, behaviour, mishap
from tests.doctor.world import World


def _other_alias(world: World) -> None:
    world.config["Aliases"] = {"Quantity": 1, "Items": ["old.example.org"]}


def _unsigned(world: World) -> None:
    for origin in world.config["Origins"]["Items"]:
        del origin["OriginAccessControlId"]


def _function(text: str) -> Change:
    def change(world: World) -> None:
        (name,) = (one for one in world.account.functions if one.endswith("directory-index"))
        world.account.functions[name] = text.encode()

    return change


def _other_bucket(world: World) -> None:
    world.s3.create_bucket(Bucket="another-bucket")
    origin = next(one for one in world.config["Origins"]["Items"] if one["Id"] == "site")
    origin["DomainName"] = "another-bucket.s3.us-east-1.amazonaws.com"


def _headers(world: World, header: str) -> None:
    policy_id = behaviour(world, "*")["ResponseHeadersPolicyId"]
    item = {"Header": header, "Value": "noindex", "Override": True}
    world.account.header_policies[policy_id]["CustomHeadersConfig"] = {"Quantity": 1, "Items": [item]}


EDGE: dict[str, Mishap] = {
    "the distribution is off": mishap(
        lambda world: world.config.update(Enabled=False), "distribution.status wrong", "switched off"
    ),
    "the distribution is being changed": mishap(
        lambda world: world.distribution.update(Status="InProgress"),
        "distribution.status wrong",
        "Wait",
        "wait distribution",
    ),
    "the distribution has another name": mishap(
        _other_alias, "distribution.alias wrong", "old.example.org", "DomainName=www.example.org"
    ),
    "the distribution has CloudFront's own certificate": mishap(
        lambda world: world.config.update(ViewerCertificate={"CloudFrontDefaultCertificate": True}),
        "distribution.certificate wrong",
        "browsers refuse",
    ),
    "pages come from another bucket": mishap(
        _other_bucket, "distribution.origin wrong", "another-bucket", "SITE_BUCKET"
    ),
    "the bucket is asked without a signature": mishap(
        _unsigned, "distribution.access wrong", "no origin access control"
    ),
    "previews go past the function": mishap(
        lambda world: behaviour(world, "/previews/*").pop("FunctionAssociations"),
        "distribution.function wrong",
        "/previews/* is",
        ".releases/",
    ),
    "the function lets .releases/ through": mishap(
        _function("function handler(event) { return event.request; }"), "distribution.function wrong", "through"
    ),
    "the function is an older one": mishap(
        _function("// .releases\nfunction handler(event) { return event.request; }"),
        "distribution.function wrong",
        "not the function of this release",
    ),
    "there is no front page": mishap(
        lambda world: world.config.pop("DefaultRootObject"), "distribution.index wrong", "index.html"
    ),
    "the live site is kept from search engines": mishap(
        lambda world: _headers(world, "X-Robots-Tag"), "distribution.headers wrong", "live site", "Tier=production"
    ),
    "staging is found by search engines": mishap(
        lambda world: setattr(world, "asked", replace(world.asked, tier="staging")),
        "distribution.headers wrong",
        "list staging",
        "Tier=staging",
    ),
    "there are no cache tags": mishap(
        lambda world: world.config.pop("CacheTagConfig"), "distribution.tags missing", "x-amz-meta-cache-tag"
    ),
    "uploads are served by http": mishap(
        lambda world: behaviour(world, "/media/*").update(ViewerProtocolPolicy="allow-all"),
        "distribution.https wrong",
        "/media/*",
    ),
    "previews are cached": mishap(
        lambda world: behaviour(world, "/previews/*").update(CachePolicyId="658327ea-f89d-4fab-a63d-7e88639e58f6"),
        "distribution.previews wrong",
        "stays readable",
    ),
    "what is not there answers 200": mishap(
        lambda world: world.config["CustomErrorResponses"]["Items"][0].update(ResponseCode="200"),
        "distribution.errors wrong",
        "200",
    ),
}
