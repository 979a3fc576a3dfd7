"""Where a bucket is and with which credentials: from the address, the environment and the AWS profile."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
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
    """The wire to a bucket, and a function that makes a boto3 client for what the wire does not do. Raises Refused."""
    if options.endpoint and not options.endpoint.startswith(("http://", "https://")):
        raise Refused(f"{options.endpoint} is no address of a host. Write it with http:// or https://.")
    settings = _from_environment() or _from_botocore()
    region = settings.region
    wire = Wire(
        base=base_address(place.bucket, region, options.endpoint),
        region=region,
        keys=settings.keys,
        timeout=options.timeout,
        tries=options.tries,
        bundle=settings.bundle,
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


@dataclass(frozen=True, kw_only=True)
class _Settings:
    """bundle: file of the certificates to believe, "" for the machine's."""

    keys: Callable[[], Keys]
    region: str
    bundle: str


def _from_environment() -> _Settings | None:
    """Keys and region as the environment has them, which come first for every AWS tool; None when it lacks any, or
    when there is a profile that may say more.

    Importing botocore takes longer than publishing a small site does.
    """
    access, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    region = os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION")
    # Keys with an end are watched by botocore, which says so when they are over.
    if not access or not secret or not region or os.environ.get("AWS_CREDENTIAL_EXPIRATION") or _has_profiles():
        return None
    keys = Keys(access, secret, os.environ.get("AWS_SESSION_TOKEN") or os.environ.get("AWS_SECURITY_TOKEN") or "")
    bundle = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE") or ""
    return _Settings(keys=lambda: keys, region=region, bundle=bundle)


def _has_profiles() -> bool:
    """A profile is asked for, or there is a file that may have one: its region comes before AWS_REGION."""
    files = (("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    if os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE"):
        return True
    return any(Path(os.environ.get(name) or usual).expanduser().is_file() for name, usual in files)


def _from_botocore() -> _Settings:
    """Keys and region by everything that AWS tools look at: profiles, roles, the machine's own."""
    import botocore.session
    from botocore.exceptions import BotoCoreError

    try:
        session = botocore.session.Session()
        credentials = session.get_credentials()
        region = session.get_config_variable("region") or os.environ.get("AWS_REGION") or "us-east-1"
        bundle = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE") or ""
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

    return _Settings(keys=keys, region=region, bundle=bundle)


def base_address(bucket: str, region: str, endpoint: str) -> str:
    """The bucket's address: on a host of its own at AWS, as the first folder of any other endpoint."""
    if endpoint:
        return f"{endpoint.rstrip('/')}/{quote(bucket)}"
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    if "." in bucket:
        return f"https://s3.{region}.{suffix}/{bucket}"  # the certificate covers one label before s3
    return f"https://{bucket}.s3.{region}.{suffix}"
