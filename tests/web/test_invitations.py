"""Answering an invitation: by a new person, by one with an account, too late, twice, or with a link of before."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils.timezone import now

from deploys.models import AuditEntry, Invitation, Membership, Role, Site, User
from tests.scenes import make_environment, make_person
from tests.web.reading import parse, words

pytestmark = pytest.mark.django_db
NEW = {"first_name": "Rui", "last_name": "Costa", "password1": "harbour lights", "password2": "harbour lights"}


@pytest.fixture(autouse=True)
def mailing(settings: Any) -> None:
    """Mail leaves, into the outbox of the tests."""
    settings.EMAIL_IS_SET_UP, settings.PUBLIC_URL = True, "https://publish.example"


@pytest.fixture
def site() -> Site:
    """A site with a place to publish to."""
    return make_environment().site


@pytest.fixture
def admin(site: Site) -> User:
    """Who invites."""
    return make_person(Role.ADMIN, site=site, first_name="Tomás", last_name="Lind")


def invited(admin: User, site: Site, *, email: str = "rui@museum.example", role: str = "publisher") -> str:
    """Invite somebody through the page, and return the path of the link in their mail."""
    browser = Client()
    browser.force_login(admin)
    answer = browser.post(f"/sites/{site.slug}/people/invite/", {"email": email, "role": role}, follow=True)
    assert f"The invitation is on its way to {email}." in words(parse(answer))
    return newest_link()


def newest_link() -> str:
    """The path of the link in the newest mail, the same in its plain text and in its HTML."""
    sent: Any = mail.outbox[-1]
    found = re.search(r"https://publish\.example(/invitations/\S+/)", sent.body)
    assert found
    assert f'href="https://publish.example{found[1]}"' in sent.alternatives[0].content
    return found[1]


def test_the_mail_says_who_invites_where_and_as_what(admin: User, site: Site) -> None:
    """Plain and HTML, with the end of the link's time; only a hash of the link is kept."""
    token = invited(admin, site).split("/")[-2]
    sent = mail.outbox[-1]
    assert sent.to == ["rui@museum.example"]
    assert sent.subject == f"Tomás Lind invites you to {site.name}"
    assert "as Publisher" in sent.body
    assert "seven days" in sent.body
    assert token not in str(Invitation.objects.values().get())


