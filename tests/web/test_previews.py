"""Previews on the pages: the button, the section with the link, the list, and who may do what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import Build, Environment, Preview, Role, User
from tests.preview_scenes import make_preview, make_preview_place
from tests.scenes import (
    carry,
    make_build,
    make_entry,
    make_environment,
    make_person,
    make_release,
    make_source,
    store_entries,
)
from tests.web.reading import HTMX, find, parse, press, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def live() -> Environment:
    """A live site with a version on it and a place for previews."""
    environment = make_environment(name="Live site")
    make_release(build=make_build(environment=environment, state=State.SUCCEEDED))
    make_preview_place(environment.site)
    return environment


@pytest.fixture
def editor(client: Client, live: Environment) -> User:
    """Somebody who is signed in and may make previews."""
    person = make_person(Role.EDITOR, site=live.site)
    client.force_login(person)
    return person


def said(client: Client, address: str) -> str:
    """What a page says."""
    return words(find(parse(client.get(address)), "main")[0])


def test_the_card_asks_for_a_preview(client: Client, live: Environment, editor: User) -> None:
    """And leads to its page; the live site's own builds and card stay as they were."""
    answer = press(client, live.get_absolute_url(), f"/sites/{live.site.slug}/previews/request/")
    build = Build.objects.get(environment__slug="previews")
    assert answer["Location"] == build.get_absolute_url()
    assert (build.requested_by, Preview.objects.count()) == (editor, 1)
    assert "Waiting in line" not in said(client, live.get_absolute_url())


def test_htmx_is_sent_to_the_page(client: Client, live: Environment, editor: User) -> None:
    """The card is not the place to watch it."""
    answer = press(client, live.get_absolute_url(), f"/sites/{live.site.slug}/previews/request/", **HTMX)
    assert answer["HX-Redirect"] == Build.objects.get(environment__slug="previews").get_absolute_url()


def test_readers_see_no_button_and_are_refused(client: Client, live: Environment) -> None:
    """With the names of those who can."""
    person = make_person(Role.EDITOR, site=live.site, first_name="Ana", last_name="Ribeiro")
    client.force_login(make_person(Role.READER, site=live.site))
    assert not find(parse(client.get(live.get_absolute_url())), "button", id="do-preview")
    answer = client.post(f"/sites/{live.site.slug}/previews/request/", follow=True)
    assert f"Ask {person.name}" in answer.content.decode()
    assert not Preview.objects.exists()


def test_a_site_without_a_place_has_no_button(client: Client) -> None:
    """Nor a page in the bar."""
    environment = make_environment()
    client.force_login(make_person(Role.ADMIN, site=environment.site))
    page = client.get(environment.get_absolute_url()).content.decode()
    assert "previews/" not in page


def test_the_build_page_says_where_it_is_and_until_when(client: Client, live: Environment, editor: User) -> None:
    """The link, who may see it, and nothing that would be said of the live site."""
    preview = make_preview(live.site)
    page = said(client, preview.build.get_absolute_url())
    assert preview.url in page
    assert "Everybody who has this link can see it; it is not listed" in page
    assert "It stays until tomorrow at" in page
    assert "Bring back" not in page
    assert "Putting the preview up" in page
    assert "Live" not in page


def test_one_under_way_has_no_link_yet(client: Client, live: Environment, editor: User) -> None:
    """It comes with the poll."""
    preview = make_preview(live.site, state=State.RUNNING)
    assert preview.url not in said(client, preview.build.get_absolute_url())
    piece = client.get(f"{preview.build.get_absolute_url()}live/", **HTMX).content.decode()
    assert 'id="preview"' in piece and "The link appears here" in piece


def test_a_day_longer(client: Client, live: Environment, editor: User) -> None:
    """By one press."""
    preview = make_preview(live.site)
    address = preview.build.get_absolute_url()
    press(client, address, f"{address}preview/extend/")
    before = preview.expires_at
    preview.refresh_from_db()
    assert preview.expires_at == before + timedelta(days=1)


def test_who_got_the_link_is_kept(client: Client, live: Environment, editor: User) -> None:
    """And shown in the list of previews."""
    preview = make_preview(live.site)
    client.post(f"{preview.build.get_absolute_url()}preview/share/", {"names": "Mei <b>\nboard@museum.example"})
    assert "Shared with Mei <b>, board@museum.example." in said(client, f"/sites/{live.site.slug}/previews/")


def test_deleting_is_asked_and_then_said(client: Client, live: Environment, editor: User) -> None:
    """Everywhere: on its page, in the list and in the history."""
    preview = make_preview(live.site)
    address = preview.build.get_absolute_url()
    assert "This cannot be undone" in said(client, f"{address}preview/delete/")
    assert "<html" not in client.get(f"{address}preview/delete/", **HTMX).content.decode()
    client.post(f"{address}preview/delete/now/")
    assert "This preview was deleted" in said(client, address)
    assert preview.url not in said(client, address)
    assert "This preview was deleted" in said(client, f"/sites/{live.site.slug}/previews/")
    assert "Deleted" in said(client, f"/sites/{live.site.slug}/history/")


