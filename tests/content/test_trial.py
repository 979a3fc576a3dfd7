"""Trying a source: the first entries, what is missing and what it costs, and errors as values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deploys.content.sources.config import Finding, Paging, Probe
from deploys.content.trial import Trial, try_row, try_source
from deploys.content.trial_text import data_of, lines_of
from deploys.models import ContentSource
from tests.content.sources.answering import Answering, Asked, Cms, Reply, pages_of
from tests.content.sources.conftest import served
from tests.content.sources.reading import MAPPING, config, source

__all__ = ["served"]

type Served = Callable[[Answering], Cms]
ITEMS = [{"id": number, "title": f"Entry {number}", "body": "x" * 500, "tags": ["a"]} for number in range(60)]


def trial(cms: Cms, **settings: Any) -> Trial:
    return try_source(source(config(cms, **settings)), sample=3)


def test_the_first_entries_are_shown_and_the_rest_is_not_read(served: Served) -> None:
    """The count is the source's own; long values are shortened."""
    cms = served(pages_of(ITEMS))
    found = trial(cms)
    assert [entry.title for entry in found.entries] == ["Entry 0", "Entry 1", "Entry 2"]
    assert (found.works, found.total, found.looked_at) == (True, 60, 51)
    assert len(cms.requests) == 26
    shown = {field.name: field.value for field in found.entries[0].fields}
    assert shown["tags"] == '["a"]'
    assert len(shown["body"]) == 200


def test_what_is_missing_is_told_with_what_it_costs(served: Served) -> None:
    """Names of the normal form that stay empty in all entries that were looked at, not only in those shown."""
    items = [*ITEMS[:30], {"id": 99, "link": "/a/"}]
    found = trial(served(pages_of(items)), mapping={**MAPPING, "url": "link"})
    assert [one.name for one in found.missing] == [
        "edit_url",
        "publish_at",
        "expire_at",
        "changed_at",
        "changed_by",
        "marker",
    ]
    assert "No changed_by: who edited cannot be shown." in [str(one) for one in found.missing]


def test_a_small_source_that_counts_nothing_is_counted(served: Served) -> None:
    """When all of it was read, we know how many there are."""
    cms = served(lambda asked: Reply(data={"items": ITEMS[:2]}))
    assert trial(cms, total="", paging=Paging()).total == 2


def test_a_large_source_that_counts_nothing_stays_uncounted(served: Served) -> None:
    """Only the beginning is looked at."""
    cms = served(lambda asked: Reply(data={"items": ITEMS}))
    assert trial(cms, total="", paging=Paging()).total is None


def test_what_the_token_may_not_see_is_told(served: Served) -> None:
    """The probe's findings."""
    probe_answer = Reply(data={})
    cms = served(lambda asked: probe_answer if asked.path == "/me" else pages_of(ITEMS)(asked))
    probe = Probe(url=f"{cms.url}/me", findings=(Finding(when="status == `200`", says="No drafts."),))
    assert trial(cms, probe=probe).findings == ("No drafts.",)


def test_odd_things_are_told(served: Served) -> None:
    """Warnings of the mapping, nothing public, nothing to compare, nothing at all."""
    items = [{"title": "no key"}, {"id": 1, "title": "A", "state": "hidden"}]
    cms = served(lambda asked: Reply(data={"total": 2, "items": items}))
    found = trial(cms, mapping={**MAPPING, "status": "state"})
    assert [warning[:30] for warning in found.warnings] == [
        "1 items had no key and were le",
        "None of these entries is publi",
        "No entry has fields to compare",
    ]
    empty = trial(served(lambda asked: Reply(data={"total": 0, "items": []})))
    assert empty.works
    assert empty.warnings[0].startswith("The source gives no entries")


def test_a_source_that_fails_is_a_value(served: Served) -> None:
    """In words, with a stable name; what came before is kept."""

    def answer(asked: Asked) -> Reply:
        return pages_of(ITEMS)(asked) if asked.query["offset"] == "0" else Reply(status=403)

    found = trial(served(answer))
    assert (found.works, found.error_class, len(found.entries)) == (False, "forbidden", 2)
    assert "does not let this token read" in found.error


def test_settings_that_cannot_work_are_a_value() -> None:
    """A form shows them like any other failure."""
    found = try_row(ContentSource(preset="craft", config={}))
    assert (found.works, found.error_class) == (False, "config_wrong")


def test_a_trial_as_text_and_as_data(served: Served) -> None:
    """A person reads sentences; a machine gets the same in JSON's values."""
    found = trial(served(pages_of(ITEMS)))
    text = "\n".join(lines_of(found))
    assert "Can be read: 60 entries" in text
    assert "  - No url: nobody gets" in text
    assert data_of(found)["entries"][0]["fields"]["tags"] == '["a"]'
