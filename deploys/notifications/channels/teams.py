"""A message to Microsoft Teams by a Workflow ("When a Teams webhook request is received"), as an Adaptive Card.

https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook and
https://adaptivecards.io/explorer/ name the structure. Version 1.4 is what Teams shows everywhere, phones included.
"""

from __future__ import annotations

import json
import re
from typing import Any

from deploys.notifications.channels.errors import Answer
from deploys.notifications.channels.posting import post
from deploys.notifications.messages import Line, Message

COLOURS = {"ok": "good", "bad": "attention", "warn": "warning"}
MARKS = {"ok": "✓", "bad": "✗", "warn": "!"}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~>-])")


def send(message: Message, *, url: str) -> Answer:
    """Post the message; a Workflow answers 202. Raises NotDelivered."""
    return post(url, json.dumps(payload(message), ensure_ascii=False).encode())


def payload(message: Message) -> dict[str, Any]:
    """The body that the Workflow's card action takes."""
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card(message),
    }
    return {"type": "message", "attachments": [attachment]}


def card(message: Message) -> dict[str, Any]:
    """The card: badge and place, headline, sentences, a button."""
    words = message.words
    badge = f"{MARKS.get(words.tone, '')} {words.word}".strip()
    body = [
        _block(f"{badge} · {message.place}" if message.place else badge, color=COLOURS.get(words.tone, "default")),
        _block(words.headline, size="large", weight="bolder"),
        *(_block(sentence) for sentence in words.text),
        *(_block(f"• {sentence}") for sentence in words.todo),
        *(_block(_line(line)) for line in message.lines),
        *([_block(f"… and {message.more} more.")] if message.more else []),
        _block(message.why, isSubtle=True, size="small"),
    ]
    found: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": message.subject,
        "body": body,
        "msteams": {"width": "Full"},
    }
    if message.url:
        found["actions"] = [{"type": "Action.OpenUrl", "title": message.link, "url": message.url}]
    return found


def escaped(text: str) -> str:
    """Text that Teams shows as it is: its text blocks read Markdown."""
    return _MARKDOWN.sub(r"\\\1", text)


def _line(line: Line) -> str:
    return f"{line.at} · {line.place} · {line.words.word}: {line.words.headline}"


def _block(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": escaped(text), "wrap": True, **style}
