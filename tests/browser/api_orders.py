"""Orders of the stagehand about the API: a token of a site, and having its content read."""

from __future__ import annotations

from deploys import tokens
from deploys.content.actions import request_reading
from deploys.models import ContentSource, Role, Site, TokenScope, User


def site_token(site: str) -> str:
    """The text of a new token that may do everything on this site."""
    found = Site.objects.get(slug=site)
    admin = User.objects.get(memberships__site=found, memberships__role=Role.ADMIN)
    return tokens.make(name="Release robot", scope=TokenScope.ADMIN, actor=admin, expires_at=None, site=found)[1]


def read_content(site: str) -> None:
    """The CMS of this site is read now."""
    request_reading(source=ContentSource.objects.get(site__slug=site), actor=None)
