"""What Slack and Teams get: in the structure that they document, and with nothing in it that they would act on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from deploys.models import Channel, ChannelKind, Delivery, DeliveryStage, Environment, Kind, Topic
from deploys.notifications import steps
from deploys.notifications.channels import slack, teams
from deploys.outbox import tell
from tests.notifications.receivers import Receiver
from tests.notifications.scenes import fail, mei, museum, running

pytestmark = pytest.mark.django_db
# https://adaptivecards.io/explorer/: what the elements that we use may hold, in version 1.4.
TEXT_BLOCK = {"type", "text", "wrap", "color", "size", "weight", "isSubtle"}
COLOURS = {"default", "good", "attention", "warning"}
HOSTILE = "<!channel> & <https://evil.example|you> *b* [x](https://evil.example)"


@pytest.fixture
def environment() -> Environment:
    """A live site."""
    return museum()


def sent(environment: Environment, receiver: Receiver, kind: ChannelKind) -> Any:
    """What a place of this kind gets when a publish is held back."""
    Channel.objects.create(environment=environment, kind=kind, address=receiver.url, topics=[Topic.ALL])
    fail(running(environment, mei(environment, first_name="<b>Mei</b>")), "held_back", count=12, pages_there=40)
    steps.tell_people()
    return json.loads(receiver.posts[-1].body)


def test_slack_gets_blocks_that_its_own_library_takes(environment: Environment, receiver: Receiver) -> None:
    """Header, sentences, a button to the build, and why; each within Slack's limits."""
    body = sent(environment, receiver, ChannelKind.SLACK)
    blocks = Block.parse_all(body["blocks"])
    for block in blocks:
        block.validate_json()
    assert [block.type for block in blocks] == ["header", "section", "actions", "context"]
    assert body["blocks"][0]["text"]["text"] == "Held back · Held back: 12 of 40 pages would vanish".join(["! ", ""])
    assert "&lt;b&gt;Mei&lt;/b&gt; Okafor asked for build" in body["blocks"][1]["text"]["text"]
    assert body["blocks"][2]["elements"][0]["url"].startswith("https://publish.example.com/sites/")
    assert body["text"] == "Held back · Harbour Museum: Held back: 12 of 40 pages would vanish"


def test_teams_gets_a_card_of_the_documented_structure(environment: Environment, receiver: Receiver) -> None:
    """One attachment with an Adaptive Card 1.4: text blocks and one button."""
    body = sent(environment, receiver, ChannelKind.TEAMS)
    assert (body["type"], len(body["attachments"])) == ("message", 1)
    attachment = body["attachments"][0]
    assert set(attachment) == {"contentType", "contentUrl", "content"}
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert {"fallbackText", "body", "actions", "msteams", "$schema"} == set(card) - {"type", "version"}
    for block in card["body"]:
        assert set(block) <= TEXT_BLOCK
        assert (block["type"], block["wrap"], block.get("color", "default") in COLOURS) == ("TextBlock", True, True)
    [action] = card["actions"]
    assert (action["type"], action["title"]) == ("Action.OpenUrl", "Open the build")
    assert action["url"].startswith("https://publish.example.com/sites/")
    assert len(json.dumps(body).encode()) < 28 * 1024


def test_what_people_typed_is_shown_and_not_acted_on(environment: Environment, receiver: Receiver) -> None:
    """A reason with a mention, a link and bold in it."""
    for kind in (ChannelKind.SLACK, ChannelKind.TEAMS):
        Channel.objects.create(environment=environment, kind=kind, address=receiver.url, topics=[Topic.FREEZES])
    tell(Kind.FREEZE_BEGAN, key="f", environment=environment, facts={"reason": HOSTILE})
    steps.tell_people()
    first, second = (json.loads(post.body) for post in receiver.posts)
    to_slack, to_teams = (first, second) if "blocks" in first else (second, first)
    section = to_slack["blocks"][1]["text"]["text"]
    assert "&lt;!channel&gt; &amp; &lt;https://evil.example|you&gt;" in section
    assert "<" not in section
    words = " ".join(block["text"] for block in to_teams["attachments"][0]["content"]["body"])
    assert "[x](" not in words
    assert "\\[x\\]\\(https://evil.example\\)" in words
    assert teams.escaped("*b*") == "\\*b\\*"
    assert slack.escaped("<@U1>") == "&lt;@U1&gt;"


@pytest.mark.parametrize(
    ("kind", "status", "said", "stage"),
    [
        (ChannelKind.SLACK, 403, b"action_prohibited", DeliveryStage.FAILED),
        (ChannelKind.SLACK, 404, b"no_service", DeliveryStage.FAILED),
        (ChannelKind.SLACK, 429, b"", DeliveryStage.WAITING),
        (ChannelKind.SLACK, 500, b"rollup_error", DeliveryStage.WAITING),
        (ChannelKind.TEAMS, 202, b"", DeliveryStage.SENT),
        (ChannelKind.TEAMS, 401, b"", DeliveryStage.FAILED),
    ],
)
def test_their_refusals_are_told_apart_from_trouble_that_passes(
    environment: Environment, receiver: Receiver, kind: ChannelKind, status: int, said: bytes, stage: DeliveryStage
) -> None:
    """A wrong address is given up at once; a busy service is tried again."""
    receiver.answers = [(status, {}, said)]
    sent(environment, receiver, kind)
    found = Delivery.objects.get(channel__kind=kind)
    assert (found.stage, found.status) == (stage, status)
