"""The content sources of a site: for admins, without ever giving a secret away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from deploys.models import AuditEntry, ContentSource, Environment, Role, User
from tests.content.feeds import MAPPING, Feed, page
from tests.scenes import make_entry, make_environment, make_person, make_source, store_entries
from tests.web.reading import HTMX, find, parse, press, words

pytestmark = pytest.mark.django_db
SECRET = "craft-token-5f2c"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def environment() -> Environment:
    """A live site."""
    return make_environment()


@pytest.fixture
def admin(environment: Environment, client: Client) -> User:
    """An admin of the site, signed in."""
    person = make_person(Role.ADMIN, site=environment.site, first_name="Tomás", last_name="Lind")
    client.force_login(person)
    return person


@pytest.fixture
def feed() -> Iterator[Feed]:
    """A CMS with three pages."""
    with Feed() as found:
        found.entries = [page("hours", changed_by="Ana Ribeiro"), page("tickets"), page("shop", title=HOSTILE)]
        yield found


def to(name: str, environment: Environment, *args: object) -> str:
    """An address of the site."""
    return reverse(name, args=[environment.site.slug, *args])


def main(answer: Any) -> str:
    """What people read on a page."""
    return words(find(parse(answer), "main")[0])


def craft(**typed: Any) -> dict[str, Any]:
    """What an admin types for a Craft site."""
    given = {
        "name": "Craft",
        "read_every": "300",
        "s_url": "https://cms.example/api",
        "s_token": SECRET,
        "s_sections": "news",
    }
    return given | typed


def json_source(feed: Feed, **typed: Any) -> dict[str, Any]:
    """What an admin types for the feed."""
    config = {
        "url": f"http://{feed.host}/entries",
        "items": "items",
        "total": "total",
        "mapping": MAPPING,
        "headers": {"Authorization": "Bearer {secret:token}"},
    }
    given = {"name": "Feed", "read_every": "60", "advanced": json.dumps(config), "secrets": f"token = {SECRET}"}
    return given | typed


def the_source() -> ContentSource:
    """The only source there is."""
    return ContentSource.objects.get()


def test_only_admins_come_in_and_others_read_whom_to_ask(client: Client, environment: Environment, admin: User) -> None:
    """No link in the bar, and names instead of the page."""
    client.force_login(make_person(Role.PUBLISHER, site=environment.site))
    for name, args in (("sources", ()), ("new-source", ())):
        answer = client.get(to(name, environment, *args))
        assert answer.status_code == 403
        assert "This page is for admins of the site. Ask Tomás Lind." in answer.content.decode()
    bar = parse(client.get(to("history", environment)))
    assert find(bar, "a", href=to("sources", environment)) == []


@pytest.mark.parametrize("name", ["try-source", "read-source", "accept-shrinking", "pause-source", "resume-source"])
def test_only_admins_press(name: str, client: Client, environment: Environment) -> None:
    """Every action asks for the role; another site's source does not exist."""
    source = make_source(site=environment.site)
    client.force_login(make_person(Role.PUBLISHER, site=environment.site))
    assert client.post(to(name, environment, source.pk)).status_code == 403
    client.force_login(make_person(Role.ADMIN, site=environment.site))
    assert client.post(to(name, environment, make_source().pk)).status_code == 404
    assert client.get(to(name, environment, source.pk)).status_code == 405


def test_admins_find_it_below_the_settings(client: Client, environment: Environment, admin: User) -> None:
    """Which the bar of every page leads to; on the page itself, Settings is where one is."""
    bar = parse(client.get(environment.get_absolute_url()))
    assert [words(link) for link in find(bar, "a", href=to("settings", environment))] == ["Settings"]
    page = parse(client.get(to("settings", environment)))
    assert [words(link) for link in find(page, "a", href=to("sources", environment))] == ["Content"]
    here = find(parse(client.get(to("sources", environment))), "a", **{"aria-current": "true"})
    assert [words(link) for link in here] == ["Settings"]


def test_a_site_without_sources_says_what_they_are_for(client: Client, environment: Environment, admin: User) -> None:
    """And leads to the first one."""
    answer = client.get(to("sources", environment))
    assert "No source yet" in main(answer)
    chooser = client.get(to("new-source", environment))
    for kind in ("Craft", "WordPress", "Markdown in a Git repository", "Another JSON address"):
        assert kind in main(chooser)


