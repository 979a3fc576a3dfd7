"""A set-up that is not finished: each step says what is next, and what waits for it says nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from deploys.doctor.infra.asked import Asked
from deploys.doctor.model import Checked, State
from tests.doctor.stacks import Stack
from tests.doctor.told import check_words
from tests.doctor.world import World, findings


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An account in which nothing was made, and a name that nobody knows."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield World.empty(Asked(domain="www.example.org", project="acme/site", branch="main"))


def counting(checked: list[Checked]) -> dict[str, list[tuple[str, str]]]:
    """What has to be done, by step."""
    return {one.key: [(found.key, found.state.value) for found in one.findings if found.counts] for one in checked}


def test_from_nothing_every_step_is_missing_and_says_what_makes_it(nothing: World) -> None:
    """One sentence a step, not one for each thing that a step will have."""
    checked = nothing.look()
    assert counting(checked) == {
        "account": [],
        "domain": [("domain.zone", "missing")],
        "certificate": [("certificate.there", "missing")],
        "bucket": [("bucket.there", "missing"), ("uploads.there", "missing")],
        "distribution": [("distribution.there", "missing")],
        "dns": [("dns.alias", "unknown")],
        "roles": [("roles.provider", "missing")],
        "machine": [],
    }
    zone = next(one for one in findings(checked) if one.key == "domain.zone")
    assert zone.command.endswith("--template-file infra/zone.yaml --parameter-overrides ZoneName=example.org")
    assert zone.docs == "docs/setup-aws.md#2-zone-and-delegation"
    site = next(one for one in findings(checked) if one.key == "certificate.there").command
    assert "infra/site.yaml" in site and "GitLabProject=acme/site" in site and "HostedZoneId=ZONE_ID" in site


def test_everything_that_is_told_on_the_way_can_be_typed_and_read(nothing: World) -> None:
    """With previews asked for, which the table of mishaps has not."""
    nothing.asked = replace(nothing.asked, preview_domain="preview.example.org", cms_domain="cms.example.org")
    told = [one for one in findings(nothing.look()) if one.state != "ok"]
    assert {"previews.there", "machine.there"} <= {one.key for one in told}
    for finding in told:
        check_words(finding)


def test_with_the_zone_alone_the_name_servers_come_next_and_commands_know_its_id(nothing: World) -> None:
    """Step 2 of the guide, half done."""
    zone = Stack(nothing.account, "zone", "zone.yaml", ZoneName="example.org")
    checked = nothing.look()
    assert counting(checked)["domain"] == [("domain.delegation", "missing")]
    site = next(one for one in findings(checked) if one.key == "certificate.there").command
    assert f"HostedZoneId={zone.outputs['HostedZoneId']}" in site


def test_a_zone_for_a_part_of_the_domain_counts_when_the_parent_leads_to_it(world: World) -> None:
    """The nearest one; the stack writes where nobody asks."""
    route53 = world.account.client("route53")
    made = route53.create_hosted_zone(Name="www.example.org", CallerReference="part")
    world.dns["www.example.org", "NS"] = made["DelegationSet"]["NameServers"]
    found = [one for one in findings(world.look()) if one.counts]
    assert [(one.key, one.state) for one in found] == [
        ("domain.zone", "wrong"),
        ("certificate.renewal", "wrong"),
        ("dns.alias", "missing"),
    ]
    assert world.zone_id in found[0].sentence
    assert f"HostedZoneId={made['HostedZone']['Id'].rpartition('/')[2]}" in found[0].command


def test_a_nearer_zone_that_nobody_leads_to_is_in_the_way_of_nothing(world: World) -> None:
    """It is told as advice; zones of like names hold nothing."""
    for name in ("www.example.org", "ww.example.org", "xample.org"):
        world.account.client("route53").create_hosted_zone(Name=name, CallerReference=name)
    found = world.only()
    assert (found.key, found.state, found.counts) == ("domain.zone", State.WRONG, False)
    assert "zone www.example.org" in found.sentence


def test_a_private_zone_is_not_one_that_visitors_see(nothing: World) -> None:
    """It answers inside of a network only."""
    nothing.account.client("route53").create_hosted_zone(
        Name="example.org",
        CallerReference="inner",
        HostedZoneConfig={"PrivateZone": True, "Comment": ""},
        VPC={"VPCRegion": "us-east-1", "VPCId": "vpc-1"},
    )
    assert counting(nothing.look())["domain"] == [("domain.zone", "missing")]


def test_a_bucket_that_is_gone_is_said_once(world: World) -> None:
    """With it go its policy and what lies in it; the distribution still points there."""
    world.s3.delete_bucket(Bucket=world.bucket)
    assert counting(world.look())["bucket"] == [("bucket.there", "missing")]


def test_a_distribution_that_is_gone_is_said_once(world: World) -> None:
    """What hangs on it waits."""
    world.account.distributions.clear()
    assert counting(world.look())["distribution"] == [("distribution.there", "missing")]


def test_a_role_that_is_gone_is_named(world: World) -> None:
    """Its trust and its rights are not spoken of."""
    for policy in world.iam.list_role_policies(RoleName=world.preview_role)["PolicyNames"]:
        world.iam.delete_role_policy(RoleName=world.preview_role, PolicyName=policy)
    world.iam.delete_role(RoleName=world.preview_role)
    assert counting(world.look())["roles"] == [("roles.preview", "missing")]


def test_staging_is_right_when_search_engines_are_kept_away(nothing: World) -> None:
    """The second tier of the guide takes provider and worker of the first; both tiers are right."""
    account = nothing.account
    world = World.standing_in(account)
    given = {
        "Tier": "staging",
        "DomainName": "staging.example.org",
        "HostedZoneId": world.zone_id,
        "GitLabProject": "acme/site",
        "GitLabBranch": "develop",
        "GitLabProviderArn": world.site.outputs["ProviderArn"],
        "WorkerUserName": world.site.outputs["BuildhubUserName"],
    }
    Stack(account, "site-staging", "site.yaml", **given)
    world.dns["staging.example.org", "A"] = ["198.51.100.1"]
    world.web["https://staging.example.org/"] = (200, b"")
    asked = replace(
        world.asked, domain="staging.example.org", tier="staging", branch="develop", bucket="", distribution=""
    )
    assert [one for one in counting(world.look(asked)).values() if one] == []
    assert [one for one in counting(world.look()).values() if one] == []


def test_a_policy_that_names_the_account_in_place_of_the_distribution_lets_no_stranger_in(world: World) -> None:
    """AWS's own guide shows that form, too."""
    document = json.loads(world.s3.get_bucket_policy(Bucket=world.bucket)["Policy"])
    for statement in document["Statement"]:
        if statement["Sid"] == "SiteIsServed":
            statement["Condition"] = {"StringEquals": {"AWS:SourceAccount": "123456789012"}}
    world.s3.put_bucket_policy(Bucket=world.bucket, Policy=json.dumps(document))
    assert world.troubles() == []