def test_an_expired_one_says_so(client: Client, live: Environment, editor: User) -> None:
    """Before and after its files left; a press that comes late is refused in words."""
    preview = make_preview(live.site)
    Preview.objects.update(expires_at=now() - timedelta(minutes=5))
    address = preview.build.get_absolute_url()
    assert "Its files leave the web host within minutes." in said(client, address)
    answer = client.post(f"{address}preview/extend/", follow=True)
    assert "This preview is over or still being made" in answer.content.decode()
    Preview.objects.update(deleted_at=now())
    assert "Its files left the web host today at" in said(client, address)


def test_a_failed_deletion_is_said(client: Client, live: Environment, editor: User) -> None:
    """What it means to everybody, why only to those who read logs."""
    preview = make_preview(live.site, trouble="The host refused.")
    Preview.objects.update(expires_at=now())
    page = said(client, preview.build.get_absolute_url())
    assert "could not be deleted yet, so the link still works" in page
    assert "so the link still works" in said(client, f"/sites/{live.site.slug}/previews/")
    assert "The host refused." not in page


def test_other_builds_have_no_preview_pages(client: Client, live: Environment, editor: User) -> None:
    """A build of the live site cannot be deleted here."""
    address = Build.objects.get(environment=live).get_absolute_url()
    assert client.get(f"{address}preview/delete/").status_code == 404
    assert client.post(f"{address}preview/delete/now/").status_code == 404


def test_the_place_for_previews_is_no_site_to_publish(client: Client, live: Environment, editor: User) -> None:
    """Its page is the list; nothing else of the product takes it for a live site."""
    assert client.get(f"/sites/{live.site.slug}/publish/previews/").status_code == 404
    page = said(client, live.get_absolute_url())
    assert "Other sites" not in page


def test_an_entry_leads_to_its_page_in_the_newest_preview(client: Client, live: Environment, editor: User) -> None:
    """As soon as one holds its newest version; before that it asks for one."""
    source = make_source(site=live.site)
    store_entries(source, [make_entry("hours", status="draft")])
    address = f"/sites/{live.site.slug}/entries/{source.pk}/hours/"
    assert find(parse(client.get(address)), "button", id="do-preview")
    preview = make_preview(live.site)
    carry(preview.build, source)
    [link] = find(parse(client.get(address)), "a", id="see-preview")
    assert link.attrib["href"] == f"{preview.url}hours/"
    store_entries(source, [make_entry("hours", status="draft", title="Changed since")])
    assert find(parse(client.get(address)), "button", id="do-preview")


@pytest.mark.parametrize(
    "rest", ["publish/live/", "publish/live/changes/", "history/", "compare/", "builds/1/", "sources/"]
)
def test_every_page_of_the_site_leads_to_the_previews(client: Client, live: Environment, rest: str) -> None:
    """In the bar, also where the page is not about a place of the site."""
    client.force_login(make_person(Role.ADMIN, site=live.site))
    bar = find(parse(client.get(f"/sites/{live.site.slug}/{rest}")), "header")[0]
    assert [link.attrib["href"] for link in find(bar, "a") if words(link) == "Previews"] == [
        f"/sites/{live.site.slug}/previews/"
    ]


def test_one_below_the_live_sites_address_says_why_it_cannot_go_live(
    client: Client, live: Environment, editor: User
) -> None:
    """The button is there, off, with the reason."""
    Environment.objects.filter(pk=live.pk).update(target="/srv/site")
    preview = make_preview(live.site)
    page = said(client, preview.build.get_absolute_url())
    assert "Publish this preview It lies below another address than the live site, so its links lead into" in page
    answer = client.post(f"{preview.build.get_absolute_url()}promote/ask/", {"key": "k"}, follow=True)
    assert "its links lead into the preview" in answer.content.decode()
    assert answer.redirect_chain[-1][0] == preview.build.get_absolute_url()
    assert not Build.objects.exclude(promotes=None).exists()


def test_readers_see_no_way_to_publish_it(client: Client, live: Environment) -> None:
    """They read whom to ask."""
    Environment.objects.filter(pk=live.pk).update(target="/srv/site")
    person = make_person(Role.EDITOR, site=live.site, first_name="Ana", last_name="Ribeiro")
    client.force_login(make_person(Role.READER, site=live.site))
    page = said(client, make_preview(live.site).build.get_absolute_url())
    assert "Publish this preview" not in page and f"Ask {person.name}" in page


def test_the_eleventh_within_an_hour_is_refused_in_words(client: Client, live: Environment, editor: User) -> None:
    """With the time when the next can be asked for."""
    for _ in range(10):
        make_preview(live.site, state=State.FAILED, requested_by=editor)
    answer = client.post(f"/sites/{live.site.slug}/previews/request/", follow=True)
    assert "You asked for 10 previews within an hour. You can ask for the next one" in answer.content.decode()


def test_one_at_its_end_cannot_be_kept_longer(client: Client, live: Environment, editor: User) -> None:
    """The button says so before it is pressed."""
    preview = make_preview(live.site)
    Preview.objects.update(expires_at=preview.build.requested_at + timedelta(days=14))
    assert "No preview stays longer than two weeks." in said(client, preview.build.get_absolute_url())


def test_one_that_was_not_made_promises_nothing(client: Client, live: Environment, editor: User) -> None:
    """Nor does one whose files could not be deleted."""
    preview = make_preview(live.site, state=State.FAILED)
    assert "It stays until" not in said(client, preview.build.get_absolute_url())
