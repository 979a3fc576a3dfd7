"""Reading all of a JSON API: pages, counts that disagree, etags, progress, limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from deploys.content.sources.config import Finding, Paging, Probe
from deploys.content.sources.errors import ErrorClass, SourceError, SourceRefused
from deploys.content.sources.types import Progress
from tests.content.sources.answering import Answering, Asked, Cms, Reply, pages_of
from tests.content.sources.reading import config, source

type Served = Callable[[Answering], Cms]
ITEMS = [{"id": number, "title": f"Entry {number}", "body": f"Text {number}"} for number in range(1, 6)]


def keys(given: Any) -> list[str]:
    return [entry.key for entry in given.read()]


def test_every_page_is_read(served: Served) -> None:
    """Five entries in pages of two are five entries, and the source is content with its own count."""
    cms = served(pages_of(ITEMS))
    given = source(config(cms))
    assert keys(given) == ["1", "2", "3", "4", "5"]
    assert (given.total, given.is_complete, given.shortfall, given.warnings) == (5, True, "", [])
    assert [asked.query["offset"] for asked in cms.requests] == ["0", "2", "4"]


def test_a_source_can_be_read_again(served: Served) -> None:
    """read() starts anew each time."""
    given = source(config(served(pages_of(ITEMS))))
    assert keys(given) == keys(given)


def test_several_lists_are_one_source(served: Served) -> None:
    """The count is that of all lists together; each entry is of the kind of its list."""
    lists = {"/posts": ITEMS[:3], "/pages": ITEMS[3:]}
    cms = served(lambda asked: pages_of(lists[asked.path])(asked))
    given = source(config(cms, url=f"{cms.url}/posts", also=(f"{cms.url}/pages",)))
    assert [(entry.key, entry.kind) for entry in given.read()] == [
        ("1", "posts"),
        ("2", "posts"),
        ("3", "posts"),
        ("4", "pages"),
        ("5", "pages"),
    ]
    assert (given.total, given.is_complete) == (5, True)


def test_two_lists_that_number_alike_do_not_collide(served: Served) -> None:
    """With keys_by_kind the kind comes before the key."""
    cms = served(pages_of(ITEMS[:1]))
    given = source(config(cms, url=f"{cms.url}/posts", also=(f"{cms.url}/pages",), keys_by_kind=True))
    assert keys(given) == ["posts:1", "pages:1"]


def test_numbered_pages(served: Served) -> None:
    """Pages that are counted from 1 end where the total is reached."""
    cms = served(lambda asked: Reply(data={"total": 5, "items": ITEMS[(int(asked.query["page"]) - 1) * 2 :][:2]}))
    given = source(config(cms, paging=Paging(kind="page", at_name="page", size_name="per_page", size=2)))
    assert len(keys(given)) == 5
    assert [asked.query["page"] for asked in cms.requests] == ["1", "2", "3"]


def test_next_addresses_are_followed(served: Served) -> None:
    """The address of the next page comes from the answer; scheme and port of a proxy do not matter."""

    def answer(asked: Asked) -> Reply:
        at = int(asked.query.get("at", 0))
        following = f"https://127.0.0.1/entries?at={at + 2}" if at + 2 < len(ITEMS) else None
        return Reply(data={"items": ITEMS[at : at + 2], "next": following})

    given = source(config(served(answer), total="", paging=Paging(kind="next_url", next="next")))
    assert len(keys(given)) == 5
    assert given.is_complete


def test_next_addresses_in_a_header_are_followed(served: Served) -> None:
    """A Link header works as well."""

    def answer(asked: Asked) -> Reply:
        at = int(asked.query.get("at", 0))
        links = '</first>; rel="prev"' + (f', </entries?at={at + 2}>; rel="next"' if at + 2 < 5 else "")
        return Reply(data=ITEMS[at : at + 2], headers={"Link": links})

    paging = Paging(kind="next_url", next="header:Link")
    assert len(keys(source(config(served(answer), items="@", total="", paging=paging)))) == 5


def test_cursors_are_followed_in_a_query(served: Served) -> None:
    """A GraphQL cursor goes into the body's variables; `more` ends the list."""

    def answer(asked: Asked) -> Reply:
        at = int(asked.body["variables"]["after"] or 0)
        assert asked.body["variables"]["first"] == 2
        page = {"nodes": ITEMS[at : at + 2], "info": {"end": str(at + 2), "more": at + 2 < 5}}
        return Reply(data={"data": {"entries": page}})

    given = source(
        config(
            served(answer),
            method="POST",
            body={"query": "{ … }", "variables": {"first": "{limit}", "after": "{cursor}"}},
            items="data.entries.nodes",
            total="",
            paging=Paging(kind="cursor", next="data.entries.info.end", more="data.entries.info.more", size=2),
        )
    )
    assert len(keys(given)) == 5


