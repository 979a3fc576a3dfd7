"""What a mishap is, and how a set-up is changed by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.doctor.account import ACCOUNT
from tests.doctor.world import World

type Change = Callable[[World], None]
HOST = "gitlab.com"


@dataclass(frozen=True, kw_only=True)
class Mishap:
    """change: what somebody did. expected: key and state of all that follows. words: in what is said of the first."""

    change: Change
    expected: tuple[tuple[str, str], ...]
    words: tuple[str, ...]


def policy(world: World, bucket: str, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """Write a bucket's policy anew with other statements."""
    found = json.loads(world.s3.get_bucket_policy(Bucket=bucket)["Policy"])
    found["Statement"] = change(found["Statement"])
    # By hand, past the block of public access that AWS would hold against it.
    world.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(found))


def without(sid: str) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    """All statements but one."""
    return lambda statements: [one for one in statements if one["Sid"] != sid]


def trust(world: World, role: str, **conditions: Any) -> None:
    """Give a role other conditions."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{HOST}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": conditions,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world.iam.update_assume_role_policy(RoleName=role, PolicyDocument=document)


def allow(*actions: str, on: str) -> str:
    """A policy with one statement."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": on}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def behaviour(world: World, pattern: str) -> dict[str, Any]:
    """One behaviour of the distribution, to be changed in place."""
    if pattern == "*":
        found: dict[str, Any] = world.config["DefaultCacheBehavior"]
        return found
    (found,) = (one for one in world.config["CacheBehaviors"]["Items"] if one["PathPattern"] == pattern)
    return found


def together(*statements: Callable[[World], Any]) -> Change:
    """Several things at once."""

    def change(world: World) -> None:
        for one in statements:
            one(world)

    return change


def mishap(change: Change, expected: str, *words: str) -> Mishap:
    """expected: `key state` of each trouble, separated by commas."""
    pairs = [tuple(one.split()) for one in expected.split(",")]
    return Mishap(change=change, expected=tuple((key, state) for key, state in pairs), words=words)
