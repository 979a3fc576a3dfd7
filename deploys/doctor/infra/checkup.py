"""The whole walk for one tier: from what was asked to the checks, and what to say where there is nothing of AWS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import httpx

from deploys.doctor import web
from deploys.doctor.dns import RESOLVER, Dns
from deploys.doctor.infra.asked import Asked
from deploys.doctor.infra.aws import Aws, open_account
from deploys.doctor.infra.steps import steps
from deploys.doctor.infra.walk import Walk
from deploys.doctor.model import Check, Checked, Finding, Look, Thing
from deploys.doctor.run import run
from deploys.models import Environment

ELSEWHERE = Thing("account.elsewhere", "Host of the site")


@contextmanager
def walking(
    asked: Asked,
    *,
    account: Aws | None = None,
    profile: str = "",
    resolver: str = RESOLVER,
    transport: httpx.BaseTransport | None = None,
) -> Iterator[Walk]:
    """Everything that a walk needs, closed afterwards. Raises CannotLook when the AWS settings are unusable."""
    aws = account or open_account(profile)
    with web.client(transport) as http:
        yield Walk(asked, aws, Dns(http, resolver or RESOLVER), http)


def look_over(walk: Walk, moment: datetime, *, of: str = "") -> Iterator[Checked]:
    """Carry out all steps, one after the other, as they are asked for."""
    yield from run(steps(walk, moment), of=of)


def elsewhere(environment: Environment) -> Check:
    """In place of a walk, for a site that is not at AWS."""

    def say() -> Iterator[Finding]:
        yield ELSEWHERE.unknown(
            f"{environment} is published to {environment.endpoint or environment.target}, which is not AWS: nothing of "
            "infra/ is there to be looked at.",
            "infra/README.md, “Other hosts”, says what that host has to do, and how to see that it does.",
            f"python -m publisher status {environment.target}"
            f"{f' --endpoint {environment.endpoint}' if environment.endpoint else ''} --address {environment.url}",
            is_needed=False,
        )

    return Check(
        key="account", title="Account", looks=(Look(thing=ELSEWHERE, run=say),), docs="infra/README.md#other-hosts"
    )
