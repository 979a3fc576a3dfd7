"""The second factor: setting it up, signing in with it, recovery codes, turning it off, and where admins need it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from deploys.models import AuditEntry, Role, User
from tests.scenes import make_environment, make_person
from tests.web.reading import HTMX, find, parse, words

pytestmark = pytest.mark.django_db
PAGE = "/account/second-factor/"


@pytest.fixture
def mei() -> User:
    """Somebody without one."""
    return make_person(username="mei", email="mei@museum.example")


def code_of(secret: str, *, steps: int = 0) -> str:
    """What the app shows for this secret now, or so many steps of 30 seconds later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def sign_in(client: Client, password: str = "correct horse") -> Any:
    """The first half of the sign-in."""
    return client.post("/sign-in/", {"username": "mei", "password": password, "next": "/account/"})


def set_up(client: Client) -> tuple[str, list[str]]:
    """Turn it on for whoever is signed in; returns the secret and the recovery codes."""
    secret = words(find(parse(client.get(PAGE)), "code", id="key")[0])
    answer = client.post(PAGE, {"code": code_of(secret), "password": "correct horse"}, follow=True)
    [codes] = find(parse(answer), "ol", id="codes")
    return secret, [words(code) for code in find(codes, "code")]


def with_factor(client: Client) -> tuple[str, list[str]]:
    """Sign in, turn it on, sign out."""
    sign_in(client)
    made = set_up(client)
    client.post("/sign-out/")
    return made


@pytest.mark.usefixtures("mei")
def test_once_it_is_on_the_sign_in_asks_for_the_code(client: Client) -> None:
    """The password alone opens nothing; with the code the person comes where they wanted to go."""
    secret, _codes = with_factor(client)
    assert sign_in(client)["Location"] == "/sign-in/code/"
    assert client.get("/account/")["Location"] == "/sign-in/?next=/account/"
    wrong = client.post("/sign-in/code/", {"code": "000000"})
    assert "This code is not right" in words(parse(wrong))
    assert client.post("/sign-in/code/", {"code": code_of(secret, steps=1)})["Location"] == "/account/"
    assert "It is on" in words(parse(client.get("/account/")))


@pytest.mark.usefixtures("mei")
def test_a_code_works_once(client: Client) -> None:
    """Whoever looks over a shoulder comes too late."""
    secret, _codes = with_factor(client)
    code = code_of(secret, steps=1)
    for browser, way in ((client, 302), (Client(), 200)):
        sign_in(browser)
        assert browser.post("/sign-in/code/", {"code": code}).status_code == way


@pytest.mark.usefixtures("mei")
def test_codes_cannot_be_tried_without_end(client: Client) -> None:
    """Five, then the right one has to wait, too."""
    secret, _codes = with_factor(client)
    sign_in(client)
    for _each in range(5):
        client.post("/sign-in/code/", {"code": "000000"})
    answer = client.post("/sign-in/code/", {"code": code_of(secret, steps=1)})
    assert "Too many tries." in words(parse(answer))


@pytest.mark.usefixtures("mei")
def test_a_recovery_code_does_it_once(client: Client) -> None:
    """Ten are given; each ends with its use."""
    _secret, codes = with_factor(client)
    assert len(set(codes)) == 10
    for browser, way in ((client, 302), (Client(), 200)):
        sign_in(browser)
        assert browser.post("/sign-in/code/", {"code": codes[3]}).status_code == way
    assert "9 recovery codes are left" in words(parse(client.get(PAGE)))


@pytest.mark.usefixtures("mei")
def test_recovery_codes_are_shown_once_and_made_anew_with_the_password(client: Client) -> None:
    """The old ones end."""
    sign_in(client)
    _secret, old = set_up(client)
    assert client.get(f"{PAGE}recovery-codes/")["Location"] == PAGE
    refused = client.post(f"{PAGE}recovery-codes/new/", {"password": "wrong"})
    assert "This is not your password." in words(parse(refused))
    answer = client.post(f"{PAGE}recovery-codes/new/", {"password": "correct horse"}, follow=True)
    new = [words(code) for code in find(find(parse(answer), "ol", id="codes")[0], "code")]
    assert not set(old) & set(new)


