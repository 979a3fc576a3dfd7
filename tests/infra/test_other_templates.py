"""infra/zone.yaml, infra/preview.yaml and infra/cms-lightsail.yaml."""

from __future__ import annotations

import re

from tests.infra.templates import resource, resources, template


def test_a_zone_outlives_its_stack() -> None:
    """A new one has other name servers, which somebody must enter at the parent."""
    zone = resources("zone.yaml")["Zone"]
    assert (zone["DeletionPolicy"], zone["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert {"HostedZoneId", "NameServers"} == set(template("zone.yaml")["Outputs"])


def test_every_preview_has_a_name_of_its_own_below_one_certificate() -> None:
    """One star, one label."""
    star = {"Fn::Sub": "*.${PreviewDomain}"}
    assert resource("preview.yaml", "Certificate")["DomainName"] == star
    assert resource("preview.yaml", "Distribution")["DistributionConfig"]["Aliases"] == [star]


def test_previews_come_from_the_sites_buckets_past_every_cache() -> None:
    """What was deleted is gone at once; pictures of drafts come from the uploads."""
    config = resource("preview.yaml", "Distribution")["DistributionConfig"]
    origins = {origin["Id"]: origin["DomainName"]["Fn::Sub"] for origin in config["Origins"]}
    assert origins == {
        "site": "${SiteBucketName}.s3.${AWS::Region}.${AWS::URLSuffix}",
        "uploads": "${UploadsBucketName}.s3.${AWS::Region}.${AWS::URLSuffix}",
    }
    (media,) = config["CacheBehaviors"]
    assert (media["PathPattern"], media["TargetOriginId"]) == ("/media/*", "uploads")
    for behaviour in (config["DefaultCacheBehavior"], media):
        assert behaviour["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
        assert behaviour["ResponseHeadersPolicyId"] == {"Ref": "PreviewHeaders"}
    assert {one["ErrorCode"]: one["ErrorCachingMinTTL"] for one in config["CustomErrorResponses"]} == {403: 0, 404: 0}


def test_the_address_of_a_preview_is_told_to_no_other_site() -> None:
    """It is what keeps a preview private."""
    for name in ("site.yaml", "preview.yaml"):
        headers = resource(name, "PreviewHeaders")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
        assert headers["ReferrerPolicy"] == {"ReferrerPolicy": "same-origin", "Override": True}


def test_previews_say_what_the_site_has_to_be_told() -> None:
    """The output has the name of the parameter."""
    assert "PreviewDistributionId" in template("preview.yaml")["Outputs"]
    assert "PreviewDistributionId" in template("site.yaml")["Parameters"]
    assert "UploadsBucketName" in template("site.yaml")["Outputs"]


def test_the_machine_is_open_for_the_web_and_its_admin_alone() -> None:
    """SSH from one network, which cannot be the whole internet."""
    ports = resource("cms-lightsail.yaml", "Machine")["Networking"]["Ports"]
    assert {port["FromPort"]: port["Cidrs"] for port in ports} == {
        22: [{"Ref": "SshCidr"}],
        80: ["0.0.0.0/0"],
        443: ["0.0.0.0/0"],
    }
    assert all(port["FromPort"] == port["ToPort"] for port in ports)
    pattern = template("cms-lightsail.yaml")["Parameters"]["SshCidr"]["AllowedPattern"]
    assert re.fullmatch(pattern, "203.0.113.7/32")
    assert not re.fullmatch(pattern, "0.0.0.0/0")


def test_the_machine_is_kept_and_copied_every_night() -> None:
    """The CMS's database is on it."""
    for key in ("Machine", "Address"):
        one = resources("cms-lightsail.yaml")[key]
        assert (one["DeletionPolicy"], one["UpdateReplacePolicy"]) == ("Retain", "Retain")
    (snapshots,) = resource("cms-lightsail.yaml", "Machine")["AddOns"]
    assert (snapshots["AddOnType"], snapshots["Status"]) == ("AutoSnapshot", "Enabled")


def test_the_machine_gets_its_certificate_and_passes_the_cms_on() -> None:
    """Caddy asks Let's Encrypt for the name that the record has."""
    script = resource("cms-lightsail.yaml", "Machine")["UserData"]["Fn::Sub"]
    assert script.startswith("#!/bin/sh\n")
    assert "${CmsDomain} {" in script
    assert "reverse_proxy 127.0.0.1:${CmsPort}" in script
    record = resource("cms-lightsail.yaml", "Record")
    assert record["Name"] == {"Ref": "CmsDomain"}
    assert record["ResourceRecords"] == [{"Fn::GetAtt": ["Address", "IpAddress"]}]
