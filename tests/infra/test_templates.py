"""What holds for every template: sizes, references, nothing public, no right wider than its list."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.templates import (
    INFRA,
    TEMPLATES,
    many,
    policies,
    references,
    resources,
    statements,
    template,
    trust,
)

INLINE_LIMIT = 51_200
BUCKETS = [(name, key) for name in TEMPLATES for key in resources(name, "AWS::S3::Bucket")]
# What a role of a pipeline, of the worker or of the CMS may do at most, wherever.
GRANTED = {
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:ListBucket",
    "cloudfront:GetDistributionConfig",
    "cloudfront:CreateInvalidation",
    "cloudfront:GetInvalidation",
    "cloudfront:ListInvalidations",
    "sts:AssumeRoleWithWebIdentity",
}
ALL_STATEMENTS = [
    pytest.param(statement, id=f"{name} {owner} {statement.get('Sid', 'trust')}")
    for name in TEMPLATES
    for owner, document in policies(name)
    for statement in statements(document)
]


def test_every_template_is_looked_at() -> None:
    """A new file is added to the list, or these tests would not see it."""
    assert sorted(path.name for path in INFRA.glob("*.yaml")) == sorted(TEMPLATES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_can_be_given_inline(name: str) -> None:
    """Beyond 51,200 bytes it would have to lie in a bucket first."""
    assert len((INFRA / name).read_bytes()) < INLINE_LIMIT


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_say_what_they_are_and_every_parameter_what_it_is(name: str) -> None:
    """In the console they are all that there is to read."""
    assert template(name)["Description"].endswith(".")
    assert [key for key, one in template(name)["Parameters"].items() if "Description" not in one] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_is_referred_to_is_there_and_every_parameter_is_used(name: str) -> None:
    """A misspelt name would be found by AWS alone."""
    whole = template(name)
    known = {*whole["Parameters"], *whole["Resources"]}
    used = {one for one in references(whole) if not one.startswith("AWS::")}
    assert used - known == set()
    assert set(whole["Parameters"]) - used == set()


@pytest.mark.parametrize("name", ["site.yaml", "preview.yaml"])
def test_what_cloudfront_takes_is_made_where_cloudfront_takes_it(name: str) -> None:
    """Certificates come from us-east-1; anywhere else the stack is refused before it begins."""
    (assertion,) = template(name)["Rules"]["Region"]["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}


@pytest.mark.parametrize("statement", ALL_STATEMENTS)
def test_no_right_has_a_star_for_its_action(statement: dict[str, Any]) -> None:
    """Allowed is what is listed; only what is denied is denied whole."""
    actions = set(many(statement["Action"]))
    if statement["Effect"] == "Allow":
        assert actions <= GRANTED
    else:
        assert (statement["Effect"], actions) == ("Deny", {"s3:*"})


@pytest.mark.parametrize("statement", ALL_STATEMENTS)
def test_nothing_is_allowed_to_everybody_or_on_everything(statement: dict[str, Any]) -> None:
    """Every grant names who and what; a service is bound to one distribution by its address."""
    if statement["Effect"] == "Deny":
        return
    assert "*" not in many(statement.get("Resource", "none"))
    assert statement.get("Principal") != "*"
    if statement.get("Principal") == {"Service": "cloudfront.amazonaws.com"}:
        assert list(statement["Condition"]) == ["StringEquals"]
        assert list(statement["Condition"]["StringEquals"]) == ["AWS:SourceArn"]


@pytest.mark.parametrize(("name", "bucket"), BUCKETS)
def test_buckets_are_private_versioned_and_survive_their_stack(name: str, bucket: str) -> None:
    """No access list works on them, no policy can make them public, and deleting the stack deletes no file."""
    one = resources(name)[bucket]
    properties = one["Properties"]
    assert (one["DeletionPolicy"], one["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert properties["PublicAccessBlockConfiguration"] == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert "AccessControl" not in properties
    assert "WebsiteConfiguration" not in properties


@pytest.mark.parametrize(("name", "bucket"), BUCKETS)
def test_buckets_answer_over_tls_alone(name: str, bucket: str) -> None:
    """For everybody, on the bucket and on all in it."""
    (document,) = [
        properties["PolicyDocument"]
        for properties in (one["Properties"] for one in resources(name, "AWS::S3::BucketPolicy").values())
        if properties["Bucket"] == {"Ref": bucket}
    ]
    (tls,) = [one for one in statements(document) if one["Sid"] == "TlsOnly"]
    assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*")
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert tls["Resource"] == [{"Fn::GetAtt": [bucket, "Arn"]}, {"Fn::Sub": f"${{{bucket}.Arn}}/*"}]


@pytest.mark.parametrize("name", ["site.yaml", "preview.yaml"])
def test_visitors_come_over_https_to_an_origin_that_is_asked_with_a_signature(name: str) -> None:
    """By today's TLS; the buckets know the distribution by its signature."""
    config = resources(name)["Distribution"]["Properties"]["DistributionConfig"]
    for behaviour in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]):
        assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
        assert "AllowedMethods" not in behaviour  # GET and HEAD
        assert "OriginRequestPolicyId" not in behaviour  # no host, cookie or query reaches S3
        assert "ResponseHeadersPolicyId" in behaviour
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert {str(origin["OriginAccessControlId"]) for origin in config["Origins"]} == {"{'Ref': 'OriginAccess'}"}
    access = resources(name)["OriginAccess"]["Properties"]["OriginAccessControlConfig"]
    assert (access["SigningBehavior"], access["SigningProtocol"]) == ("always", "sigv4")


