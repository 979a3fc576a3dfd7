"""The demonstration's mailbox: mails that Buildhub wrote into a folder, and posts to its Slack, Teams and webhook."""

from __future__ import annotations

import email
import email.policy
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

KINDS = {"email": "Email", "slack": "Slack", "teams": "Microsoft Teams", "webhook": "Webhook"}
MOST_KEPT = 500
_SHOWN_HEADERS = ("content-type", "user-agent", "webhook-id", "webhook-timestamp", "webhook-signature")
_ID = re.compile(r"[A-Za-z0-9.-]{1,80}")


@dataclass(frozen=True, kw_only=True)
class Received:
    """One message. `text` is what people read, `html` the second form of a mail, `source` what came for machines."""

    id: str
    kind: str
    at: datetime
    to: str
    subject: str
    text: str
    html: str = ""
    source: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def kind_name(self) -> str:
        return KINDS[self.kind]


class Mailbox:
    """A folder with the mails, one file each as Django's file backend writes them, and one with the posts."""

    def __init__(self, folder: Path) -> None:
        self.mails, self.posts = folder / "mail", folder / "posts"
        for place in (self.mails, self.posts):
            place.mkdir(parents=True, exist_ok=True)

    def take(self, kind: str, headers: Mapping[str, str], body: bytes) -> None:
        """Keep a post; the oldest go when there are too many."""
        at = datetime.now(UTC)
        kept = {name: value for name, value in ((n.lower(), v) for n, v in headers.items()) if name in _SHOWN_HEADERS}
        post = {"kind": kind, "at": at.isoformat(), "headers": kept, "body": body.decode("utf-8", "replace")}
        file = self.posts / f"{at:%Y%m%d-%H%M%S-%f}-{uuid.uuid4().hex[:6]}.json"
        file.write_text(json.dumps(post, ensure_ascii=False), encoding="utf-8")
        for old in sorted(self.posts.glob("*.json"))[:-MOST_KEPT]:
            old.unlink(missing_ok=True)

    def messages(self) -> list[Received]:
        """Everything that came, newest first."""
        found = [_mail(file) for file in self.mails.glob("*.log")] + [_post(file) for file in self.posts.glob("*.json")]
        return sorted((one for one in found if one), key=lambda one: (one.at, one.id), reverse=True)

    def message(self, name: str) -> Received | None:
        """The message with this id; None when there is none."""
        if not _ID.fullmatch(name):
            return None
        mail, post = self.mails / f"{name}.log", self.posts / f"{name}.json"
        return _mail(mail) if mail.is_file() else _post(post) if post.is_file() else None

    def empty(self) -> None:
        """Throw everything away."""
        for file in [*self.mails.glob("*.log"), *self.posts.glob("*.json")]:
            file.unlink(missing_ok=True)


def _mail(file: Path) -> Received | None:
    raw = file.read_bytes().rstrip().removesuffix(b"-" * 79)
    if not raw:
        return None  # just being written
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    names = ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe")
    return Received(
        id=file.stem,
        kind="email",
        at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
        to=str(mail["To"] or ""),
        subject=str(mail["Subject"] or ""),
        text=_part(mail, "plain"),
        html=_part(mail, "html"),
        headers=[(name, str(mail[name])) for name in names if mail[name]],
    )


def _part(mail: Any, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,)) if isinstance(mail, EmailMessage) else None
    return str(part.get_content()) if part is not None else ""


def _post(file: Path) -> Received | None:
    try:
        post = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return None
    body = _parsed(post["body"])
    return Received(
        id=file.stem,
        kind=post["kind"],
        at=datetime.fromisoformat(post["at"]),
        to=KINDS[post["kind"]],
        subject=_subject(post["kind"], body),
        text="\n".join(_lines(post["kind"], body)),
        source=json.dumps(body, ensure_ascii=False, indent=2) if body else post["body"],
        headers=list(post["headers"].items()),
    )


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _subject(kind: str, body: dict[str, Any]) -> str:
    if kind == "slack":
        return str(body.get("text", ""))
    if kind == "teams":
        return str(_card(body).get("fallbackText", ""))
    return f"{body.get('type', '')} · {_data(body).get('headline', '')}"


def _lines(kind: str, body: dict[str, Any]) -> list[str]:
    """The texts of a message, in the order in which people read them."""
    if kind == "slack":
        return _texts(body.get("blocks", []))
    if kind == "teams":
        return [re.sub(r"\\(.)", r"\1", text) for text in _texts(_card(body).get("body", []))]
    text = _data(body).get("text", [])
    return [str(line) for line in text] if isinstance(text, list) else []


def _data(body: dict[str, Any]) -> dict[str, Any]:
    found = body.get("data")
    return found if isinstance(found, dict) else {}


def _card(body: dict[str, Any]) -> dict[str, Any]:
    attachments = body.get("attachments")
    first = attachments[0] if isinstance(attachments, list) and attachments else None
    found = first.get("content") if isinstance(first, dict) else None
    return found if isinstance(found, dict) else {}


def _texts(part: object) -> list[str]:
    """Every text below a list of blocks."""
    if isinstance(part, list):
        return [text for each in part for text in _texts(each)]
    if isinstance(part, dict):
        own = part.get("text")
        if isinstance(own, str):
            return [own]
        return [text for each in part.values() for text in _texts(each)]
    return []
