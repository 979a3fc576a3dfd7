"""A set-up where everything is right: our stacks, and the internet's answers."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
from moto import mock_aws

from deploys.doctor.infra.asked import Asked
from deploys.doctor.infra.checkup import look_over, walking
from deploys.doctor.model import Checked, Finding
from tests.doctor.account import Account
from tests.doctor.stacks import Stack

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RESOLVER = "https://resolver.example/dns-query"
_KINDS = {"A": 1, "NS": 2, "CNAME": 5, "AAAA": 28, "CAA": 257}


class World:
    """One tier, production, made from zone.yaml, site.yaml, preview.yaml and cms-lightsail.yaml."""

    resolver_is_silent = False

    def __init__(self, account: Account) -> None:
        self.account = account
        self.dns: dict[tuple[str, str], list[str]] = {}
        self.web: dict[str, tuple[int, bytes] | Exception] = {}
        self.asked = Asked()

    @classmethod
    def empty(cls, asked: Asked) -> World:
        """Nothing was made, nobody knows the name."""
        world = cls(Account())
        world.asked = asked
        return world

    @classmethod
    def standing_in(cls, account: Account) -> World:
        """Everything made, and known to the internet."""
        world = cls(account)
        world.make()
        return world

    def make(self) -> None:
        """The steps of docs/setup-aws.md."""
        self.zone = Stack(self.account, "zone", "zone.yaml", ZoneName="example.org")
        self.zone_id = self.zone.outputs["HostedZoneId"]
        given = {"HostedZoneId": self.zone_id, "GitLabProject": "acme/site", "GitLabBranch": "main"}
        tier = {"Tier": "production", "DomainName": "www.example.org"}
        self.site = Stack(self.account, "site-production", "site.yaml", **tier, **given)
        self.bucket, self.uploads = self.site.outputs["SiteBucket"], self.site.outputs["UploadsBucketName"]
        self.distribution_id = self.site.outputs["SiteDistributionId"]
        self.distribution = self.account.distributions[self.distribution_id]
        self.config = self.distribution["DistributionConfig"]
        self.role = self.site.outputs["AwsRoleArn"].rpartition("/")[2]
        self.preview_role = self.site.outputs["AwsPreviewRoleArn"].rpartition("/")[2]
        self.cms_user, self.worker = self.site.outputs["CmsUserName"], self.site.outputs["BuildhubUserName"]
        for user in (self.cms_user, self.worker):
            self.iam.create_access_key(UserName=user)
        self.cms = Stack(
            self.account, "cms", "cms-lightsail.yaml", CmsDomain="cms.example.org", HostedZoneId=self.zone_id,
            SshCidr="203.0.113.7/32",
        )  # fmt: skip
        servers = self.account.client("route53").get_hosted_zone(Id=self.zone_id)["DelegationSet"]["NameServers"]
        self.dns = {
            ("example.org", "NS"): [f"{name}." for name in servers],
            ("www.example.org", "A"): ["198.51.100.1"],
            ("cms.example.org", "A"): ["203.0.113.20"],
        }
        self.web = {
            "https://www.example.org/": (200, b"<!doctype html>"),
            "https://cms.example.org/": (302, b""),
        }
        self.asked = Asked(
            domain="www.example.org", bucket=self.bucket, distribution=self.distribution_id, project="acme/site",
            branch="main", cms_domain="cms.example.org",
        )  # fmt: skip

    @property
    def iam(self) -> Any:
        """IAM, as a person would change it by hand."""
        return self.account.client("iam")

    @property
    def s3(self) -> Any:
        """S3, likewise."""
        return self.account.client("s3")

    def add_to_role(self, role: str, *statements: dict[str, Any]) -> None:
        """Give a role more rights than it has."""
        text = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.iam.put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=text)

    def add_preview_hosts(self) -> Stack:
        """preview.yaml, and the site told of it, as step 11 does."""
        previews = Stack(
            self.account, "previews", "preview.yaml", PreviewDomain="preview.example.org", HostedZoneId=self.zone_id,
            SiteBucketName=self.bucket, UploadsBucketName=self.uploads,
        )  # fmt: skip
        self.site.parameters["PreviewDistributionId"] = previews.outputs["PreviewDistributionId"]
        for key in ("BucketPolicy", "UploadsBucketPolicy"):
            del self.site.made[key]
            self.site.make(key)
        self.asked = replace(self.asked, preview_domain="preview.example.org")
        return previews

    def look(self, asked: Asked | None = None) -> list[Checked]:
        """Everything that the doctor finds."""
        transport = httpx.MockTransport(self.answer)
        with walking(asked or self.asked, account=self.account.aws, resolver=RESOLVER, transport=transport) as walk:
            return list(look_over(walk, NOW, of="museum/live"))

    def troubles(self, asked: Asked | None = None) -> list[tuple[str, str]]:
        """Key and state of everything that is not right, advice too."""
        return [(one.key, one.state.value) for one in findings(self.look(asked)) if one.state != "ok"]

    def only(self, asked: Asked | None = None) -> Finding:
        """The one thing that is not right."""
        (found,) = (one for one in findings(self.look(asked)) if one.state != "ok")
        return found

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "resolver.example":
            if self.resolver_is_silent:
                raise httpx.ConnectTimeout("no answer")
            name, kind = request.url.params["name"], request.url.params["type"]
            texts = self.dns.get((name, kind), [])
            rows = [{"name": name, "type": _KINDS[kind], "TTL": 60, "data": text} for text in texts]
            return httpx.Response(200, json={"Status": 0 if rows else 3, "Answer": rows})
        answer = self.web.get(str(request.url), (404, b"There is no such page."))
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer[0], content=answer[1])


def findings(checked: list[Checked]) -> list[Finding]:
    """All findings in order."""
    return [finding for one in checked for finding in one.findings]


def tls_error() -> httpx.ConnectError:
    """What httpx raises for a certificate that is not to be trusted."""
    error = httpx.ConnectError("certificate verify failed: Hostname mismatch")
    error.__cause__ = ssl.SSLCertVerificationError("Hostname mismatch")
    return error


@contextmanager
def everything_right() -> Iterator[World]:
    """The world, inside of moto."""
    with mock_aws():
        yield World.standing_in(Account())
