"""Signing in with OpenID Connect against a real, small provider: who comes in, with which roles, and who does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.test import Client

from buildhub.sign_in import providers
from deploys.models import AuditEntry, Membership, Role, Site, User
from tests.people.provider import CLIENT, SECRET, Provider, new_key, running
from tests.scenes import make_environment, make_person, make_site
from tests.web.reading import find, parse, words

pytestmark = pytest.mark.django_db
BEGIN = "/sign-in/with/provider/"
HERE = "http://testserver"
ANA = {
    "sub": "ana-1",
    "given_name": "Ana",
    "family_name": "Ribeiro",
    "email": "ana@museum.example",
    "email_verified": True,
    "groups": ["web-team"],
}


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    """The provider, known here, with Ana at the browser."""
    with running() as found:
        found.person = dict(ANA)
        settings.OIDC_IS_SET_UP, settings.OIDC_NAME, settings.OIDC_URL = True, "Museum account", found.url
        settings.OIDC_ROLES = "web-team=harbour:publisher, it=harbour:admin, board=harbour:reader"
        settings.SOCIALACCOUNT_PROVIDERS = providers(
            url=found.url, client_id=CLIENT, secret=SECRET, name="Museum account"
        )
        yield found


@pytest.fixture
def harbour() -> Site:
    """The site that the map names."""
    return make_environment(site=make_site(name="Harbour Museum", slug="harbour")).site


def to_provider(client: Client, begin: str = BEGIN) -> str:
    """Begin here, be sent to the provider and back: the address that the provider sends the browser to."""
    there = client.get(begin)["Location"]
    answer = httpx.get(there)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix(HERE)


def sign_in(client: Client, begin: str = BEGIN) -> Any:
    """All of it; the page where the person arrives."""
    return client.get(to_provider(client, begin), follow=True)


def role_of(site: Site, email: str = "ana@museum.example") -> Role | None:
    """The role that the person with this address has."""
    return Membership.role_of(user_id=User.objects.get(email=email).pk, site_id=site.pk)


def test_the_button_leads_there_and_back_to_where_the_person_wanted(client: Client, provider: Provider) -> None:
    """A link, as the policy forbids a form; with PKCE and for the scopes that name a person."""
    page = parse(client.get("/sign-in/?next=/account/"))
    [button] = [one for one in find(page, "a") if words(one) == "Sign in with Museum account"]
    answer = sign_in(client, button.attrib["href"])
    assert answer.request["PATH_INFO"] == "/account/"
    assert "Ana Ribeiro" in words(parse(answer))
    [asked] = provider.asked
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert asked["code_challenge_method"] == "S256"


@pytest.mark.usefixtures("provider")
def test_the_first_sign_in_makes_the_person_with_the_roles_of_their_groups(client: Client, harbour: Site) -> None:
    """Written down as done by the sign-in; there is no password, and nothing to be forgotten."""
    sign_in(client)
    ana = User.objects.get()
    assert (ana.name, ana.email, ana.has_usable_password()) == ("Ana Ribeiro", "ana@museum.example", False)
    assert role_of(harbour) == Role.PUBLISHER
    entries = AuditEntry.objects.order_by("pk").values_list("actor", "actor_name", "subject", "action", "changes")
    assert list(entries) == [
        (None, "Sign-in with Museum account", "Person Ana Ribeiro", "added", {}),
        (None, "Sign-in with Museum account", "Person Ana Ribeiro", "added", {"Role": ["–", "Publisher"]}),
    ]
    assert "You sign in with Museum account" in words(parse(client.get("/account/")))


def test_roles_follow_the_groups_at_each_sign_in(client: Client, provider: Provider, harbour: Site) -> None:
    """The most of several counts; a site that the map does not name keeps what was given by hand."""
    by_hand = make_site()
    make_person(Role.ADMIN, site=harbour)
    sign_in(client)
    Membership.objects.create(user=User.objects.get(email=ANA["email"]), site=by_hand, role=Role.EDITOR)
    for groups, expected in ((["board", "it"], Role.ADMIN), ("board", Role.READER), (["kitchen"], None), ([], None)):
        provider.person["groups"] = groups
        sign_in(Client())
        assert role_of(harbour) == expected
        assert role_of(by_hand) == Role.EDITOR
    changes = AuditEntry.objects.order_by("pk").values_list("changes", flat=True)
    assert [one["Role"] for one in changes if one] == [
        ["–", "Publisher"],
        ["Publisher", "Admin"],
        ["Admin", "Reader"],
        ["Reader", "–"],
    ]


def test_the_only_admin_of_a_site_stays_it(client: Client, provider: Provider, harbour: Site) -> None:
    """Even if their groups say less: nobody else could let them in again."""
    provider.person["groups"] = ["it"]
    sign_in(client)
    provider.person["groups"] = []
    sign_in(Client())
    assert role_of(harbour) == Role.ADMIN


@pytest.mark.usefixtures("provider", "harbour")
def test_a_confirmed_address_finds_the_account_that_is_here(client: Client) -> None:
    """Which keeps its name and password, and is found by who it is from then on."""
    ana = make_person(None, username="ana", email="Ana@museum.example")
    sign_in(client)
    User.objects.update(email="ana.ribeiro@museum.example")
    other = Client()
    sign_in(other)
    assert User.objects.count() == 1
    assert int(other.session["_auth_user_id"]) == ana.pk
    assert Client().post("/sign-in/", {"username": "ana", "password": "correct horse"}).status_code == 302


def test_an_address_that_is_not_confirmed_takes_over_nothing(client: Client, provider: Provider) -> None:
    """Whoever enters another's address at the provider stays outside."""
    make_person(None, username="ana", email="ana@museum.example")
    provider.person |= {"sub": "eve-1", "email_verified": False}
    text = words(parse(sign_in(client)))
    assert "Museum account has not confirmed that it is yours" in text
    assert client.get("/account/").status_code == 302
    assert User.objects.count() == 1


