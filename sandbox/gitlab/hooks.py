"""Sending webhooks: one background thread, ten seconds per receiver, no second try after an HTTP error.

Sources: GitLab docs, webhooks (headers, delivery); Standard Webhooks for the signature.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import logging
import queue
import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sandbox.gitlab import hook_bodies
from sandbox.gitlab.times import iso, now

if TYPE_CHECKING:
    from sandbox.gitlab.project import Hook, Project
    from sandbox.gitlab.records import Job, Pipeline
    from sandbox.gitlab.world import World

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 10.0
KEPT_BACK_AT_MOST_SECONDS = 2.0
USER_AGENT = "GitLab/18.6.0"


@dataclass(frozen=True)
class Delivery:
    """One request to one receiver, ready to be sent."""

    project: Project
    hook: Hook
    event: str
    body: bytes
    headers: dict[str, str]


class HookSender:
    """Turns changes into deliveries and sends them, in the order of the changes unless a fault says otherwise."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._waiting: queue.Queue[tuple[str, int, str] | Delivery | None] = queue.Queue()
        self._kept_back: list[Delivery] = []
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin sending."""
        self._thread = threading.Thread(target=self._run, name="gitlab-hooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send what waits, then end."""
        self._waiting.put(None)
        if self._thread is not None:
            self._thread.join(TIMEOUT_SECONDS)

    def pipeline_changed(self, pipeline: Pipeline) -> None:
        """Tell the project's hooks; the body is made when the sender gets to it."""
        self._remember("pipeline", pipeline.id, pipeline.project_id)

    def job_changed(self, job: Job) -> None:
        """Tell the project's hooks; the body is made when the sender gets to it."""
        self._remember("job", job.id, job.project_id)

    def _remember(self, kind: str, number: int, project_id: int) -> None:
        project = self.world.projects.get(project_id)
        if project is not None and project.hooks:
            self._waiting.put((kind, number, str(uuid.uuid4())))

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None:
            try:
                if isinstance(item, Delivery):
                    self._send(item)
                else:
                    for delivery in self._deliveries(*item):
                        self._pass_faults(delivery)
            except Exception:
                log.exception("A webhook of the sandbox GitLab was not sent.")

    def _deliveries(self, kind: str, number: int, event_uuid: str) -> list[Delivery]:
        """The bodies are serialized now, so two events in a row may carry the same status, as in GitLab."""
        with self.world.lock:
            if kind == "pipeline":
                pipeline = self.world.pipelines.get(number)
                owner: Pipeline | Job | None = pipeline
                body = hook_bodies.pipeline_event(self.world, pipeline) if pipeline else None
            else:
                job = owner = self.world.jobs.get(number)
                body = hook_bodies.job_event(self.world, job) if job else None
            if body is None or owner is None:
                return []
            project = self.world.project_of(owner)
            hooks = [hook for hook in project.hooks if getattr(hook, f"{kind}_events")]
        event = "Pipeline Hook" if kind == "pipeline" else "Job Hook"
        raw = json.dumps(body).encode()
        return [Delivery(project, hook, event, raw, self._headers(hook, event, raw, event_uuid)) for hook in hooks]

    def _headers(self, hook: Hook, event: str, body: bytes, event_uuid: str) -> dict[str, str]:
        key = str(uuid.uuid4())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "X-Gitlab-Event": event,
            "X-Gitlab-Instance": self.world.url,
            "X-Gitlab-Event-UUID": event_uuid,
            "X-Gitlab-Webhook-UUID": str(uuid.uuid4()),
            "Idempotency-Key": key,
        }
        if hook.token:
            headers["X-Gitlab-Token"] = hook.token
        if hook.signing_token:
            moment = str(int(now()))
            headers["webhook-id"] = key
            headers["webhook-timestamp"] = moment
            headers["webhook-signature"] = signature(hook.signing_token, key, moment, body)
        return headers

    def _pass_faults(self, delivery: Delivery) -> None:
        faults = delivery.project.faults
        if faults.take("drop_hooks"):
            self._note(delivery, "dropped")
            return
        late = faults.take("delay_hooks")
        if late is not None:
            self.world.timers.after(late.seconds, lambda: self._waiting.put(delivery))
            return
        if faults.take("reorder_hooks"):
            self._kept_back.append(delivery)
            self.world.timers.after(KEPT_BACK_AT_MOST_SECONDS, lambda: self._release(delivery))
            return
        self._send(delivery)
        if faults.take("duplicate_hooks"):
            self._send(delivery)
        while self._kept_back:
            self._send(self._kept_back.pop(0))

    def _release(self, delivery: Delivery) -> None:
        """Nothing followed the delivery that was kept back: it goes now."""
        if delivery in self._kept_back:
            self._kept_back.remove(delivery)
            self._waiting.put(delivery)

    def _send(self, delivery: Delivery) -> None:
        target = urlsplit(delivery.hook.url)
        secure = target.scheme == "https"
        connection_class = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connection_class(target.hostname or "", target.port, timeout=TIMEOUT_SECONDS)
        path = f"{target.path or '/'}?{target.query}" if target.query else target.path or "/"
        try:
            connection.request("POST", path, delivery.body, delivery.headers)
            self._note(delivery, connection.getresponse().status)
        except (OSError, http.client.HTTPException) as error:
            self._note(delivery, f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    def _note(self, delivery: Delivery, result: int | str) -> None:
        entry: dict[str, Any] = {
            "hook_id": delivery.hook.id,
            "event": delivery.event,
            "key": delivery.headers["Idempotency-Key"],
            "result": result,
            "sent_at": iso(now()),
        }
        delivery.project.hook_deliveries.append(entry)


def signature(signing_token: str, message_id: str, timestamp: str, body: bytes) -> str:
    """`v1,` and the base64 HMAC-SHA256 over `id.timestamp.body`; the key follows `whsec_` in base64."""
    key = base64.b64decode(signing_token.removeprefix("whsec_"))
    signed = b".".join([message_id.encode(), timestamp.encode(), body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
