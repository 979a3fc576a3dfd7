"""Each preset against answers in the shape that its vendor documents."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from deploys.content.sources.addresses import Guard
from deploys.content.sources.config_data import config_from
from deploys.content.sources.errors import ErrorClass, SourceRefused
from deploys.content.sources.http_json import HttpJsonSource
from deploys.content.sources.presets.table import PRESETS, config_of
from deploys.content.sources.types import Entry
from tests.content.sources.answering import Answering, Asked, Cms, Reply

type Served = Callable[[Answering], Cms]


def preset(
    name: str, cms: Cms, secrets: dict[str, str] | None = None, *, url: str = "", **answers: Any
) -> HttpJsonSource:
    """A source with a preset's settings."""
    given = {"url": f"{cms.url}{url}", **answers}
    config = config_of(name, given, secrets or {})
    return HttpJsonSource(config, secrets, guard=Guard(["127.0.0.1"]), sleep=lambda seconds: None)


def read(source: HttpJsonSource) -> list[Entry]:
    found = list(source.read())
    assert (source.is_complete, source.warnings) == (True, [])
    return found


# --- Craft CMS -------------------------------------------------------------

CRAFT_ENTRY = {
    "id": "12",
    "canonicalUid": "0f1c-uid",
    "siteId": 1,
    "siteHandle": "default",
    "sectionHandle": "news",
    "typeHandle": "article",
    "title": "An important news item",
    "slug": "important",
    "uri": "news/important",
    "url": "https://museum.example/news/important",
    "status": "pending",
    "postDate": "2026-12-01T09:00:00+01:00",
    "expiryDate": None,
    "dateCreated": "2026-11-01T09:00:00+01:00",
    "dateUpdated": "2026-11-02T09:00:00+01:00",
    "currentRevision": {"revisionCreator": {"fullName": "Mei Okafor"}, "dateCreated": "2026-11-02T09:00:00+01:00"},
    "body": "<p>This is how we roll these days.</p>",
    "blocks": [{"id": "99", "uid": "block-uid", "text": "Nested", "dateUpdated": "2026-11-02T09:00:00+01:00"}],
}


def craft(entries: list[dict[str, Any]], *, knows_status: bool = True) -> Answering:
    """Craft's GraphQL endpoint: a schema with or without the scope for entries that are not live."""

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("authorization", "Bearer good") != "Bearer good":
            return Reply(status=400, data={"error": "Invalid Authorization Header"})
        query = asked.body["query"]
        if "status: null" in query and not knows_status:
            message = 'Unknown argument "status" on field "Query.entryCount".'
            return Reply(data={"errors": [{"message": message}]})
        if "ping" in query:
            return Reply(data={"data": {"ping": "pong", "total": len(entries)}})
        at, size = asked.body["variables"]["offset"], asked.body["variables"]["limit"]
        return Reply(data={"data": {"total": len(entries), "entries": entries[at : at + size]}})

    return answer


def test_craft(served: Served) -> None:
    """A scheduled entry with who and when; ids of nested entries are no content, as Craft renews them."""
    cms = served(craft([CRAFT_ENTRY]))
    source = preset(
        "craft",
        cms,
        {"token": "good"},
        url="/api",
        sections="news, pages",
        sites="default",
        fields="... on article_Entry { body blocks { id uid text } }",
        inactive=True,
        who=True,
        admin_url="https://cms.example/admin",
    )
    (entry,) = read(source)
    assert (entry.key, entry.kind, entry.status) == ("0f1c-uid:1", "news", "scheduled")
    assert entry.publish_at == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert (entry.changed_by, entry.changed_at) == ("Mei Okafor", datetime(2026, 11, 2, 8, tzinfo=UTC))
    assert entry.edit_url == "https://cms.example/admin/entries/news/12?site=default"
    assert entry.fields == {
        "slug": "important",
        "uri": "news/important",
        "body": "<p>This is how we roll these days.</p>",
        "blocks": [{"text": "Nested"}],
    }
    query = cms.requests[1].body["query"]
    assert 'section: ["news", "pages"], site: ["default"], status: null' in query
    assert 'orderBy: "elements.id ASC"' in query
    assert source.findings == []


