"""What may not be read is said to be so, with the action that is needed; it is never called missing or wrong."""

from __future__ import annotations

import pytest

from tests.doctor.standin import Refused
from tests.doctor.world import World, findings

# Every question that a whole walk asks, and the action that a policy must allow for it.
QUESTIONS = {
    "acm:DescribeCertificate": "acm:DescribeCertificate",
    "acm:ListCertificates": "acm:ListCertificates",
    "cloudformation:DescribeStacks": "cloudformation:DescribeStacks",
    "cloudfront:GetDistribution": "cloudfront:GetDistribution",
    "cloudfront:GetFunction": "cloudfront:GetFunction",
    "cloudfront:GetOriginAccessControl": "cloudfront:GetOriginAccessControl",
    "cloudfront:GetResponseHeadersPolicy": "cloudfront:GetResponseHeadersPolicy",
    "cloudfront:ListDistributions": "cloudfront:ListDistributions",
    "iam:GetOpenIDConnectProvider": "iam:GetOpenIDConnectProvider",
    "iam:GetPolicy": "iam:GetPolicy",
    "iam:GetPolicyVersion": "iam:GetPolicyVersion",
    "iam:GetRole": "iam:GetRole",
    "iam:GetRolePolicy": "iam:GetRolePolicy",
    "iam:GetUser": "iam:GetUser",
    "iam:GetUserPolicy": "iam:GetUserPolicy",
    "iam:ListAccessKeys": "iam:ListAccessKeys",
    "iam:ListAttachedRolePolicies": "iam:ListAttachedRolePolicies",
    "iam:ListAttachedUserPolicies": "iam:ListAttachedUserPolicies",
    "iam:ListGroupsForUser": "iam:ListGroupsForUser",
    "iam:ListOpenIDConnectProviders": "iam:ListOpenIDConnectProviders",
    "iam:ListRolePolicies": "iam:ListRolePolicies",
    "iam:ListUserPolicies": "iam:ListUserPolicies",
    "lightsail:GetInstancePortStates": "lightsail:GetInstancePortStates",
    "lightsail:GetInstances": "lightsail:GetInstances",
    "lightsail:GetStaticIps": "lightsail:GetStaticIps",
    "route53:GetHostedZone": "route53:GetHostedZone",
    "route53:ListHostedZones": "route53:ListHostedZones",
    "route53:ListResourceRecordSets": "route53:ListResourceRecordSets",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketOwnershipControls": "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy": "s3:GetBucketPolicy",
    "s3:GetBucketVersioning": "s3:GetBucketVersioning",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
}

WHO = "sts:GetCallerIdentity"  # every credential may ask who it is


def test_these_are_all_questions_and_none_changes_anything(world: World) -> None:
    """A new one belongs into the list, and into docs/doctor.md."""
    world.add_preview_hosts()
    world.look()
    assert set(world.account.standin.asked) - {WHO} == set(QUESTIONS)
    assert {name.split(":")[1].startswith(("Get", "List", "Describe", "Head")) for name in QUESTIONS} == {True}


@pytest.mark.parametrize("question", QUESTIONS)
def test_one_right_that_is_lacking_hides_what_it_hides_and_nothing_else(world: World, question: str) -> None:
    """It is named; what can be seen without it is seen; nothing is called missing or wrong."""
    world.add_preview_hosts()
    world.account.standin.denied.add(question)
    found = [one for one in findings(world.look()) if one.state != "ok"]
    assert {one.state.value for one in found} == {"unknown"}
    naming = [one for one in found if f"needs the action {QUESTIONS[question]}." in one.sentence]
    assert naming
    assert [one.sentence for one in found if one.is_needed and one not in naming] == []
    assert {f"Allow {QUESTIONS[question]} " in one.next_step for one in naming} == {True}


def test_with_no_right_at_all_everything_is_unknown(world: World) -> None:
    """But for what the internet shows."""
    world.account.standin.denied |= set(QUESTIONS)
    found = [one for one in findings(world.look()) if one.state != "ok"]
    assert {one.state.value for one in found} == {"unknown"}


def test_what_is_wrong_is_wrong_also_where_something_else_is_hidden(world: World) -> None:
    """A pending certificate is known to be pending, though nobody may look for its record."""
    world.account.certificate(world.site.made["Certificate"][0]).status = "PENDING_VALIDATION"
    world.account.standin.denied.add("route53:ListResourceRecordSets")
    assert ("certificate.issued", "wrong") in world.troubles()


def test_without_stacks_the_things_themselves_are_looked_for(world: World) -> None:
    """Roles by whom they trust and what they may write, buckets by the distribution, that one by its name."""
    world.account.standin.denied.add("cloudformation:DescribeStacks")
    world.asked = type(world.asked)(domain="www.example.org", project="acme/site", branch="main")
    checked = world.look()
    sentences = [one.sentence for one in findings(checked)]
    assert f"{world.role} is there." in sentences
    assert f"{world.preview_role} is there." in sentences
    assert f"Pages come from {world.bucket}." in sentences
    assert [(one.key, one.state.value) for one in findings(checked) if one.counts] == []
    users = [one for one in findings(checked) if one.key in ("users.worker", "users.cms")]
    assert [one.state.value for one in users] == ["unknown", "unknown"]
    assert "--cms-user" in users[1].next_step


def test_credentials_that_aws_refuses_are_told_once(world: World) -> None:
    """Not once for each of fifty things."""
    world.account.standin.failing |= {name: Refused("ExpiredToken", 403) for name in (*QUESTIONS, WHO)}
    checked = world.look()
    assert [one.key for one in checked] == ["account"]
    (found,) = findings(checked)
    assert (found.state, found.next_step) == ("unknown", "Sign in again, or give other keys.")
    assert "ExpiredToken" in found.sentence


def test_an_aws_that_cannot_be_reached_is_told_once(world: World) -> None:
    """Who asks is the one question that needs no right: without an answer to it there is none."""
    world.account.standin.failing[WHO] = Refused("InternalFailure", 400)
    checked = world.look()
    assert [(one.key, one.state.value) for one in findings(checked)] == [("account.credentials", "unknown")]


def test_a_fault_of_aws_is_no_fault_of_the_set_up(world: World) -> None:
    """It is unknown, with what AWS said."""
    world.account.standin.failing["cloudfront:GetDistribution"] = Refused("InternalFailure", 400)
    troubles = [one for one in findings(world.look()) if one.state != "ok"]
    assert {one.state.value for one in troubles} == {"unknown"}
    assert "InternalFailure" in troubles[0].sentence


def test_a_resolver_that_is_silent_leaves_the_rest_to_be_seen(world: World) -> None:
    """What hangs on the internet's answer is unknown."""
    world.resolver_is_silent = True
    found = [one for one in findings(world.look()) if one.state != "ok"]
    assert {(one.key, one.state.value) for one in found} == {
        ("domain.delegation", "unknown"),
        ("dns.answers", "unknown"),
    }
    assert "--resolver" in found[0].next_step
