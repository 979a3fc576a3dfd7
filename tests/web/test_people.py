"""Signing in, the account, the look, and the pages for those who are lost."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings
from django.urls import path

from buildhub import urls
from deploys.models import Role
from tests.scenes import make_person
from tests.web import card_scenes
from tests.web.reading import find, parse, words

pytestmark = pytest.mark.django_db


def break_down(_request: object) -> None:
    """A page with a fault."""
    raise RuntimeError("broken on purpose")


urlpatterns = [*urls.urlpatterns, path("broken/", break_down)]
handler500 = urls.handler500


@pytest.mark.parametrize("given", ["mei", "mei@museum.example", "Mei@Museum.Example"])
def test_people_sign_in_by_name_or_email(given: str, client: Client) -> None:
    """And land on the first page that they may see."""
    environment, _ana = card_scenes.ready()
    make_person(Role.EDITOR, site=environment.site, username="mei", email="mei@museum.example")
    answer = client.post("/sign-in/", {"username": given, "password": "correct horse"}, follow=True)
    assert answer.request["PATH_INFO"] == environment.get_absolute_url()


def test_a_wrong_password_keeps_the_name(client: Client) -> None:
    """The form comes back with what was typed and a sentence; the password is not repeated."""
    make_person(username="mei")
    answer = client.post("/sign-in/", {"username": "mei", "password": "wrong"})
    page = parse(answer)
    assert find(page, "input", id="id_username")[0].attrib["value"] == "mei"
    assert "value" not in find(page, "input", id="id_password")[0].attrib
    assert "do not go together" in words(page)


@pytest.mark.parametrize(("wanted", "reached"), [("/account/", "/account/"), ("https://evil.example/", "/")])
def test_next_stays_on_this_site(wanted: str, reached: str, client: Client) -> None:
    """An address elsewhere is passed over."""
    make_person(username="mei")
    answer = client.post("/sign-in/", {"username": "mei", "password": "correct horse", "next": wanted})
    assert answer["Location"] == reached


def test_every_page_asks_for_the_sign_in(client: Client) -> None:
    """Pages of people lead to the sign-in and back; the health sign is open."""
    environment, _ana = card_scenes.ready()
    for address in (environment.get_absolute_url(), "/account/", "/", f"/sites/{environment.site.slug}/history/"):
        assert client.get(address)["Location"] == f"/sign-in/?next={address}"
    assert client.get("/healthz").content == b"ok"


def test_signing_out_needs_a_post(client: Client) -> None:
    """A link cannot sign anybody out."""
    client.force_login(make_person())
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"


def test_who_is_no_member_reads_whom_to_ask(client: Client) -> None:
    """A friendly page in place of an empty one."""
    make_person(None, is_superuser=True, first_name="Tomás", last_name="Lind")
    client.force_login(make_person(None))
    assert "Ask Tomás Lind to add you." in client.get("/").content.decode()


def test_times_follow_the_person_then_the_site(client: Client) -> None:
    """The footer names the zone."""
    environment, ana = card_scenes.ready()
    client.force_login(ana)
    assert "Lisbon time" in client.get(environment.get_absolute_url()).content.decode()
    client.post("/account/", {"time_zone": "Asia/Tokyo"})
    assert "Tokyo time (JST)" in client.get(environment.get_absolute_url()).content.decode()


def test_a_zone_that_does_not_exist_is_refused_beside_the_field(client: Client) -> None:
    """What was typed stays."""
    client.force_login(make_person())
    page = parse(client.post("/account/", {"time_zone": "Mars/Crater"}))
    field = find(page, "input", id="id_time_zone")[0]
    assert field.attrib["value"] == "Mars/Crater"
    assert "There is no time zone of this name" in words(page)
    assert "id_time_zone_error" in field.attrib["aria-describedby"]


def test_a_new_password_keeps_the_person_signed_in(client: Client) -> None:
    """The old one is asked for; the new one works."""
    person = make_person()
    client.force_login(person)
    new = {"old_password": "correct horse", "new_password1": "battery staple", "new_password2": "battery staple"}
    wrong = client.post("/account/password/", new | {"old_password": "wrong"})
    assert wrong.status_code == 200
    assert client.post("/account/password/", new, follow=True).status_code == 200
    person.refresh_from_db()
    assert person.check_password("battery staple")


@pytest.mark.parametrize(("theme", "shown"), [("dark", "dark"), ("light", "light"), ("system", None)])
def test_the_look_is_set_by_the_server(theme: str, shown: str | None, client: Client) -> None:
    """A cookie, so that no page flashes; nothing for the system's own look."""
    answer = client.post("/theme/", {"theme": theme, "next": "/sign-in/"})
    assert answer["Location"] == "/sign-in/"
    assert parse(client.get("/sign-in/")).attrib.get("data-theme") == shown


def test_the_theme_form_leads_nowhere_else(client: Client) -> None:
    """`next` to another site is passed over."""
    assert client.post("/theme/", {"theme": "dark", "next": "//evil.example"})["Location"] == "/"


@pytest.mark.parametrize("address", ["/nope", "/sites/none/publish/live/", "/sites/none/history/"])
def test_a_lost_person_finds_the_way_back(address: str, client: Client) -> None:
    """404 in our look, for people and for strangers."""
    client.force_login(make_person())
    answer = client.get(address)
    assert answer.status_code == 404
    page = parse(answer)
    assert words(find(page, "h1")[0]) == "This page does not exist"
    assert find(page, "a", **{"class": "bh-btn"})[0].attrib["href"] == "/"


@override_settings(ROOT_URLCONF="tests.web.test_people")
def test_a_fault_of_ours_has_a_reference(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """The page says that the live site is not affected; the reference is in the log too."""
    client.raise_request_exception = False
    client.force_login(make_person())
    answer = client.get("/broken/")
    assert answer.status_code == 500
    page = parse(answer)
    assert "The live site is not affected" in words(page)
    assert words(find(page, "code")[0]) in caplog.text
