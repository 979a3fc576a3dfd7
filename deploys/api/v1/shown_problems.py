"""Problems as the OpenAPI document shows them, and which of them an operation can answer."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field


class Misfit(Schema):
    """One value that does not fit."""

    where: str = Field(examples=["body.body.ends_at"])
    what: str = Field(examples=["Field required"])


class Problem(Schema):
    """RFC 9457: what went wrong. Programs read `type`, people `detail`."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="The name of the problem.", examples=["urn:buildhub:problem:not-found"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(ge=400, le=599, examples=[404])
    detail: str = Field(examples=["This site does not exist (any more), or you may not open it."])


class Invalid(Problem):
    """Values do not fit, or the Idempotency-Key was used for something else."""

    errors: list[Misfit] = Field(default_factory=list)


class Ahead(Schema):
    """One entry that visitors will see otherwise."""

    change: str = Field(description="new, edited or removed.", examples=["removed"])
    title: str = Field(examples=["Opening hours"])
    section: str = Field(examples=["page"])
    changed_by: str = Field(description="Empty where the CMS names nobody.", examples=["Mei Okafor"])


class Conflict(Problem):
    """It cannot be done as things stand. Of type …:confirm, the same request with this `confirm` is carried out."""

    confirm: str = Field("", description="What to send as `confirm`; empty: confirming does not help.")
    changes: list[Ahead] = Field(default_factory=list, description="What is to be read before it is confirmed.")
    total: int = Field(0, description="How many changes there are; the first 50 are listed.")


type Answers = dict[Any, Any]
MISSING: Answers = {404: Problem, 422: Invalid}
CHANGING: Answers = {403: Problem, 404: Problem, 409: Conflict, 422: Invalid}
EVERYWHERE: dict[int, str] = {
    401: "Without a good token.",
    429: "More requests in a minute than a token may make. Retry-After says how long to wait.",
    500: "A fault of Buildhub. What the request was to change has not been changed.",
}
