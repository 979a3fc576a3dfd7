"""What each role may do, in one sentence each."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deploys.models import Role

SENTENCES: dict[Role, Promise] = {
    Role.READER: _("Reads everything: what is live, what waits, what happened. Changes nothing."),
    Role.EDITOR: _("Publishes changes and makes previews; stops publishes of their own."),
    Role.PUBLISHER: _("Does what editors do, stops anybody's publish, brings versions back, approves, reads the logs."),
    Role.ADMIN: _("Does everything, and sets the site up: content, messages, people and their roles."),
}


def sentence_of(role: Role | str) -> str:
    """What somebody with this role may do."""
    return str(SENTENCES[Role(role)])
