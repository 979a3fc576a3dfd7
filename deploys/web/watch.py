"""The watch key: what a watching page has seen, signed, so that "nothing new" costs one query."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from django.core.signing import BadSignature, Signer
from django.db import connection

from deploys.models import Environment, User

_signer = Signer(salt="deploys.web.watch")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the page showed: whose page, which environment at which version, until when its words hold.

    `said` names what was last announced to screen readers, so that nothing is announced twice.
    """

    user_id: int
    environment_id: int
    version: int
    valid_until: int
    said: str = ""

    def sign(self) -> str:
        """Write it as text for an address."""
        numbers = (self.user_id, self.environment_id, self.version, self.valid_until)
        return _signer.sign(".".join([*map(str, numbers), self.said]))

    def still_true(self) -> bool:
        """True when no row has changed and no word has grown old. One query."""
        if time.time() >= self.valid_until:
            return False
        # Plain SQL: hundreds of pages ask this every two seconds, and the ORM would take half of the time.
        with connection.cursor() as cursor:
            cursor.execute("SELECT version FROM deploys_environment WHERE id = %s", [self.environment_id])
            return bool(cursor.fetchone() == (self.version,))


def key_for(*, user: User, environment: Environment, valid_until: datetime, said: str) -> str:
    """Make the key of a page that shows the environment as it was read now."""
    seen = Seen(
        user_id=user.pk,
        environment_id=environment.pk,
        version=environment.version,
        valid_until=int(valid_until.timestamp()),
        said=said,
    )
    return seen.sign()


def read(key: str) -> Seen | None:
    """Read a key back; None when it was not made by us."""
    try:
        numbers = _signer.unsign(key).split(".", 4)
    except BadSignature:
        return None
    user_id, environment_id, version, valid_until = map(int, numbers[:4])
    return Seen(
        user_id=user_id,
        environment_id=environment_id,
        version=version,
        valid_until=valid_until,
        said=numbers[4],
    )