def test_craft_reads_page_after_page(served: Served) -> None:
    """A hundred at a time."""
    entries = [{**CRAFT_ENTRY, "canonicalUid": f"uid-{number}"} for number in range(250)]
    cms = served(craft(entries))
    assert len(read(preset("craft", cms, {"token": "good"}, sections="news"))) == 250
    assert [asked.body["variables"]["offset"] for asked in cms.requests if asked.body.get("variables")] == [0, 100, 200]


def test_craft_without_the_scope_is_told_what_to_tick(served: Served) -> None:
    """A schema without the scope does not know the argument at all."""
    with pytest.raises(SourceRefused, match="Query for non-enabled elements"):
        read(
            preset(
                "craft",
                served(craft([CRAFT_ENTRY], knows_status=False)),
                {"token": "good"},
                sections="news",
                inactive=True,
            )
        )


def test_craft_without_the_inactive_ones_says_what_is_not_seen(served: Served) -> None:
    """No status argument is sent then, and scheduled entries stay unknown."""
    cms = served(craft([CRAFT_ENTRY], knows_status=False))
    source = preset("craft", cms, sections="news")
    read(source)
    assert "status: null" not in cms.requests[1].body["query"]
    assert [finding[:22] for finding in source.findings] == ["Only entries that are ", "No token is set, so Cr"]


def test_craft_refuses_a_wrong_token_in_words(served: Served) -> None:
    """The sentence names where tokens are, and the server that takes the header away."""
    with pytest.raises(SourceRefused, match="GraphQL > Tokens"):
        read(preset("craft", served(craft([CRAFT_ENTRY])), {"token": "bad"}, sections="news"))


@pytest.mark.parametrize("fields", ["body } } other { id", "body {"])
def test_craft_fields_cannot_leave_their_braces(served: Served, fields: str) -> None:
    """What is typed stays a selection of an entry."""
    with pytest.raises(SourceRefused, match="braces"):
        preset("craft", served(craft([])), sections="news", fields=fields)


# --- WordPress -------------------------------------------------------------

POST = {
    "id": 4,
    "date": "2017-02-14T01:00:00",
    "date_gmt": "2017-02-14T00:00:00",
    "modified": "2017-02-15T01:00:00",
    "modified_gmt": "2017-02-15T00:00:00",
    "slug": "fixture-post",
    "status": "publish",
    "type": "post",
    "link": "https://museum.example/?p=4",
    "title": {"raw": "Fixture & Post", "rendered": "Fixture &amp; Post"},
    "content": {"raw": "<!-- wp:p -->Updated", "rendered": "<p class='wp-7'>Updated</p>", "protected": False},
    "excerpt": {"raw": "Short", "rendered": "<p>Short</p>"},
    "author": 1,
    "tags": [3],
    "yoast_head": "<!-- made 12:00:01 -->",
    "_links": {"self": [{"href": "https://museum.example/wp-json/wp/v2/posts/4"}]},
}


def wordpress(posts: list[dict[str, Any]], pages: list[dict[str, Any]], **capabilities: bool) -> Answering:
    """The REST API: pages of at most 100, the number in a header, an error past the end."""

    def answer(asked: Asked) -> Reply:
        login = asked.headers.get("authorization")
        if login and base64.b64decode(login.split()[1]) != b"mei:abcd efgh":
            return Reply(status=401, data={"code": "incorrect_password", "message": "The password is incorrect."})
        if asked.path.endswith("/users/me"):
            return Reply(data={"id": 1, "capabilities": capabilities})
        items = posts if asked.path.endswith("/posts") else pages
        page, size = int(asked.query["page"]), int(asked.query["per_page"])
        found = items[(page - 1) * size : page * size]
        if not found and page > 1:
            return Reply(status=400, data={"code": "rest_post_invalid_page_number", "message": "Too large."})
        return Reply(data=found, headers={"X-WP-Total": str(len(items)), "X-WP-TotalPages": "1"})

    return answer


