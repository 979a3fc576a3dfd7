"""Hooks from GitLab: checked, remembered once, answered at once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from django.test import Client

from deploys.lifecycle import State
from deploys.models import GitLabProject, HookDelivery
from tests import scenes

pytestmark = pytest.mark.django_db

BODY = {"object_kind": "pipeline", "object_attributes": {"id": 42, "status": "running"}, "project": {"id": 1}}


def deliver(project: GitLabProject, body: Any = BODY, **headers: str) -> Any:
    """Send a delivery as GitLab does."""
    given = {"X-Gitlab-Event": "Pipeline Hook", "X-Gitlab-Token": "hook-secret", "Idempotency-Key": "k1"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    address = f"/hooks/gitlab/{project.hook_key}/"
    return Client(enforce_csrf_checks=True).post(address, data, content_type="application/json", headers=given)


def test_a_good_delivery_wakes_the_observer(told: list[tuple[str, int]]) -> None:
    """202 at once, the time is noted, GitLab is asked by the worker."""
    project = scenes.make_project()
    assert deliver(project).status_code == 202
    assert told == [("builds.tasks.observe_project", project.pk)]
    project.refresh_from_db()
    assert project.hook_heard_at is not None


def test_the_same_delivery_twice_does_nothing_more(told: list[tuple[str, int]]) -> None:
    """The second one is answered kindly and forgotten."""
    project = scenes.make_project()
    assert [deliver(project).status_code for _ in range(2)] == [202, 202]
    assert len(told) == 1
    assert HookDelivery.objects.count() == 1


@pytest.mark.parametrize("token", ["", "wrong", "hook-secret "])
def test_a_wrong_token_is_refused(told: list[tuple[str, int]], token: str) -> None:
    """401, and nothing is remembered."""
    assert deliver(scenes.make_project(), X_Gitlab_Token=token).status_code == 401
    assert (told, HookDelivery.objects.count()) == ([], 0)


def test_a_project_without_any_hook_secret_takes_no_hooks(told: list[tuple[str, int]]) -> None:
    """An unset secret is not a secret that everybody knows."""
    assert deliver(scenes.make_project(hook_token=""), X_Gitlab_Token="").status_code == 401


def test_a_signature_is_checked(told: list[tuple[str, int]]) -> None:
    """Standard Webhooks: the right key passes, a changed body does not."""
    secret = base64.b64encode(b"k" * 32).decode()
    project = scenes.make_project(hook_token="", hook_signing_token=f"whsec_{secret}")
    body, stamp = json.dumps(BODY).encode(), str(int(time.time()))
    mac = hmac.new(b"k" * 32, b"id1." + stamp.encode() + b"." + body, hashlib.sha256).digest()
    signed = {
        "webhook_id": "id1",
        "webhook_timestamp": stamp,
        "webhook_signature": "v1," + base64.b64encode(mac).decode(),
        "X_Gitlab_Token": "",
    }
    assert deliver(project, body, **signed).status_code == 202
    assert deliver(project, body + b" ", **signed).status_code == 401


def test_an_unknown_address_is_not_found() -> None:
    """The key in the address is the first lock."""
    assert Client().post("/hooks/gitlab/nope/").status_code == 404


def test_a_body_that_is_not_json_is_said_to_be() -> None:
    """400 names the fault."""
    assert deliver(scenes.make_project(), b"not json").status_code == 400


def test_kinds_that_we_do_not_use_are_taken_kindly(told: list[tuple[str, int]]) -> None:
    """GitLab switches hooks off that answer with errors."""
    body = {"object_kind": "push"}
    assert deliver(scenes.make_project(), body, X_Gitlab_Event="Push Hook").status_code == 202
    assert told == []


@pytest.mark.parametrize("where", ["name", "variables"])
def test_a_hook_before_our_own_answer_is_a_hint(told: list[tuple[str, int]], where: str) -> None:
    """The pipeline's name or variables carry our id: the look-up will go straight to it."""
    build = scenes.make_build(state=State.STARTING)
    facts: dict[str, Any] = {"id": 42, "status": "created"}
    if where == "name":
        facts["name"] = build.pipeline_name
    else:
        facts["variables"] = [{"key": "BUILDHUB_BUILD", "value": str(build.key)}]
    deliver(build.environment.gitlab_project, {"object_kind": "pipeline", "object_attributes": facts})
    build.refresh_from_db()
    assert build.pipeline_hint == 42


def test_a_hint_settles_a_build_of_unknown_fate(told: list[tuple[str, int]]) -> None:
    """The worker looks again at once."""
    build = scenes.make_build(state=State.UNKNOWN)
    facts = {"id": 42, "status": "running", "name": build.pipeline_name}
    deliver(build.environment.gitlab_project, {"object_kind": "pipeline", "object_attributes": facts})
    assert ("builds.tasks.settle_build", build.pk) in told