@pytest.mark.usefixtures("mei")
@pytest.mark.parametrize(
    ("password", "code", "sentence"),
    [("wrong", None, "This is not your password."), ("correct horse", "000000", "This code is not right")],
)
def test_it_is_not_turned_on_without_password_and_code(
    client: Client, password: str, code: str | None, sentence: str
) -> None:
    """The key stays the same meanwhile, so that the app need not be told again."""
    sign_in(client)
    secret = words(find(parse(client.get(PAGE)), "code", id="key")[0])
    page = parse(client.post(PAGE, {"code": code or code_of(secret), "password": password}))
    assert sentence in words(page)
    assert words(find(page, "code", id="key")[0]) == secret
    assert not Authenticator.objects.exists()


@pytest.mark.usefixtures("mei")
def test_turning_it_off_asks_for_the_password(client: Client) -> None:
    """Then the sign-in asks for no code; both are written down."""
    sign_in(client)
    set_up(client)
    refused = client.post(f"{PAGE}off/", {"password": "wrong"})
    assert "This is not your password." in words(parse(refused))
    assert Authenticator.objects.exists()
    client.post(f"{PAGE}off/", {"password": "correct horse"})
    assert not Authenticator.objects.exists()
    client.post("/sign-out/")
    assert sign_in(client)["Location"] == "/account/"
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == ["added", "removed"]


@pytest.mark.usefixtures("mei")
def test_passwords_cannot_be_tried_here_either(client: Client) -> None:
    """They count like those of the sign-in."""
    sign_in(client)
    set_up(client)
    for _each in range(5):
        client.post(f"{PAGE}off/", {"password": "wrong"})
    answer = client.post(f"{PAGE}off/", {"password": "correct horse"})
    assert "Too many tries with a wrong password." in words(parse(answer))
    assert Authenticator.objects.exists()


@pytest.mark.usefixtures("mei")
def test_the_picture_comes_from_an_address_of_its_own_and_is_kept_by_nobody(client: Client) -> None:
    """An SVG with the key of the page; the policy allows no data in the page itself."""
    sign_in(client)
    page = parse(client.get(PAGE))
    [picture] = find(page, "img")
    answer = client.get(picture.attrib["src"])
    assert answer["Content-Type"] == "image/svg+xml"
    assert "no-store" in answer["Cache-Control"]
    assert b"<svg" in answer.content
    assert b"style=" not in answer.content


def test_the_secrets_are_encrypted_at_rest(client: Client, mei: User) -> None:
    """Neither the key nor the seed of the codes stands in the database."""
    secret, codes = with_factor(client)
    stored = str(list(Authenticator.objects.values()))
    assert secret not in stored
    assert not [code for code in codes if code in stored]


@pytest.mark.usefixtures("mei")
def test_a_sign_in_that_waits_for_its_code_can_be_given_up(client: Client) -> None:
    """Back to the name and the password."""
    with_factor(client)
    sign_in(client)
    assert client.get("/sign-in/")["Location"] == "/sign-in/code/"
    client.post("/sign-in/start-again/")
    assert client.get("/sign-in/").status_code == 200
    assert client.get("/sign-in/code/")["Location"] == "/sign-in/"


def test_where_admins_need_one_they_are_led_to_it(client: Client, settings: Any) -> None:
    """Pages and polls alike; once it is on, everything opens. They may sign out, too."""
    settings.REQUIRE_SECOND_FACTOR = "admins"
    environment = make_environment()
    make_person(Role.ADMIN, site=environment.site, username="mei")
    publish = environment.get_absolute_url()
    sign_in(client)
    assert client.get(publish)["Location"] == PAGE
    assert client.post(f"{publish}request/")["Location"] == PAGE
    assert client.get(f"{publish}recent/", **HTMX)["HX-Redirect"] == PAGE
    assert "Admins need a second factor here." in words(parse(client.get(PAGE)))
    assert client.get("/healthz").status_code == 200
    set_up(client)
    assert client.get(publish).status_code == 200
    client.post(f"{PAGE}off/", {"password": "correct horse"})
    assert client.get(publish)["Location"] == PAGE
    assert client.post("/sign-out/")["Location"] == "/sign-in/"


@pytest.mark.parametrize("role", [Role.READER, Role.EDITOR, Role.PUBLISHER])
def test_others_do_not_need_one(role: Role, client: Client, settings: Any) -> None:
    """Only whoever is an admin somewhere."""
    settings.REQUIRE_SECOND_FACTOR = "admins"
    environment = make_environment()
    make_person(role, site=environment.site, username="mei")
    sign_in(client)
    assert client.get(environment.get_absolute_url()).status_code == 200