def test_the_list_says_how_the_last_reading_went(client: Client, environment: Environment, admin: User) -> None:
    """When, how many entries, how long it took."""
    source = make_source(site=environment.site, name="Museum CMS", preset="craft")
    store_entries(source, [make_entry("a"), make_entry("b")])
    said = main(client.get(to("sources", environment)))
    assert "Museum CMS Up to date Craft" in said
    assert "Last read today at" in said
    assert ": 2 entries, in 0 s." in said


def test_trouble_says_since_when_and_what_to_check(client: Client, environment: Environment, admin: User) -> None:
    """In the words of the reading; a smaller reading can be accepted, once."""
    note = f"The source answered with 3 entries {HOSTILE}. Check its token."
    since = now() - timedelta(hours=1)
    facts: dict[str, Any] = {"trouble": "shrunk", "trouble_note": note, "trouble_since": since, "seq": 0}
    source = make_source(site=environment.site, **facts)
    said = main(client.get(to("sources", environment)))
    assert f"{note} So it has been since" in said
    press(client, to("sources", environment), to("accept-shrinking", environment, source.pk))
    source.refresh_from_db()
    assert source.accepts_shrinking
    assert source.next_read_at
    assert source.next_read_at <= now()
    page = parse(client.get(to("sources", environment)))
    assert find(page, "form", action=to("accept-shrinking", environment, source.pk)) == []
    assert "The next reading counts, even if it is smaller." in words(find(page, "main")[0])


def test_progress_is_shown_while_it_is_read(client: Client, environment: Environment, admin: User) -> None:
    """The list asks for news as long as a reading runs, and not longer."""
    progress = {"read": 312, "total": 486, "note": ""}
    source = make_source(site=environment.site, progress=progress, reading_until=now() + timedelta(minutes=1))
    answer = client.get(to("sources", environment))
    assert "312 of 486" in main(answer)
    assert find(parse(answer), "progress", value="64")
    assert 'hx-trigger="every 3s"' in answer.content.decode()
    ContentSource.objects.filter(pk=source.pk).update(reading_until=None, progress={})
    later = client.get(to("sources", environment), **HTMX).content.decode()
    assert later.startswith('<div id="sources"')
    assert "hx-trigger" not in later


def test_a_list_that_asks_for_news_leads_to_the_sign_in(client: Client, environment: Environment) -> None:
    """No piece of the sign-in page lands in the list."""
    page = to("sources", environment)
    assert client.get(page)["Location"].endswith(f"?next={page}")
    answer = client.get(page, **HTMX)
    assert (answer.status_code, answer["HX-Redirect"].endswith(f"?next={page}")) == (204, True)


def test_read_now_pause_and_read_again(client: Client, environment: Environment, admin: User) -> None:
    """Three presses; a paused source is not read."""
    source = make_source(site=environment.site, next_read_at=now() + timedelta(hours=1))
    page = to("sources", environment)
    press(client, page, to("read-source", environment, source.pk))
    assert ContentSource.objects.due_for_reading().get() == source
    press(client, page, to("pause-source", environment, source.pk))
    assert not ContentSource.objects.due_for_reading().exists()
    assert "Paused" in main(client.get(page))
    press(client, page, to("resume-source", environment, source.pk))
    assert ContentSource.objects.due_for_reading().get() == source


def test_a_source_is_set_up_from_the_questions_of_its_preset(
    client: Client, environment: Environment, admin: User
) -> None:
    """Answers, flags and the secret are stored apart, and the source is due at once."""
    address = f"{to('new-source', environment)}?kind=craft"
    typed = craft(s_sections="news, pages", s_inactive="on", proof_meta="buildhub:entry")
    assert client.post(address, typed).status_code == 302
    source = the_source()
    assert (source.name, source.kind, source.preset, source.proof_meta) == (
        "Craft",
        "http_json",
        "craft",
        "buildhub:entry",
    )
    assert source.config == {"url": "https://cms.example/api", "sections": ["news", "pages"], "inactive": True}
    assert json.loads(source.secrets) == {"token": SECRET}
    assert source.read_every == timedelta(minutes=5)
    assert ContentSource.objects.due_for_reading().exists()


def entries_of_the_log() -> list[tuple[str, str, str, dict[str, list[str]]]]:
    """Who did what to which source, the oldest first."""
    rows = AuditEntry.objects.filter(subject__startswith="Content source").order_by("pk")
    return [(row.actor_name, row.action, row.subject, row.changes) for row in rows]


