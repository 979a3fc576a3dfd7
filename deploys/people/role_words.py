"""What each role may do, in one sentence each."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deploys.models import Role

SENTENCES: dict[Role, Promise] = {
    Role.READER: _("Reads everything: what is live, what waits, what happened. Changes nothing."),
    Role.EDITOR: _("Publishes changes, makes previews and stops publishes of their own."),
    Role.PUBLISHER: _("Also stops anybody's publish, brings earlier versions back, approves, and reads the logs."),
    Role.ADMIN: _("Also sets the site up: content, messages, people and their roles."),
}


def sentence_of(role: Role | str) -> str:
    """What somebody with this role may do."""
    return str(SENTENCES[Role(role)])