def test_a_new_person_chooses_a_name_and_a_password(client: Client, admin: User, site: Site) -> None:
    """They are signed in, have the role, land on the site, and sign in with their address from then on."""
    link = invited(admin, site)
    assert "You join as Publisher." in words(parse(client.get(link)))
    answer = client.post(link, NEW, follow=True)
    assert answer.request["PATH_INFO"] == f"/sites/{site.slug}/publish/live/"
    rui = User.objects.get(email="rui@museum.example")
    assert rui.name == "Rui Costa"
    assert Membership.role_of(user_id=rui.pk, site_id=site.pk) == Role.PUBLISHER
    client.logout()
    signed_in = client.post("/sign-in/", {"username": "rui@museum.example", "password": "harbour lights"})
    assert signed_in["Location"] == "/"
    entries = AuditEntry.objects.order_by("pk").values_list("actor_name", "subject", "action")
    assert ("Rui Costa", "Person Rui Costa", "added") in entries
    assert ("Rui Costa", "Invitation of rui@museum.example", "changed") in entries


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "at least 10 characters"),
        ("password123", "too common"),
        ("rui@museum.example", "too similar"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(
    client: Client, admin: User, site: Site, password: str, sentence: str
) -> None:
    """Nobody is made, and the invitation stays open."""
    link = invited(admin, site)
    answer = client.post(link, NEW | {"password1": password, "password2": password})
    assert sentence in words(parse(answer))
    assert not User.objects.filter(email="rui@museum.example").exists()
    assert client.post(link, NEW).status_code == 302


def test_a_person_with_an_account_signs_in_and_joins(client: Client, admin: User, site: Site) -> None:
    """No second account for the address; the sign-in leads back to the invitation."""
    mei = make_person(None, username="mei", email="mei@museum.example")
    link = invited(admin, site, email="Mei@museum.example")
    page = client.get(link)
    assert f'href="/sign-in/?next={link}"' in page.content.decode()
    assert client.post(link, NEW).status_code == 200
    assert User.objects.filter(email__iexact="mei@museum.example").count() == 1
    answer = client.post("/sign-in/", {"username": "mei", "password": "correct horse", "next": link})
    assert answer["Location"] == link
    assert client.post(link)["Location"] == f"/sites/{site.slug}/publish/live/"
    assert Membership.role_of(user_id=mei.pk, site_id=site.pk) == Role.PUBLISHER


def test_an_invitation_never_takes_a_right_away(client: Client, admin: User, site: Site) -> None:
    """Whoever is more already stays it."""
    link = invited(admin, site, role="reader")
    client.force_login(admin)
    client.post(link)
    assert Membership.role_of(user_id=admin.pk, site_id=site.pk) == Role.ADMIN


def test_a_link_works_once(client: Client, admin: User, site: Site) -> None:
    """The second visitor reads why not."""
    link = invited(admin, site)
    client.post(link, NEW)
    answer = Client().post(link, NEW | {"first_name": "Eve"})
    assert answer.status_code == 410
    assert "This invitation was accepted already" in words(parse(answer))
    assert not User.objects.filter(first_name="Eve").exists()


def test_a_link_runs_out(client: Client, admin: User, site: Site) -> None:
    """After seven days; until it is sent again."""
    link = invited(admin, site)
    Invitation.objects.update(expires_at=now() - timedelta(seconds=1))
    answer = client.post(link, NEW)
    assert answer.status_code == 410
    assert "Ask Tomás Lind to send it again." in words(parse(answer))
    client.force_login(admin)
    assert "Ran out" in words(parse(client.get(f"/sites/{site.slug}/people/")))
    client.post(f"/sites/{site.slug}/people/invitations/{Invitation.objects.get().pk}/again/")
    client.logout()
    assert client.post(newest_link(), NEW).status_code == 302


def test_sent_again_only_the_newest_link_works(client: Client, admin: User, site: Site) -> None:
    """The old one says so."""
    old = invited(admin, site)
    client.force_login(admin)
    client.post(f"/sites/{site.slug}/people/invitations/{Invitation.objects.get().pk}/again/")
    client.logout()
    answer = client.get(old)
    assert answer.status_code == 404
    assert "only the link in the newest mail works" in words(parse(answer))
    assert client.get(newest_link()).status_code == 200


def test_a_withdrawn_link_says_so(client: Client, admin: User, site: Site) -> None:
    """And it is no longer in the list; the address can be invited anew."""
    link = invited(admin, site)
    client.force_login(admin)
    client.post(f"/sites/{site.slug}/people/invitations/{Invitation.objects.get().pk}/withdraw/")
    assert "rui@museum.example" not in words(parse(client.get(f"/sites/{site.slug}/people/")))
    client.logout()
    answer = client.post(link, NEW)
    assert answer.status_code == 410
    assert "This invitation was withdrawn" in words(parse(answer))
    assert client.get(invited(admin, site)).status_code == 200


def test_a_mail_that_does_not_leave_shows_the_link(admin: User, site: Site, settings: Any) -> None:
    """With what the mail server said; the person can join all the same."""
    unreachable = {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {"host": "127.0.0.1", "port": 9},
    }
    settings.MAILERS = {"default": unreachable}
    browser = Client()
    browser.force_login(admin)
    answer = browser.post(f"/sites/{site.slug}/people/invite/", {"email": "rui@museum.example", "role": "editor"})
    text = words(parse(answer))
    assert "The mail could not be sent. The mail server could not be reached" in text
    assert "http://testserver/invitations/" in text


def test_nobody_signs_up_without_an_invitation(client: Client) -> None:
    """allauth's own pages are not here."""
    for address in ("/accounts/signup/", "/signup/", "/sign-in/signup/", "/accounts/email/", "/invitations/none/"):
        assert client.get(address).status_code == 404
        client.post(address, NEW | {"email": "eve@evil.example", "username": "eve"})
    assert not User.objects.exists()
