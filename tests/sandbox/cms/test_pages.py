"""The editors' pages."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from sandbox.cms.entries import Entry
from sandbox.cms.store import Store

from .conftest import entry_called, feed, form_of


def test_the_list_shows_every_entry_that_is_not_in_the_trash(client: FlaskClient, store: Store) -> None:
    """All 34 first entries are linked from the list."""
    page = client.get("/").text

    assert len(store.entries()) == 34
    assert page.count('/edit"') == 34


@pytest.mark.parametrize("words", ["CAFÉ menu", "cafe MENU", "  menu café "])
def test_search_ignores_case_and_accents(client: FlaskClient, words: str) -> None:
    """Every way of typing it finds the menu, and not the opening hours' title."""
    page = client.get("/", query_string={"q": words}).text

    assert ">Café menu</a>" in page
    assert ">Contact</a>" not in page


def test_a_search_without_a_match_says_so_and_leads_back(client: FlaskClient) -> None:
    """The words are repeated, escaped, with a link to all entries."""
    page = client.get("/", query_string={"q": "<submarine>"}).text

    assert "No entries match “&lt;submarine&gt;”" in page
    assert "Show all entries" in page


def test_the_filter_shows_drafts_only(client: FlaskClient) -> None:
    """Two drafts are seeded."""
    page = client.get("/?show=drafts").text

    assert "Spring boat parade" in page
    assert page.count('/edit"') == 2


def test_saving_changes_the_feed_and_names_the_editor(client: FlaskClient, hours: Entry) -> None:
    """What Mei typed is in the feed under her name, at once."""
    client.post("/editor", data={"editor": "Mei Okafor", "back": "/"})
    saved = client.post(f"/entries/{hours.id}/edit", data=form_of(hours, body="Open all night.\r\n\r\nEven the café."))
    page = client.get(saved.location).text
    [item] = [item for item in feed(client)["items"] if item["id"] == hours.id]

    assert saved.status_code == 303
    assert "<strong>Saved.</strong>" in page
    assert item["body"] == "Open all night.\n\nEven the café."
    assert item["updated_by"]["name"] == "Mei Okafor"


def test_a_missing_title_keeps_what_was_typed_and_says_so_beside_the_field(
    client: FlaskClient, store: Store, hours: Entry
) -> None:
    """Nothing is stored; the form has the new text and an error tied to the title."""
    answer = client.post(f"/entries/{hours.id}/edit", data=form_of(hours, title="  ", body="My <long> work"))

    assert answer.status_code == 422
    assert "My &lt;long&gt; work" in answer.text
    assert 'id="title-error">Give the entry a title.' in answer.text
    assert 'aria-describedby="title-error" aria-invalid="true"' in answer.text
    assert store.entry(hours.id) == hours


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("title", "a" * 121, "at most 120 characters"),
        ("slug", "Opening Hours!", "small letters, digits and hyphens"),
        ("slug", "../../etc", "small letters, digits and hyphens"),
        ("section", "cellar", "Choose a section"),
        ("status", "live", "Choose draft or published"),
        ("image", "missing.svg", "missing.svg is no longer in the media library"),
        ("publish_at", "tomorrow", "Type a date and a time"),
        ("publish_at", "0001-01-01T00:00", "Type a date and a time"),
        ("body", "x" * 50_001, "at most 50,000 characters"),
    ],
)
def test_each_field_explains_what_it_cannot_take(
    client: FlaskClient, store: Store, hours: Entry, field: str, typed: str, sentence: str
) -> None:
    """The error stands in the field's own error line and nothing is stored."""
    answer = client.post(f"/entries/{hours.id}/edit", data=form_of(hours, **{field: typed}))

    assert answer.status_code == 422
    assert sentence in answer.text.split(f'id="{field}-error">')[1].split("</p>")[0]
    assert store.entry(hours.id) == hours


def test_an_entry_cannot_be_taken_down_before_it_is_published(client: FlaskClient, hours: Entry) -> None:
    """The error is beside the later of the two fields."""
    dates = {"publish_at": "2027-03-02T09:00", "expires_at": "2027-03-01T09:00"}
    answer = client.post(f"/entries/{hours.id}/edit", data=form_of(hours, **dates))

    assert 'id="expires_at-error">This is before the publish date.' in answer.text


def test_dates_are_typed_in_museum_time_and_kept_in_utc(client: FlaskClient, store: Store, hours: Entry) -> None:
    """Nine o'clock in Lisbon's summer is eight in UTC, and comes back as nine."""
    client.post(f"/entries/{hours.id}/edit", data=form_of(hours, publish_at="2027-07-01T09:00"))

    assert store.entry(hours.id).publish_at == datetime(2027, 7, 1, 8, 0, tzinfo=UTC)
    assert 'value="2027-07-01T09:00"' in client.get(f"/entries/{hours.id}/edit").text


def test_a_new_entry_gets_its_address_from_the_title(client: FlaskClient, store: Store, hours: Entry) -> None:
    """Accents are dropped; the same title again is told that the address is taken."""
    typed = form_of(hours, title="São João: é festa!", slug="")
    first, second = client.post("/entries/new", data=typed), client.post("/entries/new", data=typed)

    assert first.status_code == 303
    assert entry_called(store, "São João: é festa!").url == "/visit/sao-joao-e-festa/"
    assert second.status_code == 422
    assert "Another entry of this section has this address." in second.text