def test_every_change_is_in_the_log_and_no_secret_is(client: Client, environment: Environment, admin: User) -> None:
    """Set up, changed, saved without a change, paused and taken up again, and a smaller reading accepted."""
    client.post(f"{to('new-source', environment)}?kind=craft", craft())
    source = the_source()
    assert entries_of_the_log() == [(admin.name, "added", "Content source Craft", {})]
    address = to("source", environment, source.pk)
    client.post(address, craft(read_every="60"))
    client.post(address, craft(read_every="60"))
    client.post(address, craft(read_every="60", s_token="another-token"))
    for name in ("pause-source", "resume-source", "accept-shrinking"):
        client.post(to(name, environment, source.pk))
    assert [changes for _who, _action, _subject, changes in entries_of_the_log()[1:]] == [
        {"Read every": ["5 min", "1 min"]},
        {"Secrets": ["set", "set anew"]},
        {"Is active": ["yes", "no"]},
        {"Is active": ["no", "yes"]},
        {"Accepts shrinking": ["no", "yes"]},
    ]
    assert SECRET not in str(entries_of_the_log())


def test_every_kind_has_its_form(client: Client, environment: Environment, admin: User) -> None:
    """Valid markup with a label for every field, also when nothing was typed."""
    chooser = parse(client.get(to("new-source", environment)))
    kinds = [link.attrib["href"] for link in find(chooser, "a") if link.attrib["href"].startswith("?kind=")]
    assert len(kinds) == 11
    for kind in kinds:
        for answer in (
            client.get(to("new-source", environment) + kind),
            client.post(to("new-source", environment) + kind, {"name": ""}),
        ):
            form = find(parse(answer), "form", id="source-form")[0]
            labels = {label.attrib["for"] for label in find(form, "label")}
            inputs = [*find(form, "input"), *find(form, "textarea"), *find(form, "select")]
            assert {each.attrib["id"] for each in inputs if each.attrib.get("type") != "hidden"} == labels
    assert not ContentSource.objects.exists()


def errors(tree: Element) -> dict[str, str]:
    """What is said beside the fields, by field."""
    found = find(tree, "div", **{"class": "bh-error"})
    return {each.attrib["id"].removeprefix("id_").removesuffix("_error"): words(each) for each in found}


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"s_url": ""}, "s_url", "This field is required."),
        ({"s_url": "ftp://cms"}, "s_url", "is no http or https address"),
        ({"s_sections": "a b!"}, "s_sections", "“a b!” is no name"),
        ({"advanced": "{nope"}, "advanced", "This is no JSON"),
        ({"advanced": "[1]"}, "advanced", "but no object"),
        ({"advanced": '{"timeout": "x"}'}, "advanced", "it is a number"),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_nothing_typed_is_lost(
    typed: dict[str, str], field: str, says: str, client: Client, environment: Environment, admin: User
) -> None:
    """All but the secret, which is never sent back."""
    answer = client.post(f"{to('new-source', environment)}?kind=craft", craft(s_sites="en", **typed))
    tree = parse(answer)
    assert says in errors(tree)[field]
    assert find(tree, "input", name="s_sites", value="en")
    assert SECRET not in answer.content.decode()
    assert not ContentSource.objects.exists()


def test_a_stored_secret_is_never_shown_and_stays(client: Client, environment: Environment, admin: User) -> None:
    """An empty field keeps it; a new one replaces it."""
    client.post(f"{to('new-source', environment)}?kind=craft", craft())
    address = to("source", environment, the_source().pk)
    answer = client.get(address)
    assert SECRET not in answer.content.decode()
    assert "One is stored. Empty: it stays." in main(answer)
    client.post(address, craft(s_token="", s_sections="pages"))
    assert json.loads(the_source().secrets) == {"token": SECRET}
    assert the_source().config["sections"] == ["pages"]
    client.post(address, craft(s_token="another"))
    assert json.loads(the_source().secrets) == {"token": "another"}


def test_a_stored_secret_never_goes_to_another_host(client: Client, environment: Environment, admin: User) -> None:
    """Neither by the address nor by the advanced settings: it has to be entered again."""
    client.post(f"{to('new-source', environment)}?kind=craft", craft())
    address = to("source", environment, the_source().pk)
    elsewhere = (
        {"s_url": "https://else.example/api"},
        {"advanced": json.dumps({"url": "https://else.example/api"})},
        {"advanced": json.dumps({"also": ["https://cms.example@else.example/api"]})},
    )
    for typed in elsewhere:
        for target in (address, to("try-source", environment, the_source().pk)):
            answer = client.post(target, craft(s_token="", **typed))
            assert "leads to another host now" in answer.content.decode()
    assert the_source().config == {"url": "https://cms.example/api", "sections": ["news"]}


