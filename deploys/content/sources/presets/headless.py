"""Strapi 5, Directus and Contentful."""

from __future__ import annotations

from deploys.content.sources.config import Finding, HttpJsonConfig, Paging, Probe
from deploys.content.sources.presets.settings import (
    EXPIRE_FIELD,
    PUBLISH_FIELD,
    TIME_ZONE,
    TITLE_FIELD,
    URL_PATTERN,
    Answers,
    Preset,
    Setting,
    address_of,
    literal,
    named,
    token_setting,
    with_parameters,
    wrong,
)

_STRAPI_HINT = "in Strapi, under Settings > API Tokens, make a token that may “find” each of the types"
_CONTENTFUL_HINT = "in Contentful, under Settings > API keys, take the Content Delivery API token of this environment"
_BEARER = {"Authorization": "Bearer {secret:token}"}


def build_strapi(answers: Answers) -> HttpJsonConfig:
    """Make the settings: one list per type and language. https://docs.strapi.io/cms/api/rest"""
    site = answers.address("url")
    title = answers.field("title_field") or "title || name"
    # Strapi 5 gives one language at a time.
    lists = [
        with_parameters(f"{site}/api/{one}", sort="documentId", populate="*", status="published", locale=locale)
        for one in answers.names("types")
        for locale in answers.names("locales") or (None,)
    ]
    return HttpJsonConfig(
        url=lists[0],
        also=tuple(lists[1:]),
        headers=_BEARER if answers.has_secret("token") else {},
        items="data",
        total="meta.pagination.total",
        paging=Paging(kind="page", size=100, at_name="pagination[page]", size_name="pagination[pageSize]"),
        mapping=named(
            # The id is that of a row: the draft and the published version of one document have different ones.
            key="locale && join(':', [documentId, locale]) || documentId",
            title=title,
            url=answers.pattern("page_address"),
            publish_at=answers.field("publish_field"),
            expire_at=answers.field("expire_field"),
            changed_at="updatedAt",
        ),
        noise=("*.id", "*.createdAt", "*.updatedAt", "*.publishedAt", "documentId", "locale", "localizations"),
        keys_by_kind=True,
        time_zone=answers.text("time_zone") or "UTC",
        token_hint=_STRAPI_HINT,
    )


def build_directus(answers: Answers) -> HttpJsonConfig:
    """Make the settings: one list per collection. https://directus.io/docs/api/items"""
    site, key = answers.address("url"), answers.field("key_field", usual="id")
    lists = [
        with_parameters(f"{site}/items/{one}", fields="*.*", sort=key, meta="filter_count")
        for one in answers.names("collections")
    ]
    hint = "in Directus, open the token's user, make a new static token, and check its role's read rights"
    return HttpJsonConfig(
        url=lists[0],
        also=tuple(lists[1:]),
        headers=_BEARER if answers.has_secret("token") else {},
        items="data",
        total="meta.filter_count",
        paging=Paging(kind="offset", size=100, at_name="offset", size_name="limit"),
        mapping=named(
            key=f"to_string({key})",
            title=answers.field("title_field") or "title || name",
            url=answers.pattern("page_address"),
            status="status",
            publish_at=answers.field("publish_field"),
            expire_at=answers.field("expire_field"),
            # The first is null until the first edit.
            changed_at="date_updated || date_created",
            changed_by=_directus_person("user_updated") + " || " + _directus_person("user_created"),
        ),
        noise=tuple(f"*.{name}" for name in ("date_updated", "date_created", "user_updated", "user_created")),
        statuses={"published": "live"},
        keys_by_kind=True,
        time_zone=answers.text("time_zone") or "UTC",
        probe=_directus_probe(site, hint) if answers.has_secret("token") else None,
        token_hint=hint,
    )


def _directus_person(field: str) -> str:
    """Give the JMESPath for a name; a user whom the token may not see is only an id, and no name."""
    return f"{field}.first_name && join(' ', [{field}.first_name, not_null({field}.last_name, '')]) || {field}.email"


def _directus_probe(site: str, hint: str) -> Probe:
    finding = Finding(
        when="status == `401` || status == `403`", says=f"Directus does not accept the token: {hint}.", refuses=True
    )
    return Probe(url=f"{site}/users/me?fields=id", findings=(finding,))