@pytest.mark.parametrize("name", ["site.yaml", "preview.yaml"])
def test_certificates_prove_themselves_in_the_zone(name: str) -> None:
    """No mail, no hand: CloudFormation writes the record."""
    certificate = resources(name)["Certificate"]["Properties"]
    (option,) = certificate["DomainValidationOptions"]
    assert certificate["ValidationMethod"] == "DNS"
    assert option == {"DomainName": certificate["DomainName"], "HostedZoneId": {"Ref": "HostedZoneId"}}


@pytest.mark.parametrize("name", ["site.yaml", "preview.yaml"])
def test_names_lead_to_the_distribution_over_both_kinds_of_address(name: str) -> None:
    """A and AAAA, for the name that the distribution and the certificate have."""
    records = resources(name)["Records"]["Properties"]["RecordSets"]
    distribution = resources(name)["Distribution"]["Properties"]["DistributionConfig"]
    assert [record["Type"] for record in records] == ["A", "AAAA"]
    for record in records:
        assert [record["Name"]] == distribution["Aliases"]
        assert record["Name"] == resources(name)["Certificate"]["Properties"]["DomainName"]
        assert record["AliasTarget"]["DNSName"] == {"Fn::GetAtt": ["Distribution", "DomainName"]}


@pytest.mark.parametrize(("role", "branch"), [("PipelineRole", "GitLabBranch"), ("PreviewRole", "Branch")])
def test_only_one_branch_of_one_project_may_take_a_role(role: str, branch: str) -> None:
    """By equality: no wildcard, and both who signed it for whom and who asks."""
    (statement,) = statements(trust("site.yaml", role))
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Federated": "${Provider}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                "${Host}:aud": "${GitLabUrl}",
                "${Host}:sub": f"project_path:${{GitLabProject}}:ref_type:branch:ref:${{{branch}}}",
            }
        },
    }


def test_no_secret_is_made_by_a_stack() -> None:
    """Keys in a template end up in its events and outputs."""
    for name in TEMPLATES:
        assert resources(name, "AWS::IAM::AccessKey") == {}
        assert not [key for key in template(name)["Parameters"] if "Secret" in key or "Password" in key]