def test_a_title_without_latin_letters_asks_for_an_address(client: FlaskClient, hours: Entry) -> None:
    """A Chinese title alone cannot become an address."""
    answer = client.post("/entries/new", data=form_of(hours, title="海のはくぶつかん", slug=""))

    assert 'id="slug-error">Type an address in Latin letters' in answer.text
    assert "海のはくぶつかん" in answer.text


def test_the_second_of_two_editors_is_warned_and_keeps_their_text(
    client: FlaskClient, store: Store, hours: Entry
) -> None:
    """The first save stands; the second is shown who saved, with the own text; a second press replaces it."""
    client.post(f"/entries/{hours.id}/edit", data=form_of(hours, body="First."))
    warned = client.post(f"/entries/{hours.id}/edit", data=form_of(hours, body="Second."))
    stood = store.entry(hours.id)
    client.post(f"/entries/{hours.id}/edit", data=form_of(stood, body="Second."))

    assert warned.status_code == 409
    assert "Ana Ribeiro saved this entry while you were editing it" in warned.text
    assert "Second." in warned.text
    assert f'name="revision" value="{stood.revision}"' in warned.text
    assert stood.body == "First."
    assert store.entry(hours.id).body == "Second."


def test_a_deleted_entry_leaves_the_feed_and_undo_brings_it_back(client: FlaskClient, hours: Entry) -> None:
    """The list offers Undo after the deletion."""
    deleted = client.post(f"/entries/{hours.id}/delete")
    without = {item["id"] for item in feed(client)["items"]}
    page = client.get(deleted.location).text
    client.post(f"/entries/{hours.id}/restore")
    restored = {item["id"] for item in feed(client)["items"]}

    assert hours.id not in without
    assert f'action="/entries/{hours.id}/restore"' in page
    assert restored == without | {hours.id}


def test_an_entry_whose_address_was_reused_stays_in_the_trash(client: FlaskClient, store: Store, hours: Entry) -> None:
    """The page says why, and both entries are as they were."""
    client.post(f"/entries/{hours.id}/delete")
    client.post("/entries/new", data=form_of(hours, title="New hours"))
    refused = client.post(f"/entries/{hours.id}/restore")

    assert "another entry has taken its address /visit/opening-hours/" in client.get(refused.location).text
    assert store.entry(hours.id).deleted_by == "Ana Ribeiro"


@pytest.mark.parametrize("number", ["9999", "99999999999999999999999"])
def test_an_entry_that_does_not_exist_is_a_page_in_words(client: FlaskClient, number: str) -> None:
    """404 with a way back, also for numbers that the database cannot hold."""
    answer = client.get(f"/entries/{number}/edit")

    assert answer.status_code == 404
    assert "This entry does not exist" in answer.text


def test_a_form_from_another_site_is_refused(client: FlaskClient, store: Store, hours: Entry) -> None:
    """A foreign Origin changes nothing; our own passes."""
    foreign = client.post(f"/entries/{hours.id}/delete", headers={"Origin": "https://elsewhere.example"})
    kept = store.entry(hours.id).deleted_at
    ours = client.post(f"/entries/{hours.id}/delete", headers={"Origin": "http://localhost"})

    assert foreign.status_code == 403
    assert kept is None
    assert ours.status_code == 303


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example"])
def test_choosing_an_editor_never_leads_to_another_site(client: FlaskClient, back: str) -> None:
    """Only paths of the CMS are followed."""
    assert client.post("/editor", data={"editor": "Tomás Lind", "back": back}).location == "/"


def test_the_chosen_editor_is_remembered_with_accents(client: FlaskClient) -> None:
    """The cookie carries Tomás; an unknown name is refused."""
    client.post("/editor", data={"editor": "Tomás Lind", "back": "/media/"})

    assert '<span class="who__name">Tomás Lind</span>' in client.get("/").text
    assert client.post("/editor", data={"editor": "Nobody"}).status_code == 404


def test_too_much_text_is_refused_in_words(client: FlaskClient, hours: Entry) -> None:
    """A request over the limit is answered, not dropped."""
    answer = client.post(f"/entries/{hours.id}/edit", data=form_of(hours, body="x" * 1_100_000))

    assert answer.status_code == 413
    assert "too much text" in answer.text


class Inline(HTMLParser):
    """Finds scripts, style elements, style attributes and event handlers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self.found.append(tag)
        self.found.extend(name for name, _ in attrs if name == "style" or name.startswith("on"))


@pytest.mark.parametrize("path", ["/", "/entries/new", "/entries/1/edit", "/media/", "/nothing-here"])
def test_every_page_holds_a_strict_policy_and_nothing_inline(client: FlaskClient, path: str) -> None:
    """No script at all, no inline style, a link to Buildhub in the header."""
    answer = client.get(path)
    page = Inline()
    page.feed(answer.text)

    assert page.found == []
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert '<a class="btn btn--primary btn--sm" href="http://127.0.0.1:8000/">' in answer.text
