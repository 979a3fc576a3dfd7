"""The buckets and their policies."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.doctor.mishaps.making import Change, Mishap, mishap, policy, together, without
from tests.doctor.world import World


def _bucket_rule(rule: dict[str, Any]) -> Change:
    def change(world: World) -> None:
        rules = world.s3.get_bucket_lifecycle_configuration(Bucket=world.bucket)["Rules"]
        rules.append({"Status": "Enabled", **rule})
        world.s3.put_bucket_lifecycle_configuration(Bucket=world.bucket, LifecycleConfiguration={"Rules": rules})

    return change


def _no_preview_rule(world: World) -> None:
    rules = world.s3.get_bucket_lifecycle_configuration(Bucket=world.bucket)["Rules"]
    kept = {"Rules": [one for one in rules if one["ID"] != "previews-expire"]}
    world.s3.put_bucket_lifecycle_configuration(Bucket=world.bucket, LifecycleConfiguration=kept)


def _public(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    everybody = {"Sid": "Public", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    return [*statements, {**everybody, "Resource": statements[0]["Resource"]}]


def _other_distribution(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    text = json.dumps(statements).replace("distribution/E1EXAMPLE", "distribution/E9OTHER")
    changed: list[dict[str, Any]] = json.loads(text)
    return changed


def _root_records_alone(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for one in statements:
        if one["Sid"] == "RecordsAreNeverServed":
            one["Resource"] = one["Resource"][0]
    return statements


def _unbound(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for one in statements:
        if one["Sid"] == "SiteIsServed":
            del one["Condition"]
    return statements


def _block(**given: bool) -> Change:
    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    return lambda world: world.s3.put_public_access_block(
        Bucket=world.bucket, PublicAccessBlockConfiguration=block | given
    )


def _conditions(sid: str, **conditions: dict[str, str]) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    def change(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [one | {"Condition": conditions} if one["Sid"] == sid else one for one in statements]

    return change


def _on_bucket(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Change:
    return lambda world: policy(world, world.bucket, change)


BUCKETS: dict[str, Mishap] = {
    "the bucket is not the stack's": mishap(
        together(
            lambda world: world.s3.create_bucket(Bucket="typo"),
            lambda world: setattr(world, "asked", replace(world.asked, bucket="typo")),
        ),
        "bucket.names wrong, bucket.private wrong, bucket.owner wrong, bucket.versions wrong, "
        "bucket.lifecycle missing, bucket.lifecycle missing, policy.served wrong, policy.closed wrong, "
        "policy.tls wrong, distribution.origin wrong, roles.pipeline.rights wrong, roles.pipeline.rights missing, "
        "roles.preview.rights wrong, roles.preview.rights missing, users.worker.rights missing",
        "typo",
        "SITE_BUCKET=site-production-bucket",
    ),
    "a block of public access is off": mishap(
        _block(BlockPublicPolicy=False), "bucket.private wrong", "BlockPublicPolicy is off", "put-public-access-block"
    ),
    "access lists count again": mishap(
        lambda world: world.s3.delete_bucket_ownership_controls(Bucket=world.bucket),
        "bucket.owner wrong",
        "Access lists",
    ),
    "versions are off": mishap(
        lambda world: world.s3.put_bucket_versioning(
            Bucket=world.bucket, VersioningConfiguration={"Status": "Suspended"}
        ),
        "bucket.versions wrong",
        "gone",
        "Status=Enabled",
    ),
    "pages expire": mishap(
        _bucket_rule({"ID": "clean-up", "Filter": {"Prefix": ""}, "Expiration": {"Days": 90}}),
        "bucket.lifecycle wrong",
        "clean-up",
        "vanish by age",
    ),
    "pages move to slower storage": mishap(
        _bucket_rule(
            {"ID": "cold", "Filter": {"Prefix": ""}, "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}]}
        ),
        "bucket.lifecycle wrong",
        "cold",
        "slower storage",
    ),
    "previews stay for ever": mishap(_no_preview_rule, "bucket.lifecycle missing", "drafts may stay"),
    "the policy is for another distribution": mishap(
        _on_bucket(_other_distribution), "policy.served wrong", "E9OTHER", "every page is refused"
    ),
    "CloudFront may not list": mishap(_on_bucket(without("MissingIsNotFound")), "policy.served wrong", "403", "404"),
    "the records are not denied": mishap(
        _on_bucket(without("RecordsAreNeverServed")), "policy.closed wrong", "anywhere", "RecordsAreNeverServed"
    ),
    "the records of previews are not denied": mishap(
        _on_bucket(_root_records_alone), "policy.closed wrong", "previews", "RecordsAreNeverServed"
    ),
    "the bucket is public by policy": mishap(_on_bucket(_public), "policy.strangers wrong", "everybody"),
    "any distribution may read": mishap(_on_bucket(_unbound), "policy.strangers wrong", "any distribution"),
    "distributions of every account may read": mishap(
        _on_bucket(
            _conditions("SiteIsServed", StringLike={"AWS:SourceArn": "arn:aws:cloudfront::*:distribution/E1EXAMPLE"})
        ),
        "policy.strangers wrong",
        "any distribution",
    ),
    "the denial of the records has an exception": mishap(
        _on_bucket(_conditions("RecordsAreNeverServed", StringNotEquals={"AWS:SourceArn": "arn:other"})),
        "policy.closed wrong",
        "RecordsAreNeverServed",
    ),
    "http reaches the bucket": mishap(_on_bucket(without("TlsOnly")), "policy.tls wrong", "TLS"),
}
