"""infra/site.yaml: what the publisher needs, and no way to what it keeps."""

from __future__ import annotations

import fnmatch
import re
from typing import Any

import pytest

from publisher.journal import FOLDER as JOURNALS
from publisher.pointer import POINTER
from publisher.reports import FOLDER as REPORTS
from publisher.rules import RESERVED, Rules
from publisher.running import MANIFESTS
from publisher.s3_target import BLOBS, PROBE
from tests.infra.templates import INFRA, NOTHING, branches, many, policies, resource, resources, statement, template

SITE = "site.yaml"
DISTRIBUTION = {"Fn::Sub": "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}"}
PREVIEWS = {"Fn::Sub": "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${PreviewDistributionId}"}
OBJECTS = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]


def lifecycle(bucket: str) -> list[dict[str, Any]]:
    """The rules of a bucket."""
    rules: list[dict[str, Any]] = resource(SITE, bucket)["LifecycleConfiguration"]["Rules"]
    return rules


@pytest.mark.parametrize("below", ["", "previews/b17-k3q9x2m7w4/", "a/b/"])
@pytest.mark.parametrize(
    "record", [POINTER, MANIFESTS + "r1", JOURNALS + "r1", REPORTS + "b1.json.gz", BLOBS + "0a", PROBE]
)
def test_cloudfront_is_denied_every_record_of_the_publisher(record: str, below: str) -> None:
    """Each key that the publisher writes, at the root and below a prefix that is published for itself."""
    deny = statement(SITE, "BucketPolicy", "RecordsAreNeverServed")
    patterns = [one["Fn::Sub"].removeprefix("${Bucket.Arn}/") for one in deny["Resource"]]
    assert any(fnmatch.fnmatchcase(below + record, pattern) for pattern in patterns)
    assert (deny["Effect"], deny["Principal"]) == ("Deny", {"Service": "cloudfront.amazonaws.com"})


def test_that_denial_has_no_condition_and_leaves_the_site_alone() -> None:
    """No distribution is excepted, and pages with a like name are served."""
    deny = statement(SITE, "BucketPolicy", "RecordsAreNeverServed")
    assert "Condition" not in deny
    patterns = [one["Fn::Sub"].removeprefix("${Bucket.Arn}/") for one in deny["Resource"]]
    for served in ("index.html", "releases/index.html", "x.releases/a.html", "a/.releases.html"):
        assert not any(fnmatch.fnmatchcase(served, pattern) for pattern in patterns)


def test_the_site_is_read_by_its_distribution_and_previews_by_theirs() -> None:
    """The one for previews reads nothing of the live site."""
    site = statement(SITE, "BucketPolicy", "SiteIsServed")
    previews = statement(SITE, "BucketPolicy", "PreviewsAreServed")
    assert site["Action"] == previews["Action"] == "s3:GetObject"
    assert site["Resource"] == {"Fn::Sub": "${Bucket.Arn}/*"}
    assert site["Condition"]["StringEquals"]["AWS:SourceArn"] == DISTRIBUTION
    assert previews["Resource"] == {"Fn::Sub": "${Bucket.Arn}/previews/*"}
    assert previews["Condition"]["StringEquals"]["AWS:SourceArn"] == PREVIEWS
    for key, sid in (("BucketPolicy", "MissingIsNotFound"), ("UploadsBucketPolicy", "UploadsAreServed")):
        assert many(statement(SITE, key, sid)["Condition"]["StringEquals"]["AWS:SourceArn"]) == [DISTRIBUTION, PREVIEWS]


def test_without_hosts_for_previews_no_statement_names_them() -> None:
    """An empty id would be an address that AWS refuses, so each place is left out."""
    for _, document in policies(SITE):
        for one in document["Statement"]:
            if "PreviewDistributionId" not in str(one):
                continue
            choices = [one] if "Fn::If" in one else one["Condition"]["StringEquals"]["AWS:SourceArn"]
            (choice,) = [item for item in choices if "Fn::If" in item]
            assert (choice["Fn::If"][0], choice["Fn::If"][2]) == ("HasPreviewHosts", NOTHING)


def test_nothing_that_stands_in_a_bucket_expires_but_previews() -> None:
    """Releases that are kept, and old blobs that pages of today need, are given up by the publisher alone."""
    for bucket in ("Bucket", "UploadsBucket"):
        for rule in lifecycle(bucket):
            assert rule["Status"] == "Enabled"
            assert not {"ExpirationDate", "Transitions", "Transition"} & set(rule)
            if "ExpirationInDays" in rule:
                assert (bucket, rule["Prefix"]) == ("Bucket", "previews/")
                assert rule["ExpirationInDays"] == {"Ref": "PreviewDays"}


