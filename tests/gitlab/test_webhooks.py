"""A delivery must prove that it knows our secret, and is then read tolerantly."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploys.gitlab.webhooks import Hook, HookMalformed, HookRejected, parse, verify

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
TOKEN = "a-shared-secret"
KEY = bytes(range(32))
SIGNING_TOKEN = "whsec_" + base64.b64encode(KEY).decode()
BODY = b'{"object_kind": "pipeline"}'
PIPELINE = {
    "object_kind": "pipeline",
    "object_attributes": {
        "id": 31,
        "name": "Publish 7f3a",
        "ref": "main",
        "source": "trigger",
        "status": "success",
        "detailed_status": "passed",
        "created_at": "2016-08-12 15:23:28 UTC",
        "finished_at": "2016-08-12T15:26:29Z",
        "variables": [{"key": "REQUEST_ID", "value": "7f3a"}, {"key": "N", "value": 5}, "odd"],
    },
    "project": {"id": 1},
}


def signed(
    *, body: bytes = BODY, at: datetime = NOW, key: bytes = KEY, others: str = "", identity: str = "msg-1"
) -> dict[str, str]:
    """Give the headers that GitLab would send with a body."""
    stamp = str(int(at.timestamp()))
    digest = hmac.new(key, f"{identity}.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"{others} v1,{base64.b64encode(digest).decode()}".strip()
    return {"Webhook-Id": identity, "Webhook-Timestamp": stamp, "Webhook-Signature": signature}


def reason(headers: dict[str, str], *, body: bytes = BODY, token: str = TOKEN, signing_token: str = "") -> str:
    """Give the reason for which a delivery is rejected."""
    with pytest.raises(HookRejected) as caught:
        verify(headers=headers, body=body, token=token, signing_token=signing_token, now=NOW)
    assert TOKEN not in str(caught.value)
    return caught.value.reason


def accept(headers: dict[str, str], *, token: str = TOKEN, signing_token: str = "") -> None:
    """Raise unless a delivery is accepted."""
    verify(headers=headers, body=BODY, token=token, signing_token=signing_token, now=NOW)


def test_the_shared_token_opens_in_any_case_of_the_header() -> None:
    """Header names have no case."""
    accept({"X-Gitlab-Token": TOKEN})
    accept({"x-gitlab-token": TOKEN})


@pytest.mark.parametrize("given_token", ["", "wrong", TOKEN + "x", TOKEN[:-1], "ä", "\ud800"])
def test_a_wrong_token_is_rejected(given_token: str) -> None:
    """Near is not enough, and odd letters do not crash the comparison."""
    assert reason({"X-Gitlab-Token": given_token}) == "wrong_token"


def test_a_delivery_without_a_token_is_rejected() -> None:
    """A bare POST from the internet has no effect."""
    assert reason({}) == "no_token"


def test_without_any_secret_of_ours_nothing_is_accepted() -> None:
    """An empty secret is no open door."""
    assert reason({"X-Gitlab-Token": ""}, token="") == "no_secret_configured"
    assert reason(signed(), token="") == "no_secret_configured"


def test_a_right_signature_opens() -> None:
    """A signed delivery needs no token beside it."""
    accept(signed(), signing_token=SIGNING_TOKEN)
    accept(signed(), token="", signing_token=SIGNING_TOKEN)


def test_one_right_signature_among_several_is_enough() -> None:
    """While a key is changed, GitLab may sign with the old and the new one."""
    old = signed(key=b"old" * 8)["Webhook-Signature"]
    accept(signed(others=f"v1a,AAAA {old}"), signing_token=SIGNING_TOKEN)


@pytest.mark.parametrize(
    "headers",
    [
        signed(key=b"other" * 8),
        signed(body=b"{}"),
        signed() | {"Webhook-Id": "msg-2"},
        signed() | {"Webhook-Signature": ""},
        signed() | {"Webhook-Signature": "v1"},
        signed() | {"Webhook-Signature": "v1,"},
        signed() | {"Webhook-Signature": signed()["Webhook-Signature"].replace("v1,", "v2,")},
    ],
)
def test_a_wrong_signature_is_rejected_even_with_the_right_token(headers: dict[str, str]) -> None:
    """What is signed must be rightly signed; the token does not make up for it."""
    assert reason(headers | {"X-Gitlab-Token": TOKEN}, signing_token=SIGNING_TOKEN) == "wrong_signature"


def test_an_old_or_future_delivery_is_rejected() -> None:
    """A recorded delivery cannot be played again later; five minutes either way are allowed."""
    minutes = timedelta(minutes=1)
    accept(signed(at=NOW - 5 * minutes), signing_token=SIGNING_TOKEN)
    accept(signed(at=NOW + 5 * minutes), signing_token=SIGNING_TOKEN)
    for at in (NOW - 6 * minutes, NOW + 6 * minutes):
        assert reason(signed(at=at), signing_token=SIGNING_TOKEN) == "timestamp_too_far_off"


@pytest.mark.parametrize("stamp", ["soon", "-1", "1e9", "٣", "9" * 5000])
def test_an_unreadable_time_is_rejected(stamp: str) -> None:
    """Only plain seconds are a time."""
    headers = signed() | {"Webhook-Timestamp": stamp}
    assert reason(headers, signing_token=SIGNING_TOKEN) == "timestamp_unreadable"


@pytest.mark.parametrize("name", ["Webhook-Id", "Webhook-Timestamp"])
def test_a_signature_without_its_companions_is_rejected(name: str) -> None:
    """Without id and time a signature says nothing."""
    headers = {key: value for key, value in signed().items() if key != name}
    assert reason(headers, signing_token=SIGNING_TOKEN) == "signature_incomplete"


@pytest.mark.parametrize("key", ["whsec_", "whsec_%%%", "not base64!", "ä"])
def test_an_unreadable_signing_key_accepts_nothing(key: str) -> None:
    """A mistyped key is a rejection with a reason and no crash."""
    assert reason(signed(), signing_token=key) == "signing_token_unreadable"


def test_an_unsigned_delivery_may_show_the_token_if_one_is_set() -> None:
    """GitLab servers that cannot sign yet still get in by the token; without a token they do not."""
    accept({"X-Gitlab-Token": TOKEN}, signing_token=SIGNING_TOKEN)
    assert reason({"X-Gitlab-Token": "wrong"}, signing_token=SIGNING_TOKEN) == "wrong_token"
    assert reason({"X-Gitlab-Token": TOKEN}, token="", signing_token=SIGNING_TOKEN) == "not_signed"


def test_a_signature_that_we_cannot_check_is_ignored_beside_the_token() -> None:
    """With only the token set here, a signing GitLab gets in by its token."""
    accept(signed() | {"X-Gitlab-Token": TOKEN})
    assert reason(signed()) == "no_token"


def read(data: object, **headers: str) -> Hook:
    return parse(
        headers={key.replace("_", "-"): value for key, value in headers.items()},
        body=json.dumps(data).encode(),
    )


def test_a_pipeline_hook_is_read() -> None:
    """Which pipeline, whose, how it stands, and the variables that are text."""
    hook = read(PIPELINE, Idempotency_Key="k-1", X_Gitlab_Event_UUID="e-1")
    assert (hook.kind, hook.delivery_key, hook.event_uuid) == ("pipeline", "k-1", "e-1")
    assert (hook.project_id, hook.pipeline_id, hook.status) == (1, 31, "success")
    assert (hook.name, hook.source, hook.ref) == ("Publish 7f3a", "trigger", "main")
    assert hook.variables == {"REQUEST_ID": "7f3a"}
    assert hook.created_at == datetime(2016, 8, 12, 15, 23, 28, tzinfo=UTC)
    assert hook.finished_at == datetime(2016, 8, 12, 15, 26, 29, tzinfo=UTC)


def test_a_job_hook_leads_to_its_pipeline() -> None:
    """In a job hook the commit's id is the pipeline's; the status is the job's."""
    hook = read(
        {
            "object_kind": "build",
            "build_id": 1977,
            "build_status": "failed",
            "build_created_at": "2021-02-23 02:41:37 UTC",
            "commit": {"id": 2366, "name": "P"},
            "project_id": 380,
        }
    )
    assert (hook.kind, hook.pipeline_id, hook.job_id, hook.status) == ("job", 2366, 1977, "failed")
    assert (hook.project_id, hook.name) == (380, "P")
    assert hook.created_at == datetime(2021, 2, 23, 2, 41, 37, tzinfo=UTC)


