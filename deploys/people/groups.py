"""From groups at the OpenID Connect provider to roles here: `editors=museum:editor,it=museum:admin`."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from deploys.group_map import read_map
from deploys.models import Site, User
from deploys.people import roles

logger = logging.getLogger(__name__)


def source() -> str:
    """What the audit log calls changes that follow from groups."""
    return _("Sign-in with {name}").format(name=settings.OIDC_NAME)


def groups_in(claims: dict[str, Any]) -> frozenset[str]:
    """The groups that the provider names; a single one may come as text."""
    given = claims.get(settings.OIDC_GROUPS_CLAIM, [])
    if isinstance(given, str):
        return frozenset({given})
    return frozenset(str(each) for each in given) if isinstance(given, Iterable) else frozenset()


def apply(person: User, claims: dict[str, Any]) -> None:
    """Give the person the roles of their groups on every site that the map names; the other sites stay as they are.

    The most of several roles counts. Whose groups give none loses the role there, unless they are the last admin.
    """
    theirs = groups_in(claims)
    wanted = read_map(settings.OIDC_ROLES)
    for site in Site.objects.filter(slug__in=wanted):
        given = [role for group, role in wanted[site.slug] if group in theirs]
        try:
            if given:
                role = max(given, key=lambda each: each.rank)
                roles.give(site=site, person=person, role=role, actor=None, by=source())
            else:
                roles.take_away(site=site, person=person, actor=None, by=source())
        except roles.LastAdmin:
            logger.warning("%s stays admin of %s although their groups say less: there is no other.", person, site.slug)