def test_wordpress_as_a_visitor(served: Served) -> None:
    """Dates are UTC though they carry no zone, titles are text, and what plugins add is no content."""
    cms = served(wordpress([POST], [{**POST, "id": 5, "type": "page"}]))
    source = preset("wordpress", cms)
    post, page = read(source)
    assert (post.key, post.kind, post.title, page.kind) == ("4", "post", "Fixture & Post", "page")
    assert (post.publish_at, post.changed_at) == (
        datetime(2017, 2, 14, tzinfo=UTC),
        datetime(2017, 2, 15, tzinfo=UTC),
    )
    assert post.edit_url == f"{cms.url}/wp-admin/post.php?post=4&action=edit"
    assert post.fields["content"] == "<p class='wp-7'>Updated</p>"
    assert "yoast_head" not in post.fields
    assert "status" not in cms.requests[0].query
    assert source.total == 2


def test_wordpress_with_a_login(served: Served) -> None:
    """Raw texts, without the numbers of each rendering, and what is not published yet."""
    future = {**POST, "id": 6, "status": "future", "date_gmt": "2030-01-01T08:00:00"}
    cms = served(wordpress([POST, future, {**POST, "id": 7, "status": "draft"}], [], edit_others_posts=True))
    source = preset("wordpress", cms, {"login": "mei:abcd efgh"}, types="posts", more_fields="yoast_head")
    found = read(source)
    assert [entry.status for entry in found] == ["live", "scheduled", "draft"]
    assert found[0].fields["content"] == "<!-- wp:p -->Updated"
    assert found[0].fields["yoast_head"] == "<!-- made 12:00:01 -->"
    assert cms.requests[1].query["context"] == "edit"
    assert source.findings == ["This user sees no unpublished pages of others: give it the role Editor."]


def test_wordpress_refuses_a_wrong_password_in_words(served: Served) -> None:
    """With the place where a new one is made, and without the old one."""
    with pytest.raises(SourceRefused, match="Application Passwords") as refused:
        read(preset("wordpress", served(wordpress([POST], [])), {"login": "mei:wrong-one"}))
    assert refused.value.error_class == ErrorClass.TOKEN_REJECTED
    assert "wrong-one" not in f"{refused.value} {refused.value.detail}"


def test_wordpress_reads_more_than_a_hundred(served: Served) -> None:
    """Pages end where the total is reached."""
    cms = served(wordpress([{**POST, "id": number} for number in range(1, 202)], []))
    assert len(read(preset("wordpress", cms, types="posts"))) == 201
    assert len(cms.requests) == 3


# --- Strapi, Directus, Contentful ------------------------------------------


def test_strapi(served: Served) -> None:
    """The document's id counts, not the row's; each language is a list of its own; nested rows' ids are no content."""
    item = {
        "id": 8,
        "documentId": "flzc8qrarj19ee0luix8knxn",
        "title": "Restaurant D",
        "locale": "en",
        "slug": "restaurant-d",
        "releaseDate": "2026-12-01",
        "Description": [{"type": "paragraph", "children": [{"type": "text", "text": "Short."}]}],
        "seo": {"id": 4, "metaTitle": "D"},
        "createdAt": "2026-01-01T00:00:00.000Z",
        "updatedAt": "2026-02-01T00:00:00.000Z",
        "publishedAt": "2026-02-01T00:00:00.000Z",
    }
    meta = {"pagination": {"page": 1, "pageSize": 100, "pageCount": 1, "total": 1}}
    cms = served(lambda asked: Reply(data={"data": [{**item, "locale": asked.query["locale"]}], "meta": meta}))
    found = read(
        preset(
            "strapi5",
            cms,
            {"token": "secret-token"},
            types=["restaurants"],
            locales="en, de",
            page_address="/{locale}/{slug}/",
            publish_field="releaseDate",
            time_zone="Europe/Berlin",
        )
    )
    assert [entry.key for entry in found] == [
        "restaurants:flzc8qrarj19ee0luix8knxn:en",
        "restaurants:flzc8qrarj19ee0luix8knxn:de",
    ]
    entry = found[0]
    assert (entry.title, entry.url) == ("Restaurant D", "/en/restaurant-d/")
    assert entry.publish_at == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert entry.changed_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert entry.fields["seo"] == {"metaTitle": "D"}
    assert cms.requests[0].query["pagination[pageSize]"] == "100"
    assert cms.requests[0].headers["authorization"] == "Bearer secret-token"


