"""The people of a site and those who are invited, as the People page lists them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.models import Invitation, Membership, Role, Site, User
from deploys.people import invitations
from deploys.people.role_words import SENTENCES, sentence_of
from deploys.web.pills import Pill

INVITED = Pill(word=gettext_lazy("Invited"), icon="clock", tone="run")
RAN_OUT = Pill(word=gettext_lazy("Ran out"), icon="minus-circle", tone="warn")


@dataclass(frozen=True, kw_only=True)
class PersonLine:
    """One person. `kept` says why neither role nor person can go; empty when they can."""

    person: User
    role: Role
    meaning: str
    is_me: bool
    kept: str


@dataclass(frozen=True, kw_only=True)
class InvitationLine:
    """One invitation that nobody has answered."""

    invitation: Invitation
    pill: Pill
    has_run_out: bool


def roles() -> list[tuple[Role, str]]:
    """Every role with what it may do."""
    return [(role, str(sentence)) for role, sentence in SENTENCES.items()]


def people_of(site: Site, me: User) -> list[PersonLine]:
    """Everybody with a role, by name. One query."""
    rows = Membership.objects.filter(site=site).select_related("user")
    members = sorted(rows, key=lambda one: one.user.name.casefold())
    admins = {one.user_id for one in members if one.role == Role.ADMIN and one.user.is_active}
    only = _("The only admin. Make somebody else admin first.")
    return [
        PersonLine(
            person=one.user,
            role=Role(one.role),
            meaning=sentence_of(one.role),
            is_me=one.user_id == me.pk,
            kept=only if one.role == Role.ADMIN and not admins - {one.user_id} else "",
        )
        for one in members
    ]


def invited_to(site: Site, moment: datetime) -> list[InvitationLine]:
    """Every invitation that nobody has answered, the newest first. One query."""
    rows = site.invitations.open().select_related("invited_by")
    return [_invited(row, has_run_out=invitations.state_of(row, moment) == invitations.State.RAN_OUT) for row in rows]


def _invited(row: Invitation, *, has_run_out: bool) -> InvitationLine:
    return InvitationLine(invitation=row, pill=RAN_OUT if has_run_out else INVITED, has_run_out=has_run_out)
