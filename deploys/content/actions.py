"""What is asked of content: rows only, no network. Whoever calls has checked the person's right."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now

from deploys import audit, wake
from deploys.content.connect import secrets_of
from deploys.content.sources.errors import SourceError
from deploys.models import AuditAction, ContentSource, Site, User

logger = logging.getLogger(__name__)

# What an admin sets. Everything else belongs to the worker, which may be reading at the same time.
SETTINGS = (
    *("name", "kind", "preset", "config", "secrets", "allowed_private_hosts", "read_every", "hook_token"),
    *("proof_meta", "etag"),
)
AUDITED = tuple(name for name in SETTINGS if name != "etag")
SETTLE = timedelta(seconds=1)  # a CMS often tells before its own transaction has ended


@transaction.atomic
def request_reading(*, source: ContentSource, actor: User | None) -> None:
    """Have a source read as soon as possible. `actor` None means the system itself."""
    if actor:
        logger.info("%s asked for a reading of %s.", actor, source)
    source.want()
    pk = source.pk
    transaction.on_commit(lambda: wake.read(pk))


def read_all(site: Site) -> None:
    """Have every source of a site read."""
    for source in site.sources.active():
        request_reading(source=source, actor=None)


def note_hint(source: ContentSource) -> None:
    """The CMS says that something changed. However often it says so, the next tick after a moment reads once."""
    source.want(at=now() + SETTLE)


@transaction.atomic
def accept_shrinking(*, source: ContentSource, actor: User) -> None:
    """Believe the next reading even if it is much smaller than the last, and read at once."""
    logger.info("%s accepts a smaller reading of %s.", actor, source)
    before = audit.values_of(source, ["accepts_shrinking"])
    source.accepts_shrinking = True
    source.save(update_fields=["accepts_shrinking"])
    _write_down(source, before, actor)
    request_reading(source=source, actor=None)


@transaction.atomic
def save_source(*, source: ContentSource, actor: User | None) -> None:
    """Store what an admin set, and read the source anew: its last answer may mean something else now.

    `actor` None means somebody at the command line.
    """
    logger.info("%s saved the source “%s” of %s.", actor or audit.COMMAND_LINE, source.name, source.site)
    stored = ContentSource.objects.select_for_update().filter(pk=source.pk).first()
    source.save(update_fields=SETTINGS if stored else None)
    if stored is None:
        audit.record(actor=actor, subject=_named(source), site=source.site, action=AuditAction.ADDED)
    else:
        before = audit.values_of(stored, AUDITED)
        if _secrets_or_text(stored) == _secrets_or_text(source):
            before["secrets"] = source.secrets  # the same, written otherwise
        _write_down(source, before, actor)
    request_reading(source=source, actor=None)


@transaction.atomic
def set_active(*, source: ContentSource, actor: User, is_active: bool) -> None:
    """Pause a source, which is then neither read nor compared, or take it up again."""
    logger.info("%s %s the source %s.", actor, "resumed" if is_active else "paused", source)
    before = audit.values_of(source, ["is_active"])
    source.is_active = is_active
    source.save(update_fields=["is_active"])
    _write_down(source, before, actor)
    for environment in source.site.environments.order_by("pk"):
        environment.touch()
    if is_active:
        request_reading(source=source, actor=None)


def _named(source: ContentSource) -> str:
    return f"Content source {source.name}"


def _secrets_or_text(source: ContentSource) -> dict[str, str] | str:
    try:
        return secrets_of(source)
    except SourceError:
        return source.secrets  # no key opens them any more


def _write_down(source: ContentSource, before: audit.Values, actor: User | None) -> None:
    audit.record_change(actor=actor, row=source, before=before, subject=_named(source), site=source.site)