def test_a_list_that_moved_is_read_once_more(served: Served) -> None:
    """An entry that came in between makes the counts disagree; the second time they agree."""
    items = list(ITEMS)

    def answer(asked: Asked) -> Reply:
        reply = pages_of(items)(asked)
        if len(items) == 5 and asked.query["offset"] == "2":
            items.insert(0, {"id": 0, "title": "New"})
        return reply

    given = source(config(served(answer)))
    assert set(keys(given)) == {"0", "1", "2", "3", "4", "5"}
    assert (given.total, given.is_complete) == (6, True)


def test_an_entry_that_went_in_between_makes_the_reading_incomplete(served: Served) -> None:
    """What was given in the first round and is gone in the second cannot be taken back, so the reading says so."""
    items = list(ITEMS)

    def answer(asked: Asked) -> Reply:
        reply = pages_of(items)(asked)
        if len(items) == 5 and asked.query["offset"] == "2":
            del items[0]
        return reply

    given = source(config(served(answer)))
    keys(given)
    assert not given.is_complete
    assert given.shortfall == "1 entries were removed in the middle of the reading: the next one will be right."
    assert (len(keys(given)), given.is_complete) == (4, True)


def test_a_source_that_gives_fewer_than_it_counts_is_incomplete(served: Served) -> None:
    """After two rounds the reading is marked, with what to check."""
    cms = served(lambda asked: Reply(data={"total": 9, "items": ITEMS if asked.query["offset"] == "0" else []}))
    given = source(config(cms))
    keys(given)
    assert not given.is_complete
    assert "has 9 entries, but gave 5" in given.shortfall
    assert len(cms.requests) == 4


def test_keys_that_are_not_unique_are_named(served: Served) -> None:
    """Two entries with one key are one entry, and a warning."""
    given = source(config(served(pages_of([{"id": 1}, {"id": 1}])), paging=Paging()))
    keys(given)
    assert not given.is_complete
    assert "share a key with another on the same page (1)" in given.warnings[0]


def test_a_reading_that_was_not_finished_is_not_complete(served: Served) -> None:
    """Whoever stops in the middle does not hold everything."""
    given = source(config(served(pages_of(ITEMS))))
    reading = given.read()
    next(reading)
    reading.close()
    assert not given.is_complete


def test_a_partial_source_is_content_with_what_it_gives(served: Served) -> None:
    """A feed's newest entries are complete in themselves, and it says that it is partial."""
    given = source(
        config(served(lambda asked: Reply(data={"total": 900, "items": ITEMS})), partial=True, paging=Paging())
    )
    assert len(keys(given)) == 5
    assert (given.is_complete, given.is_partial) == (True, True)


def test_an_unchanged_source_costs_one_request(served: Served) -> None:
    """The etag of a reading of one page is asked with the next time."""

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == '"seven"':
            return Reply(status=304)
        return Reply(data={"total": 5, "items": ITEMS}, headers={"ETag": '"seven"'})

    cms = served(answer)
    settings = config(cms, paging=Paging())
    first = source(settings)
    keys(first)
    second = source(settings, etag=first.etag)
    assert keys(second) == []
    assert (second.etag_unchanged, second.is_complete, second.etag) == (True, True, first.etag)
    assert len(cms.requests) == 2


def test_other_settings_make_an_etag_void(served: Served) -> None:
    """An unchanged answer that is to be mapped otherwise is read."""
    cms = served(lambda asked: Reply(data={"total": 5, "items": ITEMS}, headers={"ETag": '"seven"'}))
    first = source(config(cms, paging=Paging()))
    keys(first)
    second = source(config(cms, paging=Paging(), fields=("body",)), etag=first.etag)
    assert len(keys(second)) == 5
    assert "if-none-match" not in cms.requests[-1].headers


def test_an_etag_of_one_page_of_many_proves_nothing(served: Served) -> None:
    """The first page may be unchanged while the second is not."""
    cms = served(lambda asked: replace(pages_of(ITEMS)(asked), headers={"ETag": '"page"'}))
    given = source(config(cms))
    keys(given)
    assert given.etag == ""


def test_progress_is_told_page_by_page(served: Served) -> None:
    """Read so far, how many there are, and where we are."""
    told: list[Progress] = []
    list(source(config(served(pages_of(ITEMS)))).read(on_progress=told.append))
    assert [(one.read, one.total, one.note) for one in told] == [
        (0, 5, "Reading: page 1"),
        (2, 5, "Reading: page 2"),
        (4, 5, "Reading: page 3"),
        (5, 5, "Reading: page 3"),
    ]


