"""Content sources in every condition, for pictures and browser tests."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.timezone import now

from deploys.models import Membership, Role
from tests.scenes import make_entry, make_source, store_entries
from tests.web import card_scenes

SHRUNK = (
    "The source answered with 31 entries; before there were 486. "
    "Check whether its token is still valid and may see everything."
)


def make() -> dict[str, Any]:
    """The addresses of the pages, and the admin who looks."""
    environment, admin = card_scenes.ready()
    Membership.objects.filter(user=admin, site=environment.site).update(role=Role.ADMIN)
    site, moment = environment.site, now()
    craft = make_source(
        site=site,
        name="Museum CMS",
        preset="craft",
        config={"url": "https://cms.example/api", "sections": ["news", "pages"], "inactive": True},
        secrets=json.dumps({"token": "craft-token"}),
        proof_meta="buildhub:entry",
    )
    store_entries(craft, [make_entry(f"page-{number}") for number in range(12)])
    reading = {"progress": {"read": 312, "total": 486}, "reading_until": moment + timedelta(hours=1)}
    make_source(site=site, name="Archive", preset="wordpress", **reading)
    trouble = {"trouble": "shrunk", "trouble_note": SHRUNK, "trouble_since": moment - timedelta(minutes=20)}
    shop = make_source(site=site, name="Shop", preset="strapi5", **trouble)
    make_source(site=site, name="Old blog", kind="git_folder", is_active=False)
    slug = site.slug
    return {
        "admin": admin,
        "site": slug,
        "sources": reverse("sources", args=[slug]),
        "new": reverse("new-source", args=[slug]),
        "source": reverse("source", args=[slug, craft.pk]),
        "troubled": shop.pk,
    }
