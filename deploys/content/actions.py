"""What is asked of content: rows only, no network. Whoever calls has checked the person's right."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now

from deploys import wake
from deploys.models import ContentSource, Site, User

logger = logging.getLogger(__name__)

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
