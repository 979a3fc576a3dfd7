"""OIDC_ROLES: which group at the OpenID Connect provider has which role on which site."""

from __future__ import annotations

from collections import defaultdict

from deploys.models import Role

type GroupMap = dict[str, list[tuple[str, Role]]]  # slug of the site → groups with their role


class Unreadable(Exception):
    """The text is not in its form."""


def read_map(text: str) -> GroupMap:
    """Read `group=site:role`, separated by commas. Raises Unreadable."""
    found: GroupMap = defaultdict(list)
    for part in filter(None, (each.strip() for each in text.split(","))):
        group, _equals, place = part.rpartition("=")
        site, _colon, role = place.rpartition(":")
        if not group or not site or role not in Role.values:
            raise Unreadable(f"“{part}” is not of the form group=site:role, with a role of {', '.join(Role.values)}.")
        found[site.strip()].append((group.strip(), Role(role)))
    return dict(found)
