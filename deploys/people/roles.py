"""Changing and taking away roles. A site keeps an admin, and every change goes into the audit log."""

from __future__ import annotations

from django.db import transaction

from deploys import audit
from deploys.models import AuditAction, Membership, Role, Site, User


class LastAdmin(Exception):
    """The site would be left without an admin."""


def subject_of(person: User) -> str:
    """What the audit log calls the person."""
    return f"Person {person.name}"


@transaction.atomic
def give(*, site: Site, person: User, role: Role, actor: User | None, by: str = "") -> bool:
    """Give the person this role on the site, in place of the one they have. False when they have it already.

    `by` names what did it where no person did. Raises LastAdmin.
    """
    _lock(site)
    membership = Membership.objects.filter(site=site, user=person).first()
    if membership is None:
        Membership.objects.create(site=site, user=person, role=role)
        _record(site, person, AuditAction.ADDED, ["–", role.label], actor, by)
        return True
    old = Role(membership.role)
    if old == role:
        return False
    if old == Role.ADMIN:
        _refuse_last(site, person)
    Membership.objects.filter(pk=membership.pk).update(role=role)
    _record(site, person, AuditAction.CHANGED, [old.label, role.label], actor, by)
    return True


@transaction.atomic
def take_away(*, site: Site, person: User, actor: User | None, by: str = "") -> bool:
    """Take the person's role on the site away. False when they have none. Raises LastAdmin."""
    _lock(site)
    membership = Membership.objects.filter(site=site, user=person).first()
    if membership is None:
        return False
    if membership.role == Role.ADMIN:
        _refuse_last(site, person)
    old = Role(membership.role)
    membership.delete()
    _record(site, person, AuditAction.REMOVED, [old.label, "–"], actor, by)
    return True


def is_last_admin(site: Site, person: User) -> bool:
    """True when nobody else who can sign in is an admin of the site."""
    others = Membership.objects.filter(site=site, role=Role.ADMIN, user__is_active=True).exclude(user=person)
    return not others.exists()


def _lock(site: Site) -> None:
    """One change of a site's people at a time, so that two admins cannot remove each other."""
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)


def _refuse_last(site: Site, person: User) -> None:
    if is_last_admin(site, person):
        raise LastAdmin


def _record(site: Site, person: User, action: AuditAction, change: list[str], actor: User | None, by: str) -> None:
    audit.record(actor=actor, by=by, subject=subject_of(person), site=site, action=action, changes={"Role": change})