def test_directus(served: Served) -> None:
    """The date of the last edit, or of the making; names of people whom the token may see."""
    items = [
        {"id": 1, "title": "One", "status": "published", "date_created": "2026-01-01T10:00:00Z", "date_updated": None},
        {
            "id": 2,
            "title": "Two",
            "status": "draft",
            "date_created": "2026-01-01T10:00:00Z",
            "date_updated": "2026-03-01T10:00:00Z",
            "user_updated": {"first_name": "Mei", "last_name": "Okafor"},
        },
        {"id": 3, "title": "Three", "status": "published", "user_updated": "5c7f-id-only"},
    ]

    def answer(asked: Asked) -> Reply:
        if asked.path == "/users/me":
            return Reply(data={"data": {"id": "9"}})
        return Reply(data={"data": items, "meta": {"filter_count": 3}})

    cms = served(answer)
    found = read(preset("directus", cms, {"token": "t-secret"}, collections="articles"))
    assert [(entry.key, entry.status) for entry in found] == [
        ("articles:1", "live"),
        ("articles:2", "draft"),
        ("articles:3", "live"),
    ]
    assert [entry.changed_by for entry in found] == [None, "Mei Okafor", None]
    assert found[0].changed_at == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert found[1].changed_at == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_directus_refuses_a_wrong_token_in_words(served: Served) -> None:
    """The public role would answer with less, or nothing."""

    def answer(asked: Asked) -> Reply:
        if asked.path == "/users/me":
            return Reply(status=401, data={"errors": [{"message": "Invalid user credentials."}]})
        return Reply(data={"data": [], "meta": {"filter_count": 0}})

    with pytest.raises(SourceRefused, match="static token"):
        read(preset("directus", served(answer), {"token": "t-secret"}, collections="articles"))


CONTENTFUL_ITEM = {
    "sys": {
        "id": "5ETMRzkl9KM4omyMwKAOki",
        "type": "Entry",
        "createdAt": "2014-02-21T13:42:57.752Z",
        "updatedAt": "2014-08-23T14:42:35.207Z",
        "revision": 3,
        "contentType": {"sys": {"type": "Link", "linkType": "ContentType", "id": "city"}},
    },
    "fields": {"name": {"en-US": "London"}, "center": {"en-US": {"lon": -0.12, "lat": 51.5}}},
}


def test_contentful_in_all_languages(served: Served) -> None:
    """One entry holds all languages; the title is that of the first."""
    cms = served(lambda asked: Reply(data={"total": 1, "skip": 0, "limit": 200, "items": [CONTENTFUL_ITEM]}))
    (entry,) = read(preset("contentful", cms, {"token": "secret"}, space="cfexampleapi", types="city, cat"))
    assert (entry.key, entry.kind, entry.title) == ("5ETMRzkl9KM4omyMwKAOki", "city", "London")
    assert entry.fields == CONTENTFUL_ITEM["fields"]
    assert cms.requests[0].path == "/spaces/cfexampleapi/environments/master/entries"
    assert cms.requests[0].query | {"locale": "*", "sys.contentType.sys.id[in]": "city,cat"} == cms.requests[0].query


