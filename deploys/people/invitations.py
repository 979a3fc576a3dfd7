"""Asking somebody to join a site, and their answer. Links work once, for seven days, and only the newest one sent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from allauth.utils import generate_unique_username
from django.db import transaction

from deploys import audit
from deploys.models import AuditAction, Invitation, Membership, Role, Site, User
from deploys.people import roles


class State(StrEnum):
    """What became of an invitation."""

    OPEN = "open"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    RAN_OUT = "ran_out"


class AlreadyInvited(Exception):
    """There is an invitation for this address that nobody has answered."""


class AlreadyMember(Exception):
    """Somebody with this address has a role on the site."""

    def __init__(self, person: User) -> None:
        super().__init__(person)
        self.person = person


class NotOpen(Exception):
    """The invitation was accepted or withdrawn, or has run out."""


def state_of(invitation: Invitation, moment: datetime) -> State:
    """What became of it by now."""
    if invitation.accepted_at:
        return State.ACCEPTED
    if invitation.withdrawn_at:
        return State.WITHDRAWN
    return State.RAN_OUT if invitation.has_run_out(moment) else State.OPEN


def people_at(email: str) -> list[User]:
    """Up to two people with this mail address, also if they are switched off: nobody gets a second account that way."""
    return list(User.objects.filter(email__iexact=email)[:2])


@transaction.atomic
def invite(*, site: Site, email: str, role: Role, actor: User, moment: datetime) -> tuple[Invitation, str]:
    """Ask this address to join the site; returns the invitation and the token for its link.

    Raises AlreadyMember, AlreadyInvited.
    """
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    member = Membership.objects.filter(site=site, user__email__iexact=email).select_related("user").first()
    if member:
        raise AlreadyMember(member.user)
    if site.invitations.open().filter(email__iexact=email).exists():
        raise AlreadyInvited
    invitation = Invitation(site=site, email=email, role=role, invited_by=actor, invited_at=moment)
    token = invitation.renew(moment)
    invitation.save()
    _record(invitation, AuditAction.ADDED, actor, {"Role": ["–", role.label]})
    return invitation, token


@transaction.atomic
def send_again(*, invitation: Invitation, actor: User, moment: datetime) -> str:
    """Give an unanswered invitation a new link and seven days more; returns the token. Raises NotOpen."""
    found = _locked(invitation)
    if found.accepted_at or found.withdrawn_at:
        raise NotOpen
    token = found.renew(moment)
    found.save(update_fields=["token_hash", "expires_at"])
    invitation.refresh_from_db()
    _record(found, AuditAction.CHANGED, actor, {"Link": ["sent before", "sent again"]})
    return token


@transaction.atomic
def withdraw(*, invitation: Invitation, actor: User, moment: datetime) -> None:
    """End an unanswered invitation. Raises NotOpen."""
    found = _locked(invitation)
    if found.accepted_at or found.withdrawn_at:
        raise NotOpen
    found.withdrawn_at = moment
    found.save(update_fields=["withdrawn_at"])
    _record(found, AuditAction.REMOVED, actor, {})


@transaction.atomic
def accept(*, invitation: Invitation, person: User, moment: datetime) -> None:
    """The person joins with the role; one who has more already keeps it. Raises NotOpen."""
    found = _locked(invitation)
    if state_of(found, moment) != State.OPEN:
        raise NotOpen
    found.accepted_at, found.accepted_by = moment, person
    found.save(update_fields=["accepted_at", "accepted_by"])
    has = Membership.role_of(user_id=person.pk, site_id=found.site_id)
    if has is None or not has.includes(found.role):
        roles.give(site=found.site, person=person, role=Role(found.role), actor=person)
    _record(found, AuditAction.CHANGED, person, {"Answer": ["–", "accepted"]})


@transaction.atomic
def accept_as_new(*, invitation: Invitation, first_name: str, last_name: str, password: str, moment: datetime) -> User:
    """Make the account of a new person, at the address that was invited, who joins. Raises NotOpen."""
    address = invitation.email
    person = User(first_name=first_name, last_name=last_name, email=address)
    person.username = generate_unique_username([address, first_name, last_name])
    person.set_password(password)
    person.save()
    accept(invitation=invitation, person=person, moment=moment)
    return person


def _locked(invitation: Invitation) -> Invitation:
    rows = Invitation.objects.select_related("site").select_for_update(of=("self",))
    return rows.get(pk=invitation.pk)


def _record(invitation: Invitation, action: AuditAction, actor: User, changes: dict[str, list[str]]) -> None:
    subject = f"Invitation of {invitation.email}"
    audit.record(actor=actor, subject=subject, site=invitation.site, action=action, changes=changes)
