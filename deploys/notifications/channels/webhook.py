"""A signed webhook after Standard Webhooks 1.0 (https://www.standardwebhooks.com): JSON, an id, a time, a signature."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from secrets import token_bytes

from deploys.notifications.channels.errors import Answer, Refused
from deploys.notifications.channels.posting import post
from deploys.notifications.messages import Message

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)  # what the specification allows


def new_secret() -> str:
    """Make a secret of 32 random bytes, as the specification writes them."""
    return PREFIX + base64.b64encode(token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """The bytes of a secret. Raises ValueError when it is none of 24 to 64 bytes in base64."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("The secret is no base64.") from error
    if len(key) not in KEY_BYTES:
        raise ValueError("The secret must have 24 to 64 bytes.")
    return key


def sign(secret: str, *, message_id: str, seconds: int, body: bytes) -> str:
    """The value of `webhook-signature`: HMAC-SHA256 over id, time and body."""
    signed = b".".join((message_id.encode(), str(seconds).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key_of(secret), signed, "sha256")).decode()


def send(message: Message, *, url: str, secrets: Sequence[str], moment: datetime) -> Answer:
    """Post the event. The id is the same in every try, so that the receiver can tell a repeat. Raises NotDelivered.

    `secrets`: each signs, so that receivers can change over from one to the next at a time of their own.
    """
    body = json.dumps(message.events[0], ensure_ascii=False, separators=(",", ":")).encode()
    seconds, message_id = int(moment.timestamp()), f"msg_{message.id.hex}"
    try:
        signatures = [sign(one, message_id=message_id, seconds=seconds, body=body) for one in secrets]
    except ValueError as error:
        raise Refused("This place has no usable secret to sign with: have a new one made.") from error
    headers = {"webhook-id": message_id, "webhook-timestamp": str(seconds), "webhook-signature": " ".join(signatures)}
    return post(url, body, headers, keeps_trying=True)
