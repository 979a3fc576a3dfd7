"""Orders of the stagehand about the API: a token of a site, and having its content read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.timezone import now

from deploys import tokens
from deploys.content.actions import request_reading
from deploys.models import ContentSource, Role, Site, TokenScope, User
from deploys.web import badges
from tests import scenes
from tests.web import card_scenes


def site_token(site: str) -> str:
    """The text of a new token that may do everything on this site."""
    found = Site.objects.get(slug=site)
    admin = User.objects.get(memberships__site=found, memberships__role=Role.ADMIN)
    return tokens.make(name="Release robot", scope=TokenScope.ADMIN, actor=admin, expires_at=None, site=found)[1]


def tokens_of() -> dict[str, Any]:
    """A site with tokens in every condition, a badge that is on and one that is off, for its admin."""
    environment, _ana = card_scenes.building()
    site = environment.site
    scenes.make_environment(site=site, slug="staging", name="Staging", kind="staging", position=1)
    admin = User.objects.get(memberships__site=site, memberships__role=Role.ADMIN)
    for owner in (site, None):
        for name, days, scope in (
            ("Nightly release", None, "publish"),
            ("Wall display", 5, "read"),
            ("Old", -2, "admin"),
        ):
            expires_at = now() + timedelta(days=days) if days else None
            made, _text = tokens.make(
                name=name, scope=TokenScope(scope), actor=admin, expires_at=expires_at, site=owner
            )
            tokens.note_use(made, now() - timedelta(minutes=5))
    badges.switch(environment=environment, actor=admin, is_on=True)
    return {"site": site.slug, "team": f"/sites/{site.slug}/tokens/", "mine": "/account/tokens/", "admin": admin}


def read_content(site: str) -> None:
    """The CMS of this site is read now."""
    request_reading(source=ContentSource.objects.get(site__slug=site), actor=None)
