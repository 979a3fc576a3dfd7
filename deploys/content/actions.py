"""What is asked of content: rows only, no network. Whoever calls has checked the person's right."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now

from deploys import wake
from deploys.models import ContentSource, Site, User

logger = logging.getLogger(__name__)

# What an admin sets. Everything else belongs to the worker, which may be reading at the same time.
SETTINGS = (
    *("name", "kind", "preset", "config", "secrets", "allowed_private_hosts", "read_every", "hook_token"),
    *("proof_meta", "etag"),
)
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
    ContentSource.objects.filter(pk=source.pk).update(accepts_shrinking=True)
    request_reading(source=source, actor=None)


@transaction.atomic
def save_source(*, source: ContentSource, actor: User) -> None:
    """Store what an admin set, and read the source anew: its last answer may mean something else now."""
    logger.info("%s saved the source “%s” of %s.", actor, source.name, source.site)
    source.save(update_fields=SETTINGS if source.pk else None)
    request_reading(source=source, actor=None)


@transaction.atomic
def set_active(*, source: ContentSource, actor: User, is_active: bool) -> None:
    """Pause a source, which is then neither read nor compared, or take it up again."""
    logger.info("%s %s the source %s.", actor, "resumed" if is_active else "paused", source)
    ContentSource.objects.filter(pk=source.pk).update(is_active=is_active)
    for environment in source.site.environments.order_by("pk"):
        environment.touch()
    if is_active:
        request_reading(source=source, actor=None)
