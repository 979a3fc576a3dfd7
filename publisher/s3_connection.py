"""Where a bucket is and with which credentials: from the address, the environment and the AWS profile."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from publisher.errors import Refused
from publisher.options import Options
from publisher.signing import Keys
from publisher.wire import Wire


@dataclass(frozen=True, kw_only=True)
class Place:
    """A bucket and the prefix in it that the site lives under: "" or text that ends with a slash."""

    bucket: str
    prefix: str

    @classmethod
    def parse(cls, address: str) -> Place:
        """s3://bucket[/prefix]. Raises Refused."""
        bucket, _, prefix = address.removeprefix("s3://").partition("/")
        prefix = prefix.strip("/")
        if not bucket or not bucket.isprintable() or "//" in prefix:
            raise Refused(f"{address} is no target. Write s3://bucket or s3://bucket/folder.")
        return cls(bucket=bucket, prefix=f"{prefix}/" if prefix else "")


def connect(place: Place, options: Options) -> tuple[Wire, Any]:
    """The wire to a bucket, and a function that makes a boto3 client for what the wire does not do."""
    keys, region = _from_environment() or _from_botocore()
    wire = Wire(
        base=base_address(place.bucket, region, options.endpoint),
        region=region,
        keys=keys,
        timeout=options.timeout,
        tries=options.tries,
    )

    def client() -> Any:
        import boto3
        from botocore.config import Config

        style = "path" if options.endpoint or "." in place.bucket else "virtual"
        return boto3.client(
            "s3",
            region_name=region,
            endpoint_url=options.endpoint or None,
            config=Config(
                s3={"addressing_style": style},
                retries={"mode": "standard", "max_attempts": options.tries},
                read_timeout=options.timeout,
            ),
        )

    return wire, client


def _from_environment() -> tuple[Callable[[], Keys], str] | None:
    """Keys and region as the environment has them, which come first for every AWS tool; None when it lacks any.

    Importing botocore takes longer than publishing a small site does.
    """
    access, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    region = os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION")
    # Keys with an end are watched by botocore, which says so when they are over.
    if not access or not secret or not region or os.environ.get("AWS_CREDENTIAL_EXPIRATION"):
        return None
    keys = Keys(access, secret, os.environ.get("AWS_SESSION_TOKEN") or os.environ.get("AWS_SECURITY_TOKEN") or "")
    return lambda: keys, region


def _from_botocore() -> tuple[Callable[[], Keys], str]:
    """Keys and region by everything that AWS tools look at: profiles, roles, the machine's own."""
    import botocore.session
    from botocore.exceptions import BotoCoreError

    try:
        session = botocore.session.Session()
        credentials = session.get_credentials()
        region = session.get_config_variable("region") or os.environ.get("AWS_REGION") or "us-east-1"
    except BotoCoreError as error:
        raise Refused(f"The AWS settings cannot be used: {error}. Check the environment and the profile.") from error
    if credentials is None:
        raise Refused(
            "No AWS credentials were found. Give the pipeline a role, or set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY."
        )

    def keys() -> Keys:
        now = credentials.get_frozen_credentials()
        return Keys(now.access_key, now.secret_key, now.token or "")

    return keys, region


def base_address(bucket: str, region: str, endpoint: str) -> str:
    """The bucket's address: on a host of its own at AWS, as the first folder of any other endpoint."""
    if endpoint:
        return f"{endpoint.rstrip('/')}/{quote(bucket)}"
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    if "." in bucket:
        return f"https://s3.{region}.{suffix}/{bucket}"  # the certificate covers one label before s3
    return f"https://{bucket}.s3.{region}.{suffix}"