def test_promotion_lets_production_read_staging_and_no_more(world: World) -> None:
    """The bucket that the stack was given is part of what the role needs; another one is too much."""
    world.s3.create_bucket(Bucket="staging-bucket")
    statements = [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::staging-bucket/*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::staging-bucket"},
    ]
    world.add_to_role(world.role, *statements)
    assert world.troubles() == [("roles.pipeline.rights", "wrong")]
    world.site.parameters["PromoteFromBucket"] = "staging-bucket"
    assert world.troubles() == []
    world.iam.delete_role_policy(RoleName=world.role, PolicyName="more")
    assert world.troubles() == [("roles.pipeline.rights", "missing")]


def test_previews_by_host_name_are_a_step_of_their_own(world: World) -> None:
    """Asked for, not made: its certificate and distribution are missing, and the policy is not spoken of."""
    world.asked = replace(world.asked, preview_domain="preview.example.org")
    assert counting(world.look())["previews"] == [("previews.certificate", "missing"), ("previews.there", "missing")]
    world.add_preview_hosts()
    assert [one.key for one in world.look()][-1] == "previews"
    assert world.troubles() == []


def test_the_site_must_be_told_of_the_distribution_of_previews(world: World) -> None:
    """Step 11 has two commands; the second is easily forgotten."""
    previews = world.add_preview_hosts()
    world.site.parameters["PreviewDistributionId"] = ""
    for key in ("BucketPolicy", "UploadsBucketPolicy"):
        del world.site.made[key]
        world.site.make(key)
    found = world.only()
    assert (found.key, found.state) == ("policy.previews", State.MISSING)
    assert f"PreviewDistributionId={previews.outputs['PreviewDistributionId']}" in found.command


def test_previews_that_are_cached_and_listed_are_wrong(world: World) -> None:
    """All faults of one distribution are one finding."""
    world.add_preview_hosts()
    config = world.account.distributions["E2EXAMPLE"]["DistributionConfig"]["DefaultCacheBehavior"]
    config.update(CachePolicyId="658327ea-f89d-4fab-a63d-7e88639e58f6", ResponseHeadersPolicyId="")
    found = world.only()
    assert (found.key, found.state) == ("previews.serving", State.WRONG)
    assert "cached" in found.sentence and "search engines" in found.sentence


def test_a_cms_that_runs_elsewhere_is_no_trouble(world: World) -> None:
    """Advice only: not everybody takes the machine."""
    world.account.instances.clear()
    found = world.only()
    assert (found.key, found.state, found.counts) == ("machine.there", State.MISSING, False)
    assert "--cms-region" in found.next_step


def test_a_machine_of_another_name_is_found_by_the_address_of_the_cms(world: World) -> None:
    """Made by hand, with a name of its own."""
    machine = world.account.instances.pop("cms")
    world.account.instances["box"] = machine | {"name": "box"}
    world.account.ports["box"] = world.account.ports["cms"]
    world.account.static_ips["cms"]["attachedTo"] = "box"
    assert world.troubles() == []


def test_options_win_over_what_the_stack_says(world: World) -> None:
    """A role that was made by hand is looked at in place of the stack's."""
    asked = replace(world.asked, role=world.preview_role)
    assert world.troubles(asked) == [("roles.pipeline.rights", "wrong"), ("roles.pipeline.rights", "missing")]


def test_a_stack_that_somebody_named_must_be_there(nothing: World) -> None:
    """Without a name it is advice: things may have been made otherwise."""
    nothing.asked = replace(nothing.asked, stack="site-prod")
    assert counting(nothing.look())["account"] == [("account.stack", "missing")]