@pytest.mark.usefixtures("harbour", "provider")
@pytest.mark.parametrize("came_before", [True, False])
def test_whoever_is_switched_off_here_stays_out(client: Client, came_before: bool) -> None:
    """The provider does not know that; no second account is made for them either."""
    if came_before:
        sign_in(client)
    else:
        make_person(None, email="ana@museum.example")
    User.objects.update(is_active=False)
    assert "This account is switched off." in words(parse(sign_in(Client())))
    assert User.objects.count() == 1


@pytest.mark.usefixtures("provider")
def test_an_address_of_two_accounts_joins_neither(client: Client) -> None:
    """Nobody guesses which."""
    for name in ("ana", "ana2"):
        make_person(None, username=name, email="ana@museum.example")
    assert "There are several accounts" in words(parse(sign_in(client)))
    assert client.get("/account/").status_code == 302


def test_a_cancelled_sign_in_says_so(client: Client, provider: Provider) -> None:
    """Nobody is made."""
    provider.cancels = True
    assert "Nobody was signed in" in words(parse(sign_in(client)))
    assert not User.objects.exists()


@pytest.mark.parametrize("fault", ["forged", "another", "no_userinfo", "wrong_audience"])
def test_what_is_not_proved_lets_nobody_in(client: Client, provider: Provider, fault: str) -> None:
    """A signature of another key, the facts of another person, none at all, a token for another client."""
    if fault == "forged":
        provider.signs = new_key()
    if fault == "another":
        provider.userinfo = ANA | {"sub": "somebody-else"}
    if fault == "no_userinfo":
        provider.userinfo = {}
    if fault == "wrong_audience":
        provider.person["aud"] = "another-client"
    assert "Signing in with Museum account did not work." in words(parse(sign_in(client)))
    assert client.get("/account/").status_code == 302
    assert not User.objects.exists()


@pytest.mark.usefixtures("provider")
def test_an_answer_that_nobody_asked_for_lets_nobody_in(client: Client) -> None:
    """The state belongs to the browser that began."""
    answer = Client().get(to_provider(client), follow=True)
    assert "Signing in with Museum account did not work." in words(parse(answer))
    assert not User.objects.exists()


def test_a_provider_that_does_not_answer_is_a_sentence(client: Client, settings: Any) -> None:
    """The password still works."""
    settings.OIDC_NAME = "Museum account"
    settings.SOCIALACCOUNT_PROVIDERS = providers(url="http://127.0.0.1:9", client_id="a", secret="b", name="c")
    assert "did not work" in words(parse(client.get(BEGIN, follow=True)))


def test_without_a_provider_there_is_neither_button_nor_address(client: Client) -> None:
    """As long as OIDC_URL is not set."""
    assert "Sign in with" not in words(parse(client.get("/sign-in/")))
    assert client.get(BEGIN).status_code == 404
    assert client.get(f"{BEGIN}callback/").status_code == 404


@pytest.mark.usefixtures("harbour")
def test_admins_whom_the_provider_signed_in_need_no_second_factor_here(
    client: Client, provider: Provider, settings: Any
) -> None:
    """The provider asks for what it wants."""
    settings.REQUIRE_SECOND_FACTOR = "admins"
    provider.person["groups"] = ["it"]
    assert sign_in(client).request["PATH_INFO"] == "/sites/harbour/publish/live/"
