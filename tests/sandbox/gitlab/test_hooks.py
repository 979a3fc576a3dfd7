"""Webhooks, received by a real web server and judged by an outside validator."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path

import pytest
from pydantic_gitlab_webhooks.validators import validate_event_header_and_body_dict

from tests.sandbox.gitlab.conftest import Place, Receiver, until

TWO_STAGES = """
stages: [build, deploy]
workflow: {name: 'build $REQUEST'}
build: {stage: build, script: [echo x > x.txt], artifacts: {paths: [x.txt]}}
deploy: {stage: deploy, script: [exit 1], allow_failure: true, environment: production}
button: {stage: deploy, script: [echo], when: manual}
"""
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
RUNNER = {"id": 1, "description": "any", "runner_type": "instance_type", "active": True, "is_shared": True}
PARENT = {
    "project": {"id": 1, "web_url": "http://127.0.0.1/group/parent", "path_with_namespace": "group/parent"},
    "pipeline_id": 1,
    "job_id": 1,
}


def statuses(receiver: Receiver) -> list[str]:
    return [body["object_attributes"]["status"] for body in receiver.bodies("pipeline")]


def test_a_run_is_told_from_start_to_end(place: Place, receiver: Receiver) -> None:
    """The last hook says success; each body passes the validator; variables are in clear text."""
    place.add(TWO_STAGES, hook_url=receiver.url, hook_token="s3cret")
    number = place.start(REQUEST="b1")
    until(lambda: statuses(receiver), lambda seen: seen[-1:] == ["success"])
    for headers, _ in receiver.received:
        assert headers["x-gitlab-event"] in ("Pipeline Hook", "Job Hook")
    for body in receiver.bodies("pipeline"):
        validate_event_header_and_body_dict("Pipeline Hook", body)
    for body in receiver.bodies("build"):
        # GitLab names no runner for a job that nobody took yet, and a source pipeline only for a child pipeline;
        # the validator insists on both.
        shown = {"source_pipeline": PARENT, **body, "runner": body["runner"] or RUNNER}
        validate_event_header_and_body_dict("Job Hook", shown)
        assert body["commit"]["id"] == number
    last = receiver.bodies("pipeline")[-1]
    attributes = last["object_attributes"]
    assert {"key": "REQUEST", "value": "b1"} in attributes["variables"]
    assert (attributes["name"], attributes["detailed_status"]) == ("build b1", "passed with warnings")
    assert attributes["created_at"].endswith(" UTC")
    builds = {build["name"]: build for build in last["builds"]}
    assert builds["deploy"]["failure_reason"] == "script_failure"
    assert builds["deploy"]["environment"]["deployment_tier"] == "production"
    assert builds["build"]["artifacts_file"]["filename"] == "artifacts.zip"
    assert builds["button"]["manual"] is True


def test_every_delivery_has_its_headers(place: Place, receiver: Receiver) -> None:
    """The shared secret, and keys that are different for each delivery."""
    place.add(TWO_STAGES, runs_jobs=False, hook_url=receiver.url, hook_token="s3cret")
    place.start()
    until(lambda: len(receiver.received), lambda count: count >= 4)
    keys = [headers["idempotency-key"] for headers, _ in receiver.received]
    assert len(set(keys)) == len(keys)
    for headers, _ in receiver.received:
        assert headers["x-gitlab-token"] == "s3cret"
        assert headers["x-gitlab-instance"] == place.sandbox.url
        assert headers["user-agent"].startswith("GitLab/")
        assert headers["x-gitlab-event-uuid"] and headers["x-gitlab-webhook-uuid"]
        assert "webhook-signature" not in headers


def test_a_signing_token_signs(place: Place, receiver: Receiver) -> None:
    """HMAC-SHA256 over id, timestamp and raw body, as Standard Webhooks has it."""
    place.add(TWO_STAGES, runs_jobs=False, hook_url=receiver.url, hook_signing_token=SECRET)
    place.start()
    until(lambda: len(receiver.received), bool)
    headers, body = receiver.received[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(b"0123456789abcdef0123456789abcdef", signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    assert headers["webhook-id"] == headers["idempotency-key"]
    assert "x-gitlab-token" not in headers


def test_a_failed_configuration_is_told_too(place: Place, receiver: Receiver) -> None:
    """The record that a 422 leaves behind has a hook, without builds."""
    place.add("a: {script: [x], foo: 1}", hook_url=receiver.url)
    place.trigger()
    until(lambda: statuses(receiver), bool)
    (body,) = receiver.bodies("pipeline")
    assert (body["object_attributes"]["status"], body["builds"]) == ("failed", [])


def test_an_error_of_the_receiver_is_not_tried_again(place: Place, receiver: Receiver) -> None:
    """Noted, then the next event goes out."""
    receiver.status = 500
    place.add(TWO_STAGES, runs_jobs=False, hook_url=receiver.url)
    place.start()
    until(lambda: len(place.project.hook_deliveries), lambda count: count == 4)
    assert [one["result"] for one in place.project.hook_deliveries] == [500] * 4
    assert len(receiver.received) == 4


def test_a_receiver_that_is_away_is_noted(place: Place) -> None:
    """A refused connection does not stop the stand-in."""
    place.add(TWO_STAGES, runs_jobs=False, hook_url="http://127.0.0.1:9/hook")
    place.start()
    until(lambda: len(place.project.hook_deliveries), bool)
    assert "ConnectionRefusedError" in place.project.hook_deliveries[0]["result"]


@pytest.mark.parametrize(("order", "expected"), [("drop_hooks", 0), ("duplicate_hooks", 2)])
def test_deliveries_are_dropped_or_doubled(place: Place, receiver: Receiver, order: str, expected: int) -> None:
    """A doubled delivery carries the same Idempotency-Key."""
    place.add(TWO_STAGES, runs_jobs=False)
    number = place.start()
    hook = place.project.add_hook(receiver.url)
    hook.job_events = False
    place.project.faults.order(order)
    place.sandbox.set_status(number, "running")
    place.sandbox.set_status(number, "success")
    # Each delivery has a thread of its own, so that a later one may come first.
    until(lambda: statuses(receiver), lambda seen: "success" in seen and len(seen) == expected + 1)
    keys = [headers["idempotency-key"] for headers, _ in receiver.received]
    assert len(set(keys)) == (2 if expected else 1)


@pytest.mark.parametrize("order", ["delay_hooks", "reorder_hooks"])
def test_deliveries_arrive_late_with_old_content(place: Place, receiver: Receiver, order: str) -> None:
    """A late hook still says what was true when it was made."""
    place.add(TWO_STAGES, runs_jobs=False)
    number = place.start()
    hook = place.project.add_hook(receiver.url)
    hook.job_events = False
    fault = place.project.faults.order(order, seconds=1)
    place.sandbox.set_status(number, "running")
    until(lambda: fault.remaining, lambda left: left == 0)
    place.sandbox.set_status(number, "success")
    until(lambda: statuses(receiver), lambda seen: len(seen) == 2)
    assert statuses(receiver) == ["success", "running"]


def test_hooks_are_managed_over_the_api(place: Place, receiver: Receiver, tmp_path: Path) -> None:
    """Made with events, read without secrets, changed, deleted."""
    place.add(TWO_STAGES, runs_jobs=False)
    made = place.ask("POST", "/hooks", json={"url": receiver.url, "pipeline_events": True, "token": "s3cret"}).json()
    assert (made["pipeline_events"], made["job_events"]) == (True, False)
    assert "token" not in made
    place.start()
    until(lambda: len(receiver.received), bool)
    assert receiver.received[0][0]["x-gitlab-token"] == "s3cret"
    place.ask("PUT", f"/hooks/{made['id']}", json={"job_events": True})
    assert place.get(f"/hooks/{made['id']}")["job_events"] is True
    assert place.ask("DELETE", f"/hooks/{made['id']}").status_code == 204
    assert place.get("/hooks") == []
