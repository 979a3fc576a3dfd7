"""The pages of tokens and badges: made, shown once, listed, revoked; and the picture."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils.timezone import now

from deploys import tokens
from deploys.models import ApiToken, AuditEntry, Environment, Role, Site, TokenScope
from deploys.transitions import note
from deploys.web import badges
from deploys.web.pills import FAILED, LIVE, NOT_YET, PUBLISHING
from tests import scenes
from tests.web import card_scenes
from tests.web.reading import find, parse, words

pytestmark = pytest.mark.django_db

TYPED = {"name": "Nightly", "scope": "publish", "lasts": "30"}


@pytest.fixture
def site() -> Site:
    """A site with a live environment."""
    return scenes.make_environment().site


def signed_in(role: Role, site: Site) -> Client:
    """Somebody of the site."""
    client = Client()
    client.force_login(scenes.make_person(role, site=site))
    return client


def addresses(site: Site) -> list[tuple[str, Role]]:
    """Both pages, and the least role for each."""
    return [("/account/tokens/", Role.READER), (f"/sites/{site.slug}/tokens/", Role.ADMIN)]


def test_a_token_is_made_shown_once_and_listed_without_it(site: Site) -> None:
    """On both pages."""
    for address, role in addresses(site):
        client = signed_in(role, site)
        shown = parse(client.post(address, TYPED))
        [text] = [words(code) for code in find(shown, "code")]
        token = tokens.find(text)
        assert token and (token.scope, token.site is None) == (TokenScope.PUBLISH, role == Role.READER)
        assert token.expires_at and timedelta(days=29) < token.expires_at - now() < timedelta(days=31)
        listed = words(parse(client.get(address)))
        assert text not in listed
        assert all(part in listed for part in ("Nightly", token.hint, "May read and publish", "never used"))


def test_a_name_is_asked_for(site: Site) -> None:
    """Nothing is made without."""
    answer = signed_in(Role.READER, site).post("/account/tokens/", TYPED | {"name": " "})
    assert (answer.status_code, ApiToken.objects.count()) == (422, 0)
    assert "Give it a name" in words(parse(answer))


def test_revoking_asks_first_and_is_for_good(site: Site) -> None:
    """The list no longer has it, and the audit log does."""
    for address, role in addresses(site):
        client = signed_in(role, site)
        client.post(address, TYPED)
        token = ApiToken.objects.first()
        assert token
        question = parse(client.get(f"{address}{token.pk}/revoke/"))
        assert "stops working at once" in words(question)
        client.post(f"{address}{token.pk}/revoke/now/")
        assert ApiToken.objects.get(pk=token.pk).revoked_at
        assert "There is none yet." in words(parse(client.get(address)))
        assert client.get(f"{address}{token.pk}/revoke/").status_code == 404
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["added", "removed"] * 2


def test_nobody_revokes_what_is_not_theirs(site: Site) -> None:
    """A colleague's, a site's from the account, another site's."""
    admin = signed_in(Role.ADMIN, site)
    admin.post(f"/sites/{site.slug}/tokens/", TYPED)
    mine = ApiToken.objects.get()
    other = scenes.make_environment().site
    stranger = signed_in(Role.ADMIN, other)
    for client, address in (
        (admin, "/account/tokens/"),
        (stranger, "/account/tokens/"),
        (stranger, f"/sites/{other.slug}/tokens/"),
        (stranger, f"/sites/{site.slug}/tokens/"),
    ):
        assert client.post(f"{address}{mine.pk}/revoke/now/").status_code == 404
    assert signed_in(Role.PUBLISHER, site).get(f"/sites/{site.slug}/tokens/").status_code == 403
    assert ApiToken.objects.get().revoked_at is None


def test_an_end_that_is_near_is_said(site: Site) -> None:
    """And one that is past."""
    person = scenes.make_person(Role.READER, site=site)
    for days in (-1, 3, 100):
        tokens.make(name=f"In {days}", scope=TokenScope.READ, actor=person, expires_at=now() + timedelta(days=days))
    client = Client()
    client.force_login(person)
    listed = words(parse(client.get("/account/tokens/")))
    assert [word in listed for word in ("Expired", "Ends soon", "Good")] == [True] * 3


def switch(client: Client, environment: Environment, *, on: bool) -> Environment:
    """Press the button of the badge."""
    address = f"/sites/{environment.site.slug}/tokens/badges/{environment.slug}/"
    client.post(address, {"is_on": "1" if on else "0"})
    environment.refresh_from_db()
    return environment


def test_a_badge_is_off_until_it_is_switched_on_and_its_address_can_be_changed() -> None:
    """Anybody with the address sees it; an old address is gone; the audit log knows."""
    environment, _ana = card_scenes.ready()
    admin = signed_in(Role.ADMIN, environment.site)
    first = switch(admin, environment, on=True).badge_key
    answer = Client().get(f"/badges/{first}.svg")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert f"/badges/{first}.svg" in admin.get(f"/sites/{environment.site.slug}/tokens/").text
    second = switch(admin, environment, on=True).badge_key
    assert Client().get(f"/badges/{first}.svg").status_code == 404
    switch(admin, environment, on=False)
    assert Client().get(f"/badges/{second}.svg").status_code == 404
    assert [entry.changes["Badge"][0] for entry in AuditEntry.objects.order_by("pk")] == ["off", "on", "on"]
    assert len({first, second}) == 2


@pytest.mark.parametrize(
    ("scene", "pill"),
    [
        (lambda: (scenes.make_environment(), None), NOT_YET),
        (card_scenes.building, PUBLISHING),
        (card_scenes.failed, FAILED),
        (card_scenes.changes_waiting, LIVE),
    ],
)
def test_the_badge_says_the_words_of_the_pages(scene: Any, pill: Any) -> None:
    """As a picture without script that others can read too."""
    environment = scene()[0]
    Environment.objects.filter(pk=environment.pk).update(badge_key="key")
    picture = ElementTree.fromstring(Client().get("/badges/key.svg").text)
    texts = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[1] == str(pill.word)
    assert picture.attrib["aria-label"] == f"{texts[0]}: {texts[1]}"
    assert badges.COLOURS[pill.tone] in ElementTree.tostring(picture, "unicode")


def test_a_badge_that_did_not_change_is_not_sent_again() -> None:
    """Until something happens."""
    environment, _ana = card_scenes.building()
    Environment.objects.filter(pk=environment.pk).update(badge_key="key")
    tag = Client().get("/badges/key.svg")["ETag"]
    assert Client().get("/badges/key.svg", headers={"If-None-Match": tag}).status_code == 304
    note(environment.builds.select_related("environment").last(), "Something")
    assert Client().get("/badges/key.svg", headers={"If-None-Match": tag}).status_code == 200


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", [*badges.COLOURS.values(), "#3b424b"])
def test_white_is_readable_on_every_colour_of_the_badge(colour: str) -> None:
    """4.5 to 1 at least."""
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5