def build_contentful(answers: Answers) -> HttpJsonConfig:
    """Make the settings of the delivery API. https://www.contentful.com/developers/docs/references/content-delivery-api/"""
    space, environment = _one_name(answers, "space"), _one_name(answers, "environment") or "master"
    locale, title = answers.text("locale"), answers.field("title_field", usual="title")
    types = ",".join(answers.names("types"))
    host = answers.address("url") or "https://cdn.contentful.com"
    # With all languages every field is an object by language, and the first one gives the title.
    titles = [f"fields.{one}" for one in dict.fromkeys((title, "name"))]
    return HttpJsonConfig(
        url=with_parameters(
            f"{host}/spaces/{space}/environments/{environment}/entries",
            **{
                "order": "sys.id",
                "include": "0",
                "locale": locale or "*",
                "sys.contentType.sys.id[in]": types or None,
            },
        ),
        headers=_BEARER,
        items="items[?sys.type=='Entry']",
        total="total",
        paging=Paging(kind="offset", size=200, at_name="skip", size_name="limit"),
        mapping=named(
            key=f"join(':', [sys.id, {literal(locale)}])" if locale else "sys.id",
            kind="sys.contentType.sys.id",
            title=" || ".join(titles if locale else (f"({one}.* | [0])" for one in titles)),
            url=answers.pattern("page_address"),
            edit_url=address_of(
                f"https://app.contentful.com/spaces/{space}/environments/{environment}/entries/{{sys.id}}"
            ),
            publish_at=answers.field("publish_field"),
            expire_at=answers.field("expire_field"),
            changed_at="sys.updatedAt",
        ),
        fields="fields",
        time_zone=answers.text("time_zone") or "UTC",
        token_hint=_CONTENTFUL_HINT,
    )


def _one_name(answers: Answers, name: str) -> str:
    found = answers.names(name)
    if len(found) > 1:
        raise wrong(name, "it is one name")
    return found[0] if found else ""


STRAPI5 = Preset(
    name="strapi5",
    label="Strapi 5",
    build=build_strapi,
    settings=(
        Setting(name="url", label="Address of Strapi", help="Such as https://cms.example.org", required=True),
        token_setting(
            "From Settings > API Tokens, with “find” on each type. Fields it may not see stay away silently."
        ),
        Setting(
            name="types",
            label="Content types",
            help="Plural API names, with commas, such as articles, pages.",
            kind="list",
            required=True,
        ),
        Setting(name="locales", label="Languages", help="Codes, with commas. Empty: the default one.", kind="list"),
        TITLE_FIELD,
        URL_PATTERN,
        PUBLISH_FIELD,
        EXPIRE_FIELD,
        TIME_ZONE,
    ),
)

DIRECTUS = Preset(
    name="directus",
    label="Directus",
    build=build_directus,
    settings=(
        Setting(name="url", label="Address of Directus", help="Such as https://cms.example.org", required=True),
        token_setting("The static token of a user that may read the collections."),
        Setting(
            name="collections",
            label="Collections",
            help="Names, with commas, such as articles, pages.",
            kind="list",
            required=True,
        ),
        Setting(name="key_field", label="Primary key", help="The field's name. Empty: id."),
        TITLE_FIELD,
        URL_PATTERN,
        PUBLISH_FIELD,
        EXPIRE_FIELD,
        TIME_ZONE,
    ),
)

CONTENTFUL = Preset(
    name="contentful",
    label="Contentful",
    build=build_contentful,
    settings=(
        Setting(name="space", label="Space", help="Its id, from Settings > General settings.", required=True),
        token_setting("The Content Delivery API token, from Settings > API keys.", required=True),
        Setting(name="environment", label="Environment", help="Empty: master."),
        Setting(name="types", label="Content types", help="Ids, with commas. Empty: all.", kind="list"),
        Setting(name="locale", label="Language", help="A code such as en-US. Empty: all, as one entry."),
        Setting(name="url", label="Address of the API", help="Empty: https://cdn.contentful.com"),
        TITLE_FIELD,
        URL_PATTERN,
        PUBLISH_FIELD,
        EXPIRE_FIELD,
        TIME_ZONE,
    ),
)