def test_a_deployment_hook_is_read() -> None:
    """A deployment names its job and no pipeline; its times have an offset."""
    hook = read(
        {
            "object_kind": "deployment",
            "status": "success",
            "deployable_id": 796,
            "project": {"id": 30},
            "status_changed_at": "2021-04-28 21:50:00 +0200",
        }
    )
    assert (hook.kind, hook.pipeline_id, hook.job_id, hook.project_id) == ("deployment", None, 796, 30)
    assert hook.created_at == datetime(2021, 4, 28, 19, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    "data",
    [
        {"object_kind": "push", "project_id": 7},
        {"text": "a template of somebody's own"},
        {"object_kind": "pipeline"},
        {"object_kind": "pipeline", "object_attributes": {"id": "31"}},
        {"object_kind": "build"},
        {"object_kind": ["pipeline"]},
        ["a", "list"],
        None,
        "text",
    ],
)
def test_anything_else_is_other(data: object) -> None:
    """Events that we do not know and bodies made by a template are accepted and mean nothing."""
    hook = read(data)
    assert (hook.kind, hook.pipeline_id, hook.variables) == ("other", None, {})


def test_the_delivery_key_falls_back_to_the_signed_id_and_then_to_the_body() -> None:
    """Older servers send no Idempotency-Key; equal bodies are then one delivery."""
    assert read(PIPELINE, Webhook_Id="msg-1").delivery_key == "msg-1"
    assert read(PIPELINE).delivery_key == read(PIPELINE).delivery_key
    assert read(PIPELINE).delivery_key != read(PIPELINE | {"x": 1}).delivery_key


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 60_000, b"a=1&b=2"])
def test_a_body_that_is_not_json_is_malformed(body: bytes) -> None:
    """What cannot be read is refused as malformed."""
    with pytest.raises(HookMalformed):
        parse(headers={}, body=body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {"object_kind": st.sampled_from(["pipeline", "build", "deployment"]) | JSON},
        optional={
            "object_attributes": st.fixed_dictionaries({"id": JSON, "variables": JSON, "created_at": JSON}) | JSON,
            "commit": st.fixed_dictionaries({"id": JSON}) | JSON,
            "project": JSON,
            "project_id": JSON,
            "pipeline_id": JSON,
        },
    )
    | JSON
)
def test_any_json_is_read(data: object) -> None:
    """Whatever JSON arrives, reading it gives a hook."""
    hook = read(data)
    assert hook.kind in ("pipeline", "job", "deployment", "other")
    assert all(isinstance(value, str) for value in hook.variables.values())
