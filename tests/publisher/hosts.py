"""The same host for every scenario: a folder, or a bucket on one of three servers, seen past the publisher's back."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import boto3
from botocore.config import Config

from publisher.options import Options
from tests.publisher import servers


class Host(Protocol):
    """What a scenario needs to know of the place it publishes to."""

    target: str
    options: Options

    def served(self) -> dict[str, bytes]:
        """Everything that is there but the publisher's own records, by path."""

    def write_by_hand(self, path: str, body: bytes) -> None:
        """What somebody does who does not know of the publisher."""

    def delete_by_hand(self, path: str) -> None:
        """The same for deleting."""

    @property
    def headers_matter(self) -> bool:
        """True when the host stores headers."""


@dataclass
class FolderHost:
    """A folder under the test's own."""

    root: Path
    options: Options = field(default_factory=lambda: Options(wait=20, lease=2))
    headers_matter: bool = False

    @property
    def target(self) -> str:
        """The folder."""
        return str(self.root)

    def served(self) -> dict[str, bytes]:
        tree = self.root / "current"
        return {file.relative_to(tree).as_posix(): file.read_bytes() for file in tree.rglob("*") if file.is_file()}

    def write_by_hand(self, path: str, body: bytes) -> None:
        file = self.root / "current" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.write_bytes(body)

    def delete_by_hand(self, path: str) -> None:
        (self.root / "current" / path).unlink()


@dataclass
class BucketHost:
    """A bucket of its own on a running server."""

    url: str
    bucket: str
    options: Options = field(default_factory=Options)
    headers_matter: bool = True

    def __post_init__(self) -> None:
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=servers.KEY,
            aws_secret_access_key=servers.SECRET,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}),
        )
        self.client.create_bucket(Bucket=self.bucket)
        self.options = Options(endpoint=self.url, wait=20, lease=2, threads=8, timeout=10)

    @property
    def target(self) -> str:
        """The bucket's address."""
        return f"s3://{self.bucket}"

    def through(self, url: str) -> Options:
        """The same options by another way to the host."""
        return replace(self.options, endpoint=url)

    def names(self) -> list[str]:
        """Every key, records too."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return [one["Key"] for page in pages for one in page.get("Contents", [])]

    def served(self) -> dict[str, bytes]:
        return {key: self.read(key)["Body"].read() for key in self.names() if not key.startswith(".releases/")}

    def read(self, key: str) -> Any:
        """One object with its headers."""
        return self.client.get_object(Bucket=self.bucket, Key=key)

    def write_by_hand(self, path: str, body: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=path, Body=body)

    def delete_by_hand(self, path: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=path)


@dataclass
class Cdn:
    """A bucket with a distribution in front. url: of the server that speaks CloudFront's API."""

    host: BucketHost
    url: str

    def __post_init__(self) -> None:
        self.client: Any = boto3.client(
            "cloudfront",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=servers.KEY,
            aws_secret_access_key=servers.SECRET,
        )
        origin = {
            "Id": "site",
            "DomainName": f"{self.host.bucket}.s3.amazonaws.com",
            "S3OriginConfig": {"OriginAccessIdentity": ""},
        }
        config = {
            "CallerReference": self.host.bucket,
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {"TargetOriginId": "site", "ViewerProtocolPolicy": "redirect-to-https"},
        }
        self.distribution: str = self.client.create_distribution(DistributionConfig=config)["Distribution"]["Id"]

    @property
    def options(self) -> Options:
        """Publish through this distribution."""
        return replace(
            self.host.options, distribution=self.distribution, cloudfront_endpoint=self.url, invalidation_wait=20
        )

    def asked(self) -> list[list[str]]:
        """The paths of all invalidations, oldest first."""
        listed = self.client.list_invalidations(DistributionId=self.distribution)["InvalidationList"].get("Items", [])
        found = [
            self.client.get_invalidation(DistributionId=self.distribution, Id=one["Id"])["Invalidation"]
            for one in listed
        ]
        found.sort(key=lambda one: one["CreateTime"])
        return [one["InvalidationBatch"]["Paths"]["Items"] for one in found]


@dataclass
class Site:
    """A small build in a folder: change `files`, then `write`."""

    folder: Path
    files: dict[str, bytes]

    def write(self) -> Path:
        """Lay the folder anew and return it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for path, body in self.files.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
        return self.folder


def small_site(folder: Path, pages: int = 12) -> Site:
    """A front page, some pages, a style sheet with a hash in its name, a picture and a sitemap."""
    style = b'<link href="/_astro/site.Bx3f9A2c.css">'
    files = {f"page-{number}/index.html": style + b"page %d" % number for number in range(pages)}
    files |= {
        "index.html": style + b"front",
        "about us/caf\u00e9+1.html": style + b"about",
        "_astro/site.Bx3f9A2c.css": b"body{}",
        "images/boat.webp": b"RIFF0000WEBP",
        "sitemap-0.xml": b"<urlset/>",
    }
    return Site(folder, files)


def next_build(site: Site) -> Site:
    """The build after an edit: a new style sheet, so all pages change; one page more, one fewer, one new picture."""
    files = {path: body.replace(b"Bx3f9A2c", b"Cy4g0B3d") for path, body in site.files.items()}
    files["_astro/site.Cy4g0B3d.css"] = b"body{margin:0}"
    del files["_astro/site.Bx3f9A2c.css"], files["page-1/index.html"]
    files["images/boat.webp"] = b"RIFF0001WEBP"
    files["news/index.html"] = b"news"
    return Site(site.folder, files)
