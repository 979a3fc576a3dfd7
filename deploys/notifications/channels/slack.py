"""A message to Slack by an incoming webhook, in Block Kit: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks

Text is plain wherever Slack allows it; in mrkdwn the three characters that Slack names are escaped.
"""

from __future__ import annotations

import json
from typing import Any

from deploys.notifications.channels.errors import Answer
from deploys.notifications.channels.posting import post
from deploys.notifications.messages import Line, Message

MARKS = {"ok": "✓", "bad": "✗", "warn": "!"}
MOST_HEADER, MOST_SECTION = 150, 3000  # characters, as Slack's reference of blocks says


def send(message: Message, *, url: str) -> Answer:
    """Post the message. Raises NotDelivered."""
    return post(url, json.dumps(payload(message), ensure_ascii=False).encode())


def payload(message: Message) -> dict[str, Any]:
    """The body: `text` for notifications and readers of the screen, blocks for the eye."""
    words = message.words
    mark = MARKS.get(words.tone, "")
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(f"{mark} {words.word} · {words.headline}".strip(), MOST_HEADER)}
    ]
    if text := _text(message):
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": _cut(text, MOST_SECTION)}})
    if message.url:
        button = {"type": "button", "text": _plain(message.link, 75), "url": message.url, "action_id": "open"}
        blocks.append({"type": "actions", "elements": [button]})
    below = " · ".join(filter(None, (message.place, message.why)))
    blocks.append({"type": "context", "elements": [_plain(below, 2000)]})
    return {"text": escaped(message.subject), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def escaped(text: str) -> str:
    """Text that Slack shows as it is: no link, no mention, no channel (docs: escaping text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(message: Message) -> str:
    if message.lines:
        more = [f"… and {message.more} more."] if message.more else []
        return "\n".join([*(_line(line) for line in message.lines), *more])
    words = message.words
    return "\n".join([*(escaped(one) for one in words.text), *(f"• {escaped(one)}" for one in words.todo)])


def _line(line: Line) -> str:
    said = escaped(f"{line.at} · {line.place} · {line.words.word}: {line.words.headline}")
    return f"• {said} <{line.url}|Open>" if line.url else f"• {said}"


def _plain(text: str, most: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": _cut(text, most), "emoji": False}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
