"""Kinds of values that requests and answers share, with what the OpenAPI document says of them."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Any

from ninja import Path, Schema
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, WithJsonSchema

from deploys.builds.finding import BIGGEST_NUMBER

BIGGEST_ID = 2**63 - 1
_SLUG = r"^[-a-zA-Z0-9_]{1,50}$"
_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_WORDS = r"^[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"


class Given(Schema):
    """What a request holds: nothing unknown, and no text where a number belongs."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _written_as(pattern: str, words: str) -> BeforeValidator:
    """Let through only text of this form: pydantic alone would take numbers for days and times too."""

    def check(value: Any) -> Any:
        if not isinstance(value, str) or not re.match(pattern, value, re.ASCII):
            raise ValueError(f"Input should be written as {words}")
        return value

    return BeforeValidator(check)


SiteSlug = Annotated[
    str, Path(pattern=_SLUG, description="The site's short name, as in its address.", examples=["museum"])
]
EnvironmentSlug = Annotated[
    str, Path(pattern=_SLUG, description="The environment's short name, as in its address.", examples=["live"])
]
BuildNumber = Annotated[
    int, Path(ge=1, le=BIGGEST_NUMBER, description="The build's number, which counts per site.", examples=[42])
]
RowId = Annotated[int, Path(ge=1, le=BIGGEST_ID, description="As lists name it.", examples=[7])]

Moment = Annotated[
    AwareDatetime,
    _written_as(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d", "2026-12-01T07:00:00Z"),
    Field(strict=False, description="RFC 3339, with its zone.", examples=["2026-12-01T09:00:00Z"]),
]
Day = Annotated[
    date,
    _written_as(r"\d{4}-\d\d-\d\d\Z", "2026-12-01"),
    Field(strict=False, description="A day.", examples=["2026-12-01"]),
]
Clock = Annotated[
    time,
    _written_as(_TIME, "07:00"),
    Field(strict=False),
    WithJsonSchema(
        {"type": "string", "pattern": _TIME, "description": "By the clock of the zone.", "examples": ["07:00"]}
    ),
]
Words = Annotated[str, Field(min_length=1, max_length=300, pattern=_WORDS, examples=["The board meets until noon."])]
