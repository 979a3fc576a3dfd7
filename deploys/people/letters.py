"""Mails about accounts: an invitation, a new password. They use the templates and the mail server of the messages."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from deploys.models import Invitation, User
from deploys.notifications.channels import mail
from deploys.notifications.messages import Message, absolute
from deploys.notifications.words import Words
from deploys.people.role_words import sentence_of

HOURS = settings.PASSWORD_RESET_TIMEOUT // 3600


def can_be_sent() -> bool:
    """True when mail leaves here and its links lead somewhere."""
    return bool(settings.EMAIL_IS_SET_UP and settings.PUBLIC_URL)


def send_invitation(invitation: Invitation, token: str) -> None:
    """Mail the link to the invited address. Raises NotDelivered."""
    site, inviter = invitation.site.name, invitation.invited_by.name
    headline = _("{name} invites you to {site}").format(name=inviter, site=site)
    text = [
        _("You are asked to join as {role}. {meaning}").format(
            role=invitation.get_role_display(), meaning=sentence_of(invitation.role)
        ),
        _("The link works once, for seven days."),
    ]
    why = _("You get this mail because {name} entered your address. If you do not know why, ignore it.")
    message = Message(
        id=uuid.uuid4(),
        subject=headline,
        words=Words(word=_("Invitation"), tone="idle", headline=headline, text=text),
        place=site,
        url=absolute(reverse("invitation", args=[token])),
        link=_("Accept the invitation"),
        why=why.format(name=inviter),
    )
    mail.send(message, address=invitation.email)


def send_new_password(person: User) -> None:
    """Mail the link by which a person chooses a new password. Raises NotDelivered."""
    headline = _("Choose a new password")
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    message = Message(
        id=uuid.uuid4(),
        subject=_("Choose a new password for Buildhub"),
        words=Words(
            word=_("Password"),
            tone="idle",
            headline=headline,
            text=[
                _("Somebody, probably you, asked for a new password for “{name}”.").format(name=person.username),
                _("The link works once, for {hours} hours.").format(hours=HOURS),
            ],
        ),
        place="",
        url=absolute(reverse("new-password", args=[uid, default_token_generator.make_token(person)])),
        link=headline,
        why=_("If it was not you, ignore this mail: nothing changes, and nobody else can read it."),
    )
    mail.send(message, address=person.email)
