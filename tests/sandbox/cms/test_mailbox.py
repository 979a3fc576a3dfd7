"""The mailbox: every mail and post of the demonstration can be read there, and none of them does any harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

MAIL = b"""Content-Type: multipart/alternative; boundary="b"
MIME-Version: 1.0
Subject: =?utf-8?q?Failed_=C2=B7_Harbour_Museum?=
From: Buildhub <buildhub@localhost>
To: editor@demo.example
Message-ID: <1@localhost>

--b
Content-Type: text/plain; charset="utf-8"

The site could not be built

--b
Content-Type: text/html; charset="utf-8"

<html><head></head><body><h1>The site could not be built</h1><script>alert(1)</script></body></html>

--b--

"""


@pytest.fixture
def mail(client: FlaskClient, tmp_path: Path) -> str:
    """A mail as Django's file backend writes it; its id."""
    (tmp_path / "mailbox" / "mail" / "20261112-110000-1.log").write_bytes(MAIL + b"-" * 79 + b"\n")
    return "20261112-110000-1"


def test_an_empty_mailbox_says_how_to_fill_it(client: FlaskClient) -> None:
    """It is reached from every page."""
    assert "/mailbox/" in client.get("/").text
    assert "Nothing here yet" in client.get("/mailbox/").text


def test_a_mail_is_listed_and_shown_in_both_forms(client: FlaskClient, mail: str) -> None:
    """Its HTML in a frame in which no script runs."""
    page = client.get("/mailbox/").text
    assert "Failed · Harbour Museum" in page
    assert "editor@demo.example" in page
    shown = client.get(f"/mailbox/messages/{mail}")
    assert "The site could not be built" in shown.text
    assert "Message-ID: &lt;1@localhost&gt;" in shown.text
    assert "-----" not in shown.text
    assert "<script" not in shown.text
    framed = client.get(f"/mailbox/messages/{mail}/html")
    assert "sandbox" in framed.headers["Content-Security-Policy"]
    assert "script-src" not in framed.headers["Content-Security-Policy"]
    assert "<h1>The site could not be built</h1>" in framed.text


@pytest.mark.parametrize(
    ("kind", "body", "status", "words"),
    [
        (
            "slack",
            {"text": "Failed · Museum", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Why"}}]},
            200,
            "Why",
        ),
        (
            "teams",
            {
                "type": "message",
                "attachments": [{"content": {"fallbackText": "Failed", "body": [{"text": "Harbour \\#1"}]}}],
            },
            202,
            "Harbour #1",
        ),
        ("webhook", {"type": "publish.failed", "data": {"headline": "It failed", "text": ["Why"]}}, 200, "It failed"),
    ],
)
def test_a_post_is_taken_as_the_service_would_and_shown(
    client: FlaskClient, kind: str, body: dict[str, object], status: int, words: str
) -> None:
    """With what people read, the JSON and the signature."""
    sent = client.post(f"/mailbox/hooks/{kind}", json=body, headers={"webhook-signature": "v1,abc"})
    assert sent.status_code == status
    page = client.get(f"/mailbox/?show={kind}").text
    name = page.split("/mailbox/messages/")[1].split('"')[0]
    shown = client.get(f"/mailbox/messages/{name}").text
    assert words in shown
    assert "webhook-signature: v1,abc" in shown
    assert "Nothing here yet" in client.get("/mailbox/?show=email").text


def test_odd_posts_and_addresses_break_nothing(client: FlaskClient) -> None:
    """No JSON, other JSON, a path out of the folder, a kind that is none."""
    for body in (b"no json", b"[1]", b'{"attachments": [], "data": 1, "blocks": 2}', b"\xff"):
        for kind in ("slack", "teams", "webhook"):
            assert client.post(f"/mailbox/hooks/{kind}", data=body).status_code in {200, 202}
    assert client.get("/mailbox/").status_code == 200
    assert client.post("/mailbox/hooks/email").status_code == 404
    assert client.get("/mailbox/messages/..%2f..%2fcms.sqlite3").status_code == 404
    assert client.get("/mailbox/messages/none").status_code == 404


def test_it_can_be_emptied(client: FlaskClient, mail: str, tmp_path: Path) -> None:
    """All of it; a new message comes in as before."""
    client.post("/mailbox/hooks/webhook", data=json.dumps({"type": "test"}))
    assert client.post("/mailbox/empty").status_code == 303
    assert "Nothing here yet" in client.get("/mailbox/").text
    assert list(tmp_path.glob("mailbox/*/*")) == []