def test_details_are_asked_for_where_the_list_lacks_them(served: Served) -> None:
    """One request per entry completes it; one that is gone by then makes the list be read again."""
    gone = {"3"}

    def answer(asked: Asked) -> Reply:
        if asked.path == "/entries":
            return pages_of([one for one in ITEMS if len(gone) or one["id"] != 3])(asked)
        key = asked.path.rsplit("/", 1)[1]
        if key in gone:
            gone.clear()
            return Reply(status=404, data={"message": "gone"})
        return Reply(data={"id": int(key), "more": f"Details of {key}"})

    cms = served(answer)
    given = source(config(cms, detail=f"{cms.url}/entries/{{key}}"))
    found = {entry.key: entry.fields["more"] for entry in given.read()}
    assert found == {key: f"Details of {key}" for key in ("1", "2", "4", "5")}
    assert given.is_complete


def test_a_probe_tells_what_the_token_may_not_see(served: Served) -> None:
    """Findings that are true are kept; the others are not."""
    findings = (
        Finding(when="status == `200` && !(body.drafts)", says="The token sees no drafts."),
        Finding(when="status == `401`", says="The token is not valid."),
    )

    def answer(asked: Asked) -> Reply:
        return Reply(data={"drafts": False}) if asked.path == "/me" else pages_of(ITEMS)(asked)

    cms = served(answer)
    given = source(config(cms, probe=Probe(url=f"{cms.url}/me", findings=findings)))
    assert len(keys(given)) == 5
    assert given.findings == ["The token sees no drafts."]


def test_a_token_that_silently_shows_less_stops_the_reading(served: Served) -> None:
    """A source that takes a wrong token for a visitor would look as if entries had been removed."""
    findings = (Finding(when="status == `401`", says="The token is not valid: make a new one.", refuses=True),)

    def answer(asked: Asked) -> Reply:
        return Reply(status=401, data={"detail": "no"}) if asked.path == "/me" else pages_of(ITEMS)(asked)

    cms = served(answer)
    with pytest.raises(SourceRefused, match="make a new one") as refused:
        keys(source(config(cms, probe=Probe(url=f"{cms.url}/me", findings=findings))))
    assert refused.value.error_class == ErrorClass.TOKEN_REJECTED


@pytest.mark.parametrize(
    ("data", "settings", "error_class", "words"),
    [
        ({"entries": []}, {}, ErrorClass.NO_ITEMS, "It has: entries"),
        ({"items": [{"uid": 1}], "total": 1}, {}, ErrorClass.NO_KEYS, "They have: uid"),
        ({"items": ITEMS, "total": 5}, {"max_entries": 3}, ErrorClass.TOO_MANY_ENTRIES, "more than 3 entries"),
        ({"items": ITEMS}, {"total": ""}, ErrorClass.PAGING_LOOP, "the same page again"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(
    served: Served, data: Any, settings: dict[str, Any], error_class: ErrorClass, words: str
) -> None:
    """No list, no keys, too many, going round in circles: each names what to change."""
    with pytest.raises(SourceError, match=words) as failed:
        keys(source(config(served(lambda asked: Reply(data=data)), **settings)))
    assert failed.value.error_class == error_class


def test_errors_of_a_query_are_refusals(served: Served) -> None:
    """GraphQL answers 200 to a query that it does not carry out."""
    cms = served(lambda asked: Reply(data={"errors": [{"message": 'Unknown argument "status" on field "entries".'}]}))
    given = source(config(cms, method="POST", body={"query": "{ entries }"}, items="data.entries"))
    with pytest.raises(SourceRefused, match="the token's schema does not include it") as refused:
        keys(given)
    assert refused.value.error_class == ErrorClass.GRAPHQL_REFUSED


def test_a_cursor_that_comes_again_is_a_circle(served: Served) -> None:
    """Other entries each time, but the same place: we would never end."""
    count = iter(range(1000))
    cms = served(lambda asked: Reply(data={"items": [{"id": next(count)}], "next": "/entries?at=1"}))
    with pytest.raises(SourceError, match="gave before"):
        keys(source(config(cms, total="", paging=Paging(kind="next_url", next="next"))))


def test_a_next_page_at_another_host_is_not_followed(served: Served) -> None:
    """The token would go to a stranger."""
    cms = served(lambda asked: Reply(data={"items": ITEMS, "next": "https://elsewhere.example/entries"}))
    with pytest.raises(SourceError, match="another host"):
        keys(source(config(cms, total="", paging=Paging(kind="next_url", next="next"))))
