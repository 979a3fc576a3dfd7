"""The watch key of the page of all sites: as `watch`, for whatever the person may see."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from django.core.signing import BadSignature, Signer
from django.db import connection

from deploys.models import User

_signer = Signer(salt="deploys.web.watch_all")

# Ids and versions of all environments that the person may see now: another right is another answer.
_STATE = """
SELECT coalesce(md5(string_agg(place.id || ':' || place.version, ',' ORDER BY place.id)), '')
FROM deploys_environment place JOIN deploys_user person ON person.id = %s
WHERE place.kind <> 'preview' AND person.is_active AND (person.is_superuser OR EXISTS (
    SELECT 1 FROM deploys_membership WHERE user_id = person.id AND site_id = place.site_id))
"""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the page showed: whose page, in which state, until when its words hold, what was last announced."""

    user_id: int
    state: str
    valid_until: int
    said: str

    def still_true(self) -> bool:
        """True when no row has changed and no word has grown old. One query."""
        return time.time() < self.valid_until and state_for(self.user_id) == self.state


def state_for(user_id: int) -> str:
    """One name for all versions together. Ask it before what it stands for is read. One query."""
    # Plain SQL: pages ask this every few seconds, and the ORM would take longer than the question.
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [user_id])
        return str(cursor.fetchone()[0])


def key_for(*, user: User, state: str, valid_until: datetime, said: str) -> str:
    """Make the key of a page that shows what was read after `state` was."""
    return _signer.sign("|".join([str(user.pk), state, str(int(valid_until.timestamp())), said]))


def read(key: str) -> Seen | None:
    """Read a key back; None when it was not made by us."""
    try:
        user_id, state, valid_until, said = _signer.unsign(key).split("|", 3)
    except BadSignature:
        return None
    return Seen(user_id=int(user_id), state=state, valid_until=int(valid_until), said=said)
