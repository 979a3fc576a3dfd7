"""Where a bucket is and with which credentials: from the address, the environment and the AWS profile."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from publisher.errors import Refused
from publisher.options import Options
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
    import botocore.session
    from botocore.exceptions import BotoCoreError

    try:
        session = botocore.session.Session()
        credentials = session.get_credentials()
        region = session.get_config_variable("region") or os.environ.get("AWS_REGION") or "us-east-1"
    except BotoCoreError as error:
        raise Refused(f"The AWS settings cannot be used: {error}. Check the environment and the profile.") from error
    wire = Wire(
        base=base_address(place.bucket, region, options.endpoint),
        region=region,
        credentials=credentials,
        threads=options.threads,
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


def base_address(bucket: str, region: str, endpoint: str) -> str:
    """The bucket's address: on a host of its own at AWS, as the first folder of any other endpoint."""
    if endpoint:
        return f"{endpoint.rstrip('/')}/{quote(bucket)}"
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    if "." in bucket:
        return f"https://s3.{region}.{suffix}/{bucket}"  # the certificate covers one label before s3
    return f"https://{bucket}.s3.{region}.{suffix}"