def test_contentful_in_one_language(served: Served) -> None:
    """Fields are plain values then, and the language is part of the key."""
    item = {**CONTENTFUL_ITEM, "fields": {"name": "London", "slug": "london"}}
    cms = served(lambda asked: Reply(data={"total": 1, "items": [item]}))
    (entry,) = read(
        preset("contentful", cms, {"token": "secret"}, space="s", locale="en-US", page_address="/cities/{fields.slug}")
    )
    assert (entry.key, entry.title, entry.url) == ("5ETMRzkl9KM4omyMwKAOki:en-US", "London", "/cities/london")


# --- feeds -----------------------------------------------------------------


def test_json_feed(served: Served) -> None:
    """Pages are followed; the source says that it is partial."""

    def answer(asked: Asked) -> Reply:
        last = asked.query.get("page") == "2"
        item = {
            "id": "https://blog.example/2" if last else "https://blog.example/1",
            "url": "https://blog.example/1",
            "title": "First",
            "content_html": "<p>Hello</p>",
            "date_published": "2026-01-01T00:00:00Z",
            "authors": [{"name": "Mei Okafor"}],
        }
        following = {} if last else {"next_url": "/feed.json?page=2"}
        return Reply(data={"version": "https://jsonfeed.org/version/1.1", "items": [item], **following})

    source = preset("jsonfeed", served(answer), url="/feed.json")
    first, second = read(source)
    assert (first.key, second.key, source.is_partial) == ("https://blog.example/1", "https://blog.example/2", True)
    assert first.changed_at == first.publish_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert (first.changed_by, first.fields["content_html"]) == ("Mei Okafor", "<p>Hello</p>")


# --- all -------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_settings_of_a_preset_can_be_stored(name: str) -> None:
    """What a preset makes survives being written as JSON and read again; every question has words."""
    given = {"url": "https://cms.example", "sections": "s", "types": "a", "collections": "b", "space": "c"}
    asked = {one.name for one in PRESETS[name].settings}
    config = config_of(name, {key: value for key, value in given.items() if key in asked}, {"token", "login"})
    assert config_from(config.as_data()).as_data() == config.as_data()
    assert all(one.label and one.help for one in PRESETS[name].settings)


def test_a_setting_can_be_replaced() -> None:
    """A team adds a marker, or a longer time limit, without leaving the preset."""
    override = {"mapping": {"marker": "slug"}, "deadline": 60}
    config = config_of("wordpress", {"url": "https://cms.example", "override": override}, ())
    assert (config.mapping["marker"], config.mapping["key"], config.deadline) == ("slug", "id", 60)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("joomla", {}, "no preset “joomla”"),
        ("craft", {}, "“url” cannot work: it is missing"),
        ("craft", {"url": "cms.example", "sections": "a"}, "no http or https address"),
        ("craft", {"url": "https://a.example", "sections": 'x") { id } #'}, "is no name"),
        ("craft", {"url": "https://a.example", "sections": "a", "inactive": "yes"}, "it is true or false"),
        ("craft", {"url": "https://a.example", "colour": "red"}, "there is no such setting"),
        ("strapi5", {"url": "https://a.example", "types": "a", "page_address": "/{a b}/"}, "names no field"),
        ("wagtail_v2", {"url": "https://a.example", "types": "a.B", "limit": "many"}, "a whole number"),
        ("contentful", {"space": "a"}, "“token” cannot work: it is missing"),
    ],
)
def test_answers_that_cannot_work_are_named(name: str, given: dict[str, Any], words: str) -> None:
    """Before any request is sent."""
    with pytest.raises(SourceRefused, match=words) as refused:
        config_of(name, given, ())
    assert refused.value.error_class == ErrorClass.CONFIG_WRONG