def test_old_versions_go_everywhere_and_those_of_previews_first() -> None:
    """What was deleted can be had back for a month; a deleted draft for a day, a given-up release for a week."""
    days = {
        rule.get("Prefix", ""): rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
        for rule in lifecycle("Bucket")
        if "NoncurrentVersionExpiration" in rule
    }
    assert days == {"": 30, RESERVED: 7, "previews/": 1}
    for bucket in ("Bucket", "UploadsBucket"):
        assert any(rule.get("ExpiredObjectDeleteMarker") and len(rule) == 3 for rule in lifecycle(bucket))
        assert any("AbortIncompleteMultipartUpload" in rule for rule in lifecycle(bucket))


def test_the_folder_that_expires_is_one_that_the_publisher_leaves_alone() -> None:
    """Its standard rules call previews/ another's."""
    assert Rules().is_foreign("previews/17/index.html")


def test_the_cache_has_the_tags_that_the_publisher_writes() -> None:
    """Under the header that it looks for, and writes with each file."""
    config = resource(SITE, "Distribution")["DistributionConfig"]
    assert config["CacheTagConfig"] == {"HeaderName": "x-amz-meta-cache-tag"}
    written = (INFRA.parent / "publisher" / "s3_objects.py").read_text(encoding="utf-8")
    assert '_TAG_KEY = "x-amz-meta-cache-tag"' in written


def test_requests_go_where_they_belong() -> None:
    """Previews past the cache, uploads to their bucket, and the function wherever the site's bucket is asked."""
    config = resource(SITE, "Distribution")["DistributionConfig"]
    behaviours = {one["PathPattern"]: one for one in config["CacheBehaviors"]} | {"*": config["DefaultCacheBehavior"]}
    optimized, disabled = "658327ea-f89d-4fab-a63d-7e88639e58f6", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert {key: (one["TargetOriginId"], one["CachePolicyId"]) for key, one in behaviours.items()} == {
        "*": ("site", optimized),
        "/previews/*": ("site", disabled),
        "/media/*": ("uploads", optimized),
    }
    for one in behaviours.values():
        expected = [{"EventType": "viewer-request", "FunctionARN": {"Fn::GetAtt": ["IndexFunction", "FunctionARN"]}}]
        assert one.get("FunctionAssociations", []) == (expected if one["TargetOriginId"] == "site" else [])
    assert config["DefaultRootObject"] == "index.html"
    assert {one["ErrorCode"] for one in config["CustomErrorResponses"]} == {404}


def test_search_engines_are_kept_out_of_staging_and_previews_and_of_nothing_else() -> None:
    """By a header, so that the bytes are those that may go live."""
    site = resource(SITE, "SiteHeaders")["ResponseHeadersPolicyConfig"]["CustomHeadersConfig"]["Fn::If"]
    noindex = {"Header": "X-Robots-Tag", "Value": "noindex, nofollow", "Override": True}
    assert site == ["IsStaging", {"Items": [noindex]}, NOTHING]
    assert template(SITE)["Conditions"]["IsStaging"] == {"Fn::Equals": [{"Ref": "Tier"}, "staging"]}
    for name in (SITE, "preview.yaml"):
        items = resource(name, "PreviewHeaders")["ResponseHeadersPolicyConfig"]["CustomHeadersConfig"]["Items"]
        assert noindex in items
        assert {"Header": "Cache-Control", "Value": "private, no-store", "Override": True} in items


