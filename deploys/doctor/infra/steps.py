"""The order of docs/setup-aws.md: what each step needs stands before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial

from deploys.doctor.infra import distribution, domain, records, serving
from deploys.doctor.infra.bucket import Bucket
from deploys.doctor.infra.bucket_policy import CLOSED, PREVIEWS, SERVED, STRANGERS, TLS, UPLOADS, BucketPolicy
from deploys.doctor.infra.certificate import ISSUED, RENEWAL, Certificate
from deploys.doctor.infra.certificate import THERE as CERTIFICATE
from deploys.doctor.infra.machine import Machine
from deploys.doctor.infra.preview_hosts import PreviewHosts
from deploys.doctor.infra.roles import Roles
from deploys.doctor.infra.users import User
from deploys.doctor.infra.walk import Walk
from deploys.doctor.model import CannotLook, Check, Finding, Look, NobodyCanLook, Thing

GUIDE = "docs/setup-aws.md"
ACCOUNT = Thing("account.credentials", "Credentials")
STACK = Thing("account.stack", "Stack of the site")


def steps(walk: Walk, moment: datetime) -> tuple[Check, ...]:
    """All steps for one tier, in order. moment: the time to judge ages by."""
    return (
        _step("account", "Account and stack", "", _account(walk)),
        _step("domain", "Domain and zone (steps 1 and 2)", "#2-zone-and-delegation", _domain(walk)),
        _step("certificate", "Certificate (step 3)", _STACK, _certificate(walk)),
        _step("bucket", "Buckets (step 4)", _STACK, _buckets(walk)),
        _step("distribution", "Distribution (step 5)", _STACK, _distribution(walk)),
        _step("dns", "Records and answers (step 6)", _STACK, _records(walk)),
        _step("roles", "Roles and keys (step 8)", "#8-keys", _identities(walk, moment)),
        _step("machine", "Machine of the CMS (step 10)", "#10-the-machine-of-the-cms", Machine(walk).looks()),
        *_previews(walk),
    )


_STACK = "#3-to-6-certificate-buckets-distribution-records"


def _step(key: str, title: str, anchor: str, looks: Iterable[Look]) -> Check:
    return Check(key=key, title=title, looks=tuple(looks), docs=f"{GUIDE}{anchor}")


def _account(walk: Walk) -> Iterator[Look]:
    yield Look(thing=ACCOUNT, run=partial(_who, walk))
    yield Look(thing=STACK, run=partial(_stack, walk))


def _who(walk: Walk) -> Iterator[Finding]:
    """Every credential may ask this, so where it is not answered nothing else is."""
    try:
        who = walk.identity
    except CannotLook as reason:
        raise NobodyCanLook(str(reason), reason.next_step) from reason
    yield ACCOUNT.ok(f"Account {who['Account']}, as {who['Arn']}.")


def _stack(walk: Walk) -> Iterator[Finding]:
    """Whether CloudFormation made it, and is done with it."""
    stack, hidden = walk.stack, walk.why_no_stacks
    if hidden:
        yield STACK.unknown(
            f"The stacks {hidden} What stands there is looked at all the same.", hidden.next_step, is_needed=False
        )
        return
    if stack is None:
        named = walk.asked.stack
        yield STACK.missing(
            f"There is no stack {named} in us-east-1." if named else "No stack in us-east-1 says that it made this.",
            "If it was made otherwise, give what cannot be found out as options; else make the stack.",
            walk.deployed(),
            is_needed=bool(named),
        )
    elif stack.is_at_work:
        yield STACK.wrong(
            f"CloudFormation is at work on {stack.name} ({stack.status}): what follows may be half made.",
            "Wait, then look again. If it waits at Certificate, look at the name servers below.",
            _events(stack.name),
        )
    elif not stack.is_finished:
        yield STACK.wrong(
            f"{stack.name} is in the state {stack.status}{f': {stack.reason}' if stack.reason else ''}.",
            "See what failed, put it right, and deploy again; a stack in ROLLBACK_COMPLETE has to be deleted first.",
            _events(stack.name),
        )
    else:
        yield STACK.ok(f"{stack.name} is complete.")


def _events(name: str) -> str:
    return (
        f"aws cloudformation describe-stack-events --region us-east-1 --stack-name {name} --output text --query "
        "\"StackEvents[?contains(ResourceStatus,'FAILED')].[LogicalResourceId,ResourceStatusReason]\""
    )


def _domain(walk: Walk) -> Iterator[Look]:
    yield Look(thing=domain.ZONE, run=partial(domain.zone, walk))
    yield Look(thing=domain.DELEGATION, run=partial(domain.delegation, walk))


def _certificate(walk: Walk) -> Iterator[Look]:
    certificate = Certificate(walk, walk.asked.domain)
    yield Look(thing=CERTIFICATE, run=certificate.there)
    yield Look(thing=ISSUED, run=certificate.issued)
    yield Look(thing=RENEWAL, run=certificate.renewal)


def _buckets(walk: Walk) -> Iterator[Look]:
    policy = BucketPolicy(walk)
    yield from Bucket(walk, "bucket", "Bucket of the site", is_site=True).looks()
    yield Look(thing=SERVED, run=policy.served)
    yield Look(thing=CLOSED, run=policy.closed)
    yield Look(thing=PREVIEWS, run=policy.previews)
    yield Look(thing=STRANGERS, run=policy.strangers)
    yield Look(thing=TLS, run=policy.tls)
    yield from Bucket(walk, "uploads", "Bucket of the uploads", is_site=False).looks()
    yield Look(thing=UPLOADS, run=policy.uploads)


def _distribution(walk: Walk) -> Iterator[Look]:
    looks: tuple[tuple[Thing, Callable[[Walk], Iterator[Finding]]], ...] = (
        (distribution.THERE, distribution.there),
        (distribution.STATUS, distribution.status),
        (distribution.ALIAS, distribution.alias),
        (distribution.CERTIFICATE, distribution.certificate),
        (distribution.ORIGIN, distribution.origin),
        (distribution.ACCESS, distribution.access),
        (distribution.FUNCTION, distribution.function),
        (distribution.INDEX, distribution.index),
        (serving.HEADERS, serving.headers),
        (serving.TAGS, serving.tags),
        (serving.HTTPS, serving.https),
        (serving.PREVIEWS, serving.previews),
        (serving.MEDIA, serving.media),
        (serving.ERRORS, serving.errors),
    )
    for thing, look in looks:
        yield Look(thing=thing, run=partial(look, walk))


def _records(walk: Walk) -> Iterator[Look]:
    yield Look(thing=records.ALIAS, run=partial(records.alias, walk))
    yield Look(thing=records.ANSWERS, run=partial(records.answers, walk))
    yield Look(thing=records.RECORDS, run=partial(records.releases, walk))


def _identities(walk: Walk, moment: datetime) -> Iterator[Look]:
    yield from Roles(walk).looks()
    yield from User(walk, "worker", moment).looks()
    yield from User(walk, "cms", moment).looks()


def _previews(walk: Walk) -> Iterator[Check]:
    if walk.asked.preview_domain:
        yield _step(
            "previews", "Previews by host name (step 11)", "#11-previews-by-host-name", PreviewHosts(walk).looks()
        )
