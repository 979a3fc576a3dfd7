"""Our signatures are those of botocore, which AWS itself writes."""

from __future__ import annotations

import datetime
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from publisher.errors import Refused
from publisher.options import Options
from publisher.s3_connection import Place, connect
from publisher.signing import Keys, signed

AT = 1_700_000_000
HOST = "site.s3.eu-central-1.amazonaws.com"
REQUESTS: tuple[tuple[str, str, str, dict[str, str], bytes], ...] = (
    ("GET", "/.releases/current.json", "", {}, b""),
    ("GET", "/", "encoding-type=url&list-type=2&prefix=a%2Fb%20%2B%C3%A9", {}, b""),
    ("POST", "/", "delete=", {"Content-MD5": "eTg==", "Content-Type": "application/xml"}, b"<Delete/>"),
    ("PUT", "/about%20us/caf%C3%A9%2B1.html", "", {"Content-Type": "text/html;  charset=utf-8"}, b"<p>"),
    ("PUT", "/bucket/~a_b-c.d", "", {"x-amz-meta-sha256": "00", "Cache-Control": "public, max-age=0"}, b"x" * 9000),
    ("PUT", "/a", "", {"If-None-Match": "*", "x-amz-copy-source": "/site/b%20c"}, b""),
)


@pytest.mark.parametrize("token", ["", "a/long+token=="])
@pytest.mark.parametrize("request_", REQUESTS, ids=lambda one: f"{one[0]} {one[1]}")
def test_the_signature_is_that_of_botocore(
    request_: tuple[str, str, str, dict[str, str], bytes], token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For reading, listing, deleting, writing and copying; with the keys of a user and of a role."""
    method, path, query, headers, body = request_
    digest = hashlib.sha256(body).hexdigest()
    keys = Keys("AKIAEXAMPLE", "a/secret+key", token)
    ours = signed(method, path, query, headers, host=HOST, sha256=digest, keys=keys, region="eu-central-1", at=AT)

    class Theirs(S3SigV4Auth):  # type: ignore[misc]  # botocore has no types
        def payload(self, request: Any) -> str:
            return digest

    moment = datetime.datetime.fromtimestamp(AT, datetime.UTC).replace(tzinfo=None)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda remove_tzinfo=True: moment)
    url = f"https://{HOST}{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method=method, url=url, headers=dict(headers))
    Theirs(Credentials(keys.access, keys.secret, token or None), "s3", "eu-central-1").add_auth(request)
    assert ours["Authorization"] == request.headers["Authorization"]


def test_a_day_has_a_key_of_its_own() -> None:
    """A publish that goes over midnight signs with the new day."""
    keys = Keys("AKIAEXAMPLE", "secret")
    first, second = (
        signed("GET", "/", "", {}, host=HOST, sha256="0", keys=keys, region="eu-central-1", at=at)["Authorization"]
        for at in (AT, AT + 86400)
    )
    assert first.rpartition("=")[2] != second.rpartition("=")[2]
    assert "/20231115/" in second


def test_keys_of_the_environment_need_no_botocore() -> None:
    """The start of a small publish would take twice as long."""
    script = (
        "import sys; from publisher.targets import opened; from publisher.options import Options\n"
        "with opened('s3://site', Options(endpoint='http://127.0.0.1:9')): pass\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('boto3', 'botocore', 'urllib3', 'ssl')])"
    )
    environment = {**os.environ, "AWS_REGION": "us-east-1"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_keys_of_a_profile_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else AWS tools look at is looked at too, by botocore."""
    profiles = tmp_path / "credentials"
    profiles.write_text("[site]\naws_access_key_id = AKIAOFAPROFILE\naws_secret_access_key = s\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(profiles))
    monkeypatch.setenv("AWS_PROFILE", "site")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    wire, _ = connect(Place.parse("s3://site"), Options())
    assert wire.base == "https://site.s3.eu-west-1.amazonaws.com"


@pytest.mark.parametrize("file", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
@pytest.mark.parametrize("default", ["", "eu-north-1"])
@pytest.mark.parametrize("other", ["", "us-west-2"])
@pytest.mark.parametrize("profile", ["", "eu-west-1"])
def test_the_region_is_the_one_that_boto3_takes(
    profile: str, other: str, default: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS_DEFAULT_REGION, then the profile's. boto3 knows no AWS_REGION: it counts where boto3 would have none."""
    if profile:
        (tmp_path / "profiles").write_text(f"[default]\nregion = {profile}\n")
        monkeypatch.setenv(file, str(tmp_path / "profiles"))
    for name, value in (("AWS_REGION", other), ("AWS_DEFAULT_REGION", default)):
        if value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name, raising=False)
    expected = boto3.session.Session().region_name or other or "us-east-1"
    wire, _ = connect(Place.parse("s3://site"), Options())
    assert wire.base == f"https://site.s3.{expected}.amazonaws.com"


@pytest.mark.parametrize("endpoint", ["localhost:9000", "ftp://host"])
def test_an_endpoint_is_an_address(endpoint: str) -> None:
    """Without http or https nobody knows how to ask."""
    with pytest.raises(Refused, match="http:// or https://"):
        connect(Place.parse("s3://site"), Options(endpoint=endpoint))


def test_the_clock_is_only_asked_when_it_is_not_given() -> None:
    """Without a time the signature is of now."""
    keys = Keys("AKIAEXAMPLE", "secret")
    stamp = signed("GET", "/", "", {}, host=HOST, sha256="0", keys=keys, region="r")["X-Amz-Date"]
    assert stamp[:4] == time.strftime("%Y", time.gmtime())