def test_the_pipeline_and_the_worker_hold_what_the_docs_list() -> None:
    """docs/publishing.md names the rights; one policy has them, and both hold it."""
    words = (INFRA.parent / "docs" / "publishing.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"\* The role needs (.*?) on the distribution", words, re.DOTALL)
    short = set(re.findall(r"(?:\w+:)?([A-Z][A-Za-z]+)`", listed))
    granted = {
        action.split(":")[1]
        for sid in ("FilesAndRecords", "WhatIsThere", "DropWhatIsOld")
        for action in many(statement(SITE, "PublishPolicy", sid)["Action"])
    }
    assert granted == short
    policy = resource(SITE, "PublishPolicy")
    assert policy["Roles"] == [{"Ref": "PipelineRole"}]
    assert many(policy["Users"]) == [{"Ref": "WorkerUser"}, {"Ref": "WorkerUserName"}]
    assert "Policies" not in resource(SITE, "PipelineRole")
    assert "Policies" not in resources(SITE)["WorkerUser"].get("Properties", {})


def test_publishing_is_allowed_on_this_bucket_and_this_distribution_alone() -> None:
    """Exactly these actions on exactly these things; another tier is read, where its releases are promoted."""
    found = {
        one["Sid"]: (many(one["Action"]), one["Resource"])
        for key, document in policies(SITE)
        if key == "PublishPolicy"
        for one in many(document["Statement"])
    }
    assert found == {
        "FilesAndRecords": (OBJECTS, {"Fn::Sub": "${Bucket.Arn}/*"}),
        "WhatIsThere": (["s3:ListBucket"], {"Fn::GetAtt": ["Bucket", "Arn"]}),
        "DropWhatIsOld": (
            [
                "cloudfront:GetDistributionConfig",
                "cloudfront:CreateInvalidation",
                "cloudfront:GetInvalidation",
                "cloudfront:ListInvalidations",
            ],
            DISTRIBUTION,
        ),
        "ReadThePromoted": (["s3:GetObject"], {"Fn::Sub": "arn:${AWS::Partition}:s3:::${PromoteFromBucket}/*"}),
        "WhatIsThereToPromote": (["s3:ListBucket"], {"Fn::Sub": "arn:${AWS::Partition}:s3:::${PromoteFromBucket}"}),
    }


def test_the_role_for_previews_reaches_previews_alone() -> None:
    """Its files and its listing; no CloudFront, no live page, no records of the live site."""
    (policy,) = resource(SITE, "PreviewRole")["Policies"]
    files, listing = policy["PolicyDocument"]["Statement"]
    assert (files["Action"], files["Resource"]) == (OBJECTS, {"Fn::Sub": "${Bucket.Arn}/previews/*"})
    assert (listing["Action"], listing["Resource"]) == ("s3:ListBucket", {"Fn::GetAtt": ["Bucket", "Arn"]})
    assert listing["Condition"] == {"StringLike": {"s3:prefix": "previews/*"}}
    assert "Condition" not in files
    assert "ManagedPolicyArns" not in resource(SITE, "PreviewRole")


def test_the_cms_writes_uploads_and_nothing_else() -> None:
    """The site's bucket is named nowhere in its rights."""
    (policy,) = resource(SITE, "CmsUser")["Policies"]
    files, listing = policy["PolicyDocument"]["Statement"]
    assert (files["Action"], files["Resource"]) == (OBJECTS, {"Fn::Sub": "${UploadsBucket.Arn}/media/*"})
    assert (listing["Action"], listing["Resource"]) == ("s3:ListBucket", {"Fn::GetAtt": ["UploadsBucket", "Arn"]})
    assert "${Bucket" not in str(policy) and "'Bucket'" not in str(policy)


def test_what_an_account_has_once_is_made_by_its_first_tier_and_outlives_it() -> None:
    """GitLab's provider and buildhub's user; the others are given their names."""
    for key, condition, parameter in (
        ("GitLabProvider", "MakesProvider", "GitLabProviderArn"),
        ("WorkerUser", "MakesWorker", "WorkerUserName"),
    ):
        one = resources(SITE)[key]
        assert (one["Condition"], one["DeletionPolicy"], one["UpdateReplacePolicy"]) == (condition, "Retain", "Retain")
        assert template(SITE)["Conditions"][condition] == {"Fn::Equals": [{"Ref": parameter}, ""]}
        assert template(SITE)["Parameters"][parameter]["Default"] == ""
    (audience,) = resource(SITE, "GitLabProvider")["ClientIdList"]
    assert audience == {"Ref": "GitLabUrl"}


@pytest.mark.parametrize(
    ("output", "variable"),
    [
        ("SiteBucket", "SITE_BUCKET"),
        ("SiteDistributionId", "SITE_DISTRIBUTION_ID"),
        ("SiteUrl", "SITE_URL"),
        ("AwsRoleArn", "AWS_ROLE_ARN"),
        ("AwsPreviewRoleArn", "AWS_PREVIEW_ROLE_ARN"),
    ],
)
def test_outputs_are_named_after_the_variables_that_they_fill(output: str, variable: str) -> None:
    """So that nobody has to look up which goes where."""
    assert re.sub(r"(?<!^)(?=[A-Z])", "_", output).upper() == variable
    assert variable in template(SITE)["Outputs"][output]["Description"]


def test_every_choice_has_two_sides_that_were_meant() -> None:
    """Each condition is used, and each use names one that is there."""
    used = set(re.findall(r"'Fn::If': \['(\w+)'", str(template(SITE)))) | {
        one["Condition"] for one in resources(SITE).values() if "Condition" in one
    }
    assert used == set(template(SITE)["Conditions"])
    assert list(branches({"Fn::If": ["X", 1, NOTHING]})) == [1]
