"""GitLab's webhooks: is this delivery from our GitLab, and what does it say?

Sources: https://docs.gitlab.com/user/project/integrations/webhooks/ , .../webhook_events/ and the Standard
Webhooks specification. A hook is a hint to ask GitLab: deliveries come late, twice, out of order, or not at
all.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from deploys.gitlab import fields
from deploys.gitlab.answers import decoded
from deploys.gitlab.errors import HookMalformed, HookRejected

__all__ = ["Hook", "HookMalformed", "HookRejected", "parse", "verify"]

type Kind = Literal["pipeline", "job", "deployment", "token", "other"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Hook:
    """One delivery. Only kind and delivery_key are always there.

    delivery_key is the same for every attempt at one delivery. status is the status of what kind names: a
    job's for "job". name, source, ref and variables are those of the pipeline. Times are aware, in UTC.
    """

    kind: Kind
    delivery_key: str
    event_uuid: str | None = None
    project_id: int | None = None
    pipeline_id: int | None = None
    job_id: int | None = None
    status: str | None = None
    name: str | None = None
    variables: Mapping[str, str]
    source: str | None = None
    ref: str | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None


def verify(
    *,
    headers: Mapping[str, str],
    body: bytes,
    token: str,
    signing_token: str = "",
    now: datetime,
    tolerance: timedelta = timedelta(minutes=5),
) -> None:
    """Raise HookRejected(reason) unless the delivery proves to know our secret.

    headers in any case; body as received, undecoded. token is the hook's "Secret token", signing_token its
    "whsec_…" key. A signature is checked if we have the key for it, and must then be right; an unsigned
    delivery may show the token instead, if one is set.
    """
    found = _lowered(headers)
    if signing_token and "webhook-signature" in found:
        _check_signature(found, body, signing_token, now, tolerance)
    elif token:
        if not _equal(found.get("x-gitlab-token", ""), token):
            raise HookRejected("wrong_token" if "x-gitlab-token" in found else "no_token")
    else:
        raise HookRejected("not_signed" if signing_token else "no_secret_configured")


def parse(*, headers: Mapping[str, str], body: bytes) -> Hook:
    """Read a delivery. Raises HookMalformed if the body is not JSON.

    "token" says that an access token of the project expires soon. Anything that is none of these as GitLab
    sends them (hooks may have a template of their own) is of kind "other".
    """
    try:
        data = fields.record(decoded(body))
    except ValueError as error:
        raise HookMalformed("The body of the webhook delivery is not JSON.") from error
    found = _lowered(headers)
    given_key = found.get("idempotency-key") or found.get("webhook-id")
    return _hook(
        data,
        delivery_key=fields.words(given_key) or hashlib.sha256(body).hexdigest(),
        event_uuid=fields.text(found.get("x-gitlab-event-uuid")),
    )


def _hook(data: Mapping[str, object], *, delivery_key: str, event_uuid: str | None) -> Hook:
    kind = data.get("object_kind")
    if kind == "pipeline" and (hook := _pipeline_hook(data, delivery_key, event_uuid)):
        return hook
    if kind == "build" and (hook := _job_hook(data, delivery_key, event_uuid)):
        return hook
    if kind == "deployment":
        return _deployment_hook(data, delivery_key, event_uuid)
    project_id = _project_id(data)
    rest: Kind = "token" if kind == "access_token" else "other"
    return Hook(kind=rest, delivery_key=delivery_key, event_uuid=event_uuid, project_id=project_id, variables={})


def _pipeline_hook(data: Mapping[str, object], delivery_key: str, event_uuid: str | None) -> Hook | None:
    part = fields.record(data.get("object_attributes"))
    pipeline_id = fields.identity(part.get("id"))
    if pipeline_id is None:
        return None
    return Hook(
        kind="pipeline",
        delivery_key=delivery_key,
        event_uuid=event_uuid,
        project_id=_project_id(data),
        pipeline_id=pipeline_id,
        status=fields.text(part.get("status")),
        name=fields.text(part.get("name")),
        variables=fields.text_map(part.get("variables")),
        source=fields.text(part.get("source")),
        ref=fields.text(part.get("ref")),
        created_at=fields.moment(part.get("created_at")),
        finished_at=fields.moment(part.get("finished_at")),
    )


def _job_hook(data: Mapping[str, object], delivery_key: str, event_uuid: str | None) -> Hook | None:
    # In job hooks "commit" describes the pipeline, and its id is the pipeline's.
    pipeline = fields.record(data.get("commit"))
    pipeline_id = fields.identity(data.get("pipeline_id")) or fields.identity(pipeline.get("id"))
    if pipeline_id is None:
        return None
    return Hook(
        kind="job",
        delivery_key=delivery_key,
        event_uuid=event_uuid,
        project_id=_project_id(data),
        pipeline_id=pipeline_id,
        job_id=fields.identity(data.get("build_id")),
        status=fields.text(data.get("build_status")),
        name=fields.text(pipeline.get("name")),
        variables={},
        ref=fields.text(data.get("ref")),
        created_at=_either_time(data, "build_created_at"),
        finished_at=_either_time(data, "build_finished_at"),
    )


def _deployment_hook(data: Mapping[str, object], delivery_key: str, event_uuid: str | None) -> Hook:
    return Hook(
        kind="deployment",
        delivery_key=delivery_key,
        event_uuid=event_uuid,
        project_id=_project_id(data),
        job_id=fields.identity(data.get("deployable_id")),
        status=fields.text(data.get("status")),
        variables={},
        ref=fields.text(data.get("ref")),
        created_at=fields.moment(data.get("status_changed_at")),
    )


def _project_id(data: Mapping[str, object]) -> int | None:
    return fields.identity(data.get("project_id")) or fields.identity(fields.record(data.get("project")).get("id"))


def _either_time(data: Mapping[str, object], key: str) -> datetime | None:
    return fields.moment(data.get(f"{key}_iso")) or fields.moment(data.get(key))


def _check_signature(
    headers: Mapping[str, str], body: bytes, signing_token: str, now: datetime, tolerance: timedelta
) -> None:
    identity, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not identity or not stamp:
        raise HookRejected("signature_incomplete")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise HookRejected("timestamp_unreadable")
    if abs(now.timestamp() - int(stamp)) > tolerance.total_seconds():
        raise HookRejected("timestamp_too_far_off")
    signed = f"{identity}.{stamp}.".encode("utf-8", "surrogatepass") + body
    wanted = base64.b64encode(hmac.digest(_key(signing_token), signed, "sha256")).decode()
    # Every signature is compared, so that the time taken does not tell which one was near.
    versions = [entry.partition(",") for entry in headers["webhook-signature"].split()]
    matches = [_equal(given, wanted) for version, _, given in versions if version == "v1"]
    if not any(matches):
        raise HookRejected("wrong_signature")


def _key(signing_token: str) -> bytes:
    try:
        key = base64.b64decode(signing_token.strip().removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise HookRejected("signing_token_unreadable")
    return key


def _equal(given: str, wanted: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode("utf-8", "surrogatepass"))


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
