"""Everything that happened on a site since a cursor, nothing left out and nothing twice.

Ids are handed out before a transaction commits, so that of two places a later id may be seen first. Of one place that
cannot be: whoever adds an event holds the row of its environment until the commit (`transitions`). So a cursor knows
for each environment how far it has read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

from django.core import signing

from deploys.models import Event, Site

SALT = "site-events"
FORMAT = 1


class UnknownCursor(Exception):
    """The text is no cursor of this site."""


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """The id of the last event that was read of each environment of a site; of one that is not named, none was."""

    site: int
    read: Mapping[int, int] = field(default_factory=dict)

    def encode(self) -> str:
        """As text that only this installation can have made."""
        return signing.dumps([FORMAT, self.site, sorted(self.read.items())], salt=SALT, compress=True)

    @classmethod
    def decode(cls, text: str, site: Site) -> Cursor:
        """The cursor in this text; "" is the beginning, "now" after everything so far. Raises UnknownCursor."""
        if text == "":
            return cls(site=site.pk)
        if text == "now":
            return cls(site=site.pk, read=_newest(site))
        try:
            form, of_site, read = signing.loads(text, salt=SALT)
        except (signing.BadSignature, ValueError) as error:
            raise UnknownCursor from error
        if form != FORMAT or of_site != site.pk:
            raise UnknownCursor
        return cls(site=site.pk, read={int(environment): int(event) for environment, event in read})


@dataclass(frozen=True, kw_only=True)
class Page:
    """Events in the order of their ids, and where the next page begins."""

    events: list[Event]
    cursor: Cursor
    has_more: bool


def since(site: Site, cursor: Cursor, *, limit: int) -> Page:
    """The next events after the cursor, so many at most. One query for each environment of the site."""
    rows = Event.objects.select_related("build__environment", "actor").order_by("pk")
    places = list(site.environments.values_list("pk", flat=True))
    found = [rows.filter(build__environment=place, pk__gt=cursor.read.get(place, 0))[: limit + 1] for place in places]
    events = sorted(chain.from_iterable(found), key=lambda event: event.pk)
    shown = events[:limit]
    read = {place: cursor.read[place] for place in places if place in cursor.read}
    read |= {event.build.environment_id: event.pk for event in shown}
    return Page(events=shown, cursor=Cursor(site=site.pk, read=read), has_more=len(events) > limit)


def _newest(site: Site) -> dict[int, int]:
    newest = {
        place: Event.objects.filter(build__environment=place).order_by("-pk").values_list("pk", flat=True).first()
        for place in site.environments.values_list("pk", flat=True)
    }
    return {place: event for place, event in newest.items() if event is not None}
