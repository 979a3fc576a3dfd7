"""A site with people of every role and invitations in every condition, for pictures and browser tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.timezone import now

from deploys.models import Invitation, Membership, Role, User
from deploys.people import invitations
from tests.scenes import make_person
from tests.web import card_scenes


def make() -> dict[str, Any]:
    """The addresses of the pages, the admin who looks, and links of invitations by what became of them."""
    environment, admin = card_scenes.changes_waiting()
    site = environment.site
    Membership.objects.filter(user=admin, site=site).update(role=Role.ADMIN)
    User.objects.filter(pk=admin.pk).update(email="ana@museum.example")
    names = {
        Role.ADMIN: "Tomás Lind",
        Role.PUBLISHER: "Mei Okafor",
        Role.EDITOR: "Rui Costa",
        Role.READER: "Sofia Reis",
    }
    for role, name in names.items():
        first, last = name.split()
        make_person(role, site=site, first_name=first, last_name=last, email=f"{first.lower()}@museum.example")
    links = {}
    for name in ("open", "ran_out", "withdrawn"):
        invitation, token = invitations.invite(
            site=site, email=f"{name}@museum.example", role=Role.EDITOR, actor=admin, moment=now()
        )
        links[name] = reverse("invitation", args=[token])
        if name == "withdrawn":
            invitations.withdraw(invitation=invitation, actor=admin, moment=now())
    Invitation.objects.filter(email="ran_out@museum.example").update(expires_at=now() - timedelta(hours=1))
    Invitation.objects.filter(email="open@museum.example").update(mailed_at=now())
    return {
        "site": site.slug,
        "publish": environment.get_absolute_url(),
        "people": reverse("site-people", args=[site.slug]),
        "admin": admin,
        "links": links,
    }