def test_a_source_of_any_json_keeps_its_secrets_by_name(
    client: Client, environment: Environment, admin: User, feed: Feed
) -> None:
    """One per line; those not named stay."""
    client.post(f"{to('new-source', environment)}?kind=json", json_source(feed, secrets="token = a\nother: b"))
    source = the_source()
    assert json.loads(source.secrets) == {"token": "a", "other": "b"}
    answer = client.get(to("source", environment, source.pk))
    assert "Stored: other, token." in main(answer)
    client.post(to("source", environment, source.pk), json_source(feed, secrets="token = c"))
    assert json.loads(the_source().secrets) == {"token": "c", "other": "b"}


def test_only_those_who_run_buildhub_allow_private_hosts(
    client: Client, environment: Environment, admin: User, feed: Feed
) -> None:
    """An admin of a site could otherwise look around in the server's own network."""
    typed = json_source(feed, private_hosts=feed.host)
    address = f"{to('new-source', environment)}?kind=json"
    client.post(address, typed)
    assert the_source().allowed_private_hosts == []
    root = make_person(None, is_superuser=True)
    client.force_login(root)
    client.post(to("source", environment, the_source().pk), typed)
    assert the_source().allowed_private_hosts == [feed.host]
    client.force_login(admin)
    client.post(to("source", environment, the_source().pk), typed | {"private_hosts": ""})
    assert the_source().allowed_private_hosts == [feed.host]
    assert "Only those who run Buildhub can change this." in main(
        client.get(to("source", environment, the_source().pk))
    )


def test_trying_shows_the_first_entries_and_saves_nothing(
    client: Client, environment: Environment, admin: User, feed: Feed
) -> None:
    """As mapped, with the count and what is missing; whatever the CMS holds is text."""
    client.force_login(make_person(None, is_superuser=True))
    address = f"{to('try-new-source', environment)}?kind=json"
    answer = client.post(address, json_source(feed, private_hosts=feed.host))
    tree = parse(answer)
    said = words(find(tree, "main")[0])
    assert "This is what the source gives" in said
    assert "3 entries in all." in said
    assert "No edit_url: there is no way from a change into the CMS." in said
    assert "Hours" in said
    assert HOSTILE in said
    assert find(tree, "img") == []
    assert not ContentSource.objects.exists()
    piece = client.post(address, json_source(feed, private_hosts=feed.host), **HTMX).content.decode()
    assert piece.startswith('<div id="trial"')
    assert SECRET not in piece + answer.content.decode()


def test_trying_a_source_that_refuses_says_why(
    client: Client, environment: Environment, admin: User, feed: Feed
) -> None:
    """In a sentence with the next step; a private address is refused before it is asked."""
    address = f"{to('try-new-source', environment)}?kind=json"
    answer = client.post(address, json_source(feed))
    assert "The source cannot be read" in main(answer)
    assert "is in a private network" in main(answer)
    assert feed.calls == []
    feed.refuse = 401
    client.force_login(make_person(None, is_superuser=True))
    answer = client.post(address, json_source(feed, private_hosts=feed.host))
    assert "The source wants a valid token" in main(answer)


def test_a_stored_source_can_be_tried_from_the_list(
    client: Client, environment: Environment, admin: User, feed: Feed
) -> None:
    """With what is stored; an unchanged answer is no obstacle."""
    source = feed.source(environment.site, etag="old")
    answer = press(client, to("sources", environment), to("try-source", environment, source.pk))
    assert "3 entries in all." in main(answer)
    source.refresh_from_db()
    assert (source.etag, source.seq) == ("old", 0)


def test_trying_with_a_mistake_says_so_to_htmx_too(client: Client, environment: Environment, admin: User) -> None:
    """The form stays as it is in the browser; the piece lists what is wrong."""
    piece = client.post(f"{to('try-new-source', environment)}?kind=craft", craft(s_url=""), **HTMX).content.decode()
    assert "GraphQL address: This field is required." in piece


def test_saving_does_not_disturb_a_reading(client: Client, environment: Environment, admin: User) -> None:
    """What the worker writes meanwhile stays."""
    client.post(f"{to('new-source', environment)}?kind=craft", craft())
    source = the_source()
    source.seq, source.etag = 7, "e"
    source.save()
    client.post(to("source", environment, source.pk), craft(name="Renamed"))
    source.refresh_from_db()
    assert (source.name, source.seq, source.etag) == ("Renamed", 7, "")


def test_the_list_costs_the_same_for_more_sources(
    client: Client, environment: Environment, admin: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Two queries for all of them."""
    for number in range(8):
        store_entries(make_source(site=environment.site, name=f"Source {number}"), [make_entry()])
    with django_assert_max_num_queries(8):
        client.get(to("sources", environment))
