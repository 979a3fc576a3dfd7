"""Wagtail over its API, version 2 and 3. https://docs.wagtail.org/en/stable/advanced_topics/api/"""

from __future__ import annotations

from urllib.parse import urlsplit

from deploys.content.sources.config import Finding, HttpJsonConfig, Paging, Probe
from deploys.content.sources.presets.settings import (
    Answers,
    Preset,
    Setting,
    address_of,
    named,
    token_setting,
    with_parameters,
    wrong,
)

# WAGTAILAPI_LIMIT_MAX, unless the site raised it: asking for more is an error.
_USUAL_LIMIT = 20
_PUBLIC = "open the address in a browser: it has to show “total_count” without signing in"
_NOISE = (
    "meta.detail_url",
    "meta.first_published_at",
    "meta.parent",
    "live",
    "last_published_at",
    "latest_revision_created_at",
)


def build_v2(answers: Answers) -> HttpJsonConfig:
    """Make the settings: one list per page type, as only these give all fields. Live, public pages only."""
    lists = [
        with_parameters(f"{answers.address('url')}/pages/", type=one, fields="*", order="id")
        for one in answers.names("types")
    ]
    return HttpJsonConfig(
        url=lists[0],
        also=tuple(lists[1:]),
        total="meta.total_count",
        paging=_paging(answers),
        items="items",
        mapping=_mapping(answers),
        noise=_NOISE,
        token_hint=_PUBLIC,
    )


def build_v3(answers: Answers) -> HttpJsonConfig:
    """Make the settings: a list, and each page's own address for its fields."""
    site = answers.address("url")
    has_token = answers.has_secret("token")
    lists = [with_parameters(f"{site}/pages/", type=one) for one in answers.names("types") or (None,)]
    status = "live && 'live' || 'draft'" if has_token else ""
    hint = "in Wagtail, under Settings > API tokens, make a new one"
    return HttpJsonConfig(
        url=lists[0],
        also=tuple(lists[1:]),
        headers={"Authorization": "Bearer {secret:token}"} if has_token else {},
        total="count",
        paging=_paging(answers),
        items="items",
        detail=f"{site}/pages/{{key}}/",
        # With a token the list also holds pages that are not live, and only their own field “live” tells.
        mapping=named(**_mapping(answers), status=status),
        noise=_NOISE,
        probe=_whoami(site, hint) if has_token else None,
        token_hint=hint,
    )


def _mapping(answers: Answers) -> dict[str, str]:
    parts = urlsplit(answers.address("url"))
    admin = answers.address("admin_url") or f"{parts.scheme}://{parts.netloc}/admin"
    return {
        "key": "to_string(id)",
        "kind": "meta.type",
        "title": "title",
        "url": "meta.html_url",
        "edit_url": address_of(f"{admin}/pages/{{id}}/edit/"),
        "publish_at": "go_live_at",
        "expire_at": "expire_at",
        "changed_at": "last_published_at || latest_revision_created_at",
    }


def _paging(answers: Answers) -> Paging:
    text = answers.text("limit")
    if text and not (text.isascii() and text.isdecimal() and 0 < int(text) <= 10_000):
        raise wrong("limit", "it is a whole number from 1 to 10000")
    return Paging(kind="offset", size=int(text or _USUAL_LIMIT), at_name="offset", size_name="limit")


def _whoami(site: str, hint: str) -> Probe:
    """A wrong or revoked token is taken for a visitor by every other address."""
    return Probe(
        url=f"{site}/whoami/",
        findings=(
            Finding(
                when="status == `401` || status == `403`",
                says=f"Wagtail does not know the token and would show only what is public: {hint}.",
                refuses=True,
            ),
            Finding(
                when="status == `200` && !(body.user.is_superuser)",
                says="The token sees the pages that its user may edit or publish, and no others.",
            ),
        ),
    )


_ADDRESS = Setting(name="url", label="Address of the API", help="Such as https://cms.example.org/api/v2", required=True)
_LIMIT = Setting(
    name="limit",
    label="Entries per page",
    help="Not above the site's WAGTAILAPI_LIMIT_MAX. Empty: 20.",
)
_ADMIN = Setting(name="admin_url", label="Admin", help="Empty: /admin at the same host.")

WAGTAIL_V2 = Preset(
    name="wagtail_v2",
    label="Wagtail (API v2)",
    build=build_v2,
    settings=(
        _ADDRESS,
        Setting(
            name="types",
            label="Page types",
            help="Such as blog.BlogPage, home.HomePage. Each is read with its own fields.",
            kind="list",
            required=True,
        ),
        _LIMIT,
        _ADMIN,
    ),
)

WAGTAIL_V3 = Preset(
    name="wagtail_v3",
    label="Wagtail (API v3)",
    build=build_v3,
    settings=(
        Setting(name="url", label="Address of the API", help="Such as https://cms.example.org/api/v3", required=True),
        token_setting("From Settings > API tokens. Without one, live and public pages are read."),
        Setting(name="types", label="Page types", help="Such as blog.BlogPage. Empty: all.", kind="list"),
        _LIMIT,
        _ADMIN,
    ),
)
