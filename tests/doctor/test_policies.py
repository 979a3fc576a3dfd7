"""Policies as AWS reads them: wildcards, case, denials, inverted statements."""

from __future__ import annotations

import itertools
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploys.doctor.infra.policies import Statement, allowed, grants, matches, overlap, read
from deploys.doctor.infra.rights import lacking, lists_beyond, previewing, publishing, too_much, uploading, writes_into
from tests.infra.templates import many, policies

BUCKET = "arn:aws:s3:::site"


def statements(*given_ones: dict[str, Any]) -> tuple[Statement, ...]:
    """What a document with these says; Allow where nothing else is said."""
    return read({"Statement": [{"Effect": "Allow", **one} for one in given_ones]})


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("arn:aws:s3:::site/*", "arn:aws:s3:::site/a/b", True),
        ("arn:aws:s3:::site/*", "arn:aws:s3:::site", False),
        ("arn:aws:s3:::sit?", "arn:aws:s3:::site", True),
        ("arn:aws:s3:::SITE", "arn:aws:s3:::site", False),
        ("arn:aws:s3:::a.b", "arn:aws:s3:::axb", False),
    ],
)
def test_resources_are_compared_with_wildcards_and_case(pattern: str, value: str, fits: bool) -> None:
    """A dot is a dot; a star stands for slashes too."""
    assert matches(pattern, value) is fits


def test_actions_do_not_depend_on_the_case() -> None:
    """AWS takes s3:getobject."""
    assert allowed(statements({"Action": "S3:getobject", "Resource": "*"}), "s3:GetObject", f"{BUCKET}/a")


def test_a_denial_wins_and_one_with_a_condition_may_not_hold() -> None:
    """The denial of requests without TLS denies nothing to those with it."""
    allow = {"Action": "s3:*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"}
    on_condition = deny | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    assert not allowed(statements(allow, deny), "s3:GetObject", f"{BUCKET}/a")
    assert allowed(statements(allow, on_condition), "s3:GetObject", f"{BUCKET}/a")


def test_one_statement_and_percent_encoded_text_are_documents_too() -> None:
    """IAM stores both forms."""
    text = json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
    assert [(action, thing) for action, thing, _ in grants(read(quote(text)))] == [("s3:*", "*")]


def test_what_is_not_listed_is_allowed_by_an_inverted_statement() -> None:
    """Everything but IAM is everything."""
    found = statements({"NotAction": "iam:*", "Resource": "*"})
    assert list(writes_into(found, BUCKET)) != []
    assert too_much(found, publishing(BUCKET, "arn:d")) == ["* on *"]


ALPHABET = "ab*?"


@settings(deadline=None, max_examples=60)
@given(st.text(ALPHABET, max_size=4), st.text(ALPHABET, max_size=4))
def test_two_patterns_overlap_when_some_text_fits_both(one: str, other: str) -> None:
    """Compared with trying all short texts."""
    texts = ("".join(signs) for length in range(7) for signs in itertools.product("abc", repeat=length))
    assert overlap(one, other) is any(matches(one, text) and matches(other, text) for text in texts)


@pytest.mark.parametrize(
    ("action", "resource", "writes"),
    [
        ("s3:PutObject", "arn:aws:s3:::site/*", True),
        ("s3:PutObject", "arn:aws:s3:::site/media/*", True),
        ("s3:*", "arn:aws:s3:::*", True),
        ("s3:Put*", "arn:aws:s3:::si*", True),
        ("s3:PutBucketPolicy", "arn:aws:s3:::site", True),
        ("s3:GetObject", "arn:aws:s3:::site/*", False),
        ("s3:PutObject", "arn:aws:s3:::site-uploads/*", False),
        ("s3:PutObject", "arn:aws:s3:::site-uploads*", False),
        ("s3:*", "arn:aws:s3:::*-uploads/*", True),
        ("cloudfront:*", "*", False),
    ],
)
def test_who_may_write_into_a_bucket_is_told_from_who_may_not(action: str, resource: str, writes: bool) -> None:
    """A bucket whose name begins alike is another one; a star reaches over slashes, into folders of other buckets."""
    assert bool(list(writes_into(statements({"Action": action, "Resource": resource}), BUCKET))) is writes


def test_a_listing_beyond_a_folder_is_seen() -> None:
    """Without a condition, or with one for more than the folder."""
    listing = {"Action": "s3:ListBucket", "Resource": BUCKET}
    inside = listing | {"Condition": {"StringLike": {"s3:prefix": "previews/*"}}}
    wider = listing | {"Condition": {"StringLike": {"s3:prefix": ["previews/*", "*"]}}}
    assert [lists_beyond(statements(one), BUCKET, "previews/") for one in (listing, inside, wider)] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("owner", "rights"),
    [
        ("PublishPolicy", publishing("${Bucket.Arn}", "${Distribution}", "${PromoteFromBucket}")),
        ("PreviewRole", previewing("${Bucket.Arn}")),
        ("CmsUser", uploading("${UploadsBucket.Arn}")),
    ],
)
def test_what_is_expected_is_what_the_template_gives(owner: str, rights: Any) -> None:
    """To the letter: a right that is added to infra/site.yaml is added here too."""
    (document,) = (found for key, found in policies("site.yaml") if key == owner)
    written = statements(
        *(
            {"Action": many(one["Action"]), "Resource": [_short(thing) for thing in many(one["Resource"])]}
            for one in many(document["Statement"])
        )
    )
    assert lacking(written, rights) == []
    assert too_much(written, rights) == []


def _short(thing: Any) -> str:
    """An address of the template with the name of the resource left in."""
    text = ".".join(thing["Fn::GetAtt"]) if "Fn::GetAtt" in thing else str(thing["Fn::Sub"])
    text = f"${{{text}}}" if "Fn::GetAtt" in thing else text
    for long, short in (
        ("arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/", ""),
        ("arn:${AWS::Partition}:s3:::", ""),
    ):
        text = text.replace(long, short)
    return text
