"""The People page: roles with their meaning, changing and taking away, and the admin that a site keeps."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from deploys.models import AuditEntry, Invitation, Membership, Role, Site, User
from tests.scenes import make_person, make_site
from tests.web.reading import HTMX, find, parse, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    """A site of its own."""
    return make_site(name="Harbour Museum", slug="harbour")


@pytest.fixture
def admin(site: Site, client: Client) -> User:
    """Its admin, signed in."""
    person = make_person(Role.ADMIN, site=site, first_name="Tomás", last_name="Lind")
    client.force_login(person)
    return person


def role_of(person: User, site: Site) -> Role | None:
    """The role that is kept."""
    return Membership.role_of(user_id=person.pk, site_id=site.pk)


def audited() -> list[tuple[str, str, str, Any]]:
    """The audit log, oldest first."""
    rows = AuditEntry.objects.order_by("pk")
    return [(row.actor_name, row.action, row.subject, row.changes) for row in rows]


def test_everybody_with_a_role_is_listed_with_what_it_means(client: Client, site: Site, admin: User) -> None:
    """One sentence for each role; whoever looks is marked."""
    for role, name in ((Role.READER, "Rui"), (Role.EDITOR, "Mei"), (Role.PUBLISHER, "Ana")):
        make_person(role, site=site, first_name=name, last_name="Okafor")
    text = words(parse(client.get("/sites/harbour/people/")))
    assert "Rui Okafor" in text
    assert "Reader: Reads everything" in text
    assert "Editor: Publishes changes" in text
    assert "Publisher: Does what editors do" in text
    assert "Admin: Does everything" in text
    assert "Tomás Lind you" in text


@pytest.mark.parametrize("role", [Role.READER, Role.EDITOR, Role.PUBLISHER])
def test_the_page_is_for_admins(role: Role, client: Client, site: Site, admin: User) -> None:
    """Others read whom to ask, and may change nothing either."""
    client.force_login(make_person(role, site=site))
    answer = client.get("/sites/harbour/people/")
    assert answer.status_code == 403
    assert "Ask Tomás Lind." in words(parse(answer))
    assert client.post(f"/sites/harbour/people/{admin.pk}/take-away/now/").status_code == 403
    assert client.post(f"/sites/harbour/people/{admin.pk}/role/", {"role": "reader"}).status_code == 403
    assert client.post("/sites/harbour/people/invite/", {"email": "a@b.example", "role": "admin"}).status_code == 403


def test_a_role_is_changed_and_written_down(client: Client, site: Site, admin: User) -> None:
    """Who, whom, from what to what."""
    mei = make_person(Role.EDITOR, site=site, first_name="Mei", last_name="Okafor")
    answer = client.post(f"/sites/harbour/people/{mei.pk}/role/", {"role": "publisher"}, follow=True)
    assert "Mei Okafor is Publisher now." in words(parse(answer))
    assert role_of(mei, site) == Role.PUBLISHER
    assert audited() == [("Tomás Lind", "changed", "Person Mei Okafor", {"Role": ["Editor", "Publisher"]})]


def test_the_same_role_again_changes_nothing(client: Client, site: Site, admin: User) -> None:
    """And leaves no entry."""
    mei = make_person(Role.EDITOR, site=site)
    client.post(f"/sites/harbour/people/{mei.pk}/role/", {"role": "editor"})
    assert audited() == []


def test_a_role_is_taken_away_after_a_question(client: Client, site: Site, admin: User) -> None:
    """The question names the person; the account stays."""
    mei = make_person(Role.EDITOR, site=site, first_name="Mei", last_name="Okafor")
    question = client.get(f"/sites/harbour/people/{mei.pk}/take-away/", **HTMX)
    assert "Take away the role of Mei Okafor?" in question.content.decode()
    assert role_of(mei, site) == Role.EDITOR
    client.post(f"/sites/harbour/people/{mei.pk}/take-away/now/")
    assert role_of(mei, site) is None
    assert User.objects.filter(pk=mei.pk).exists()
    assert audited() == [("Tomás Lind", "removed", "Person Mei Okafor", {"Role": ["Editor", "–"]})]


def test_the_last_admin_can_neither_go_nor_be_less(client: Client, site: Site, admin: User) -> None:
    """Neither by the page, which offers nothing, nor by a form sent anyway; one who is switched off does not count."""
    make_person(Role.ADMIN, site=site, is_active=False)
    page = parse(client.get("/sites/harbour/people/"))
    assert "The only admin. Make somebody else admin first." in words(page)
    assert not find(page, "form", action=f"/sites/harbour/people/{admin.pk}/role/")
    client.post(f"/sites/harbour/people/{admin.pk}/role/?role=editor&sure=1")
    answer = client.post(f"/sites/harbour/people/{admin.pk}/take-away/now/", follow=True)
    assert "is the only admin" in words(parse(answer))
    assert role_of(admin, site) == Role.ADMIN
    assert audited() == []


def test_nobody_gives_up_their_own_admin_right_without_a_question(client: Client, site: Site, admin: User) -> None:
    """The first press asks; the answer does it, and leads away from a page that is closed now."""
    make_person(Role.ADMIN, site=site)
    address = f"/sites/harbour/people/{admin.pk}/role/"
    question = parse(client.post(address, {"role": "editor"}))
    assert "Give up your admin right?" in words(question)
    assert role_of(admin, site) == Role.ADMIN
    answer = client.post(find(question, "form", method="post")[0].attrib["action"])
    assert answer["Location"] == "/"
    assert role_of(admin, site) == Role.EDITOR


def test_a_person_of_another_site_is_not_found(client: Client, site: Site, admin: User) -> None:
    """An admin's right ends at their site."""
    stranger = make_person(Role.EDITOR, site=make_site())
    assert client.post(f"/sites/harbour/people/{stranger.pk}/take-away/now/").status_code == 404
    assert client.post(f"/sites/harbour/people/{stranger.pk}/role/", {"role": "admin"}).status_code == 404


def test_without_mail_the_admin_gets_the_link(client: Client, site: Site, admin: User) -> None:
    """It is shown once, works, and the page says that no mail was sent."""
    page = parse(client.post("/sites/harbour/people/invite/", {"email": "rui@museum.example", "role": "editor"}))
    link = words(find(page, "code", id="link")[0])
    assert "Hand this link to rui@museum.example" in words(page)
    assert link.startswith("http://testserver/invitations/")
    text = words(parse(client.get("/sites/harbour/people/")))
    assert "rui@museum.example Invited Editor" in text
    assert "No mail was sent" in text
    assert link not in text
    client.logout()
    assert client.get(link.removeprefix("http://testserver")).status_code == 200
    assert audited() == [("Tomás Lind", "added", "Invitation of rui@museum.example", {"Role": ["–", "Editor"]})]


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("nobody", "Enter a valid email address."),
        ("MEI@museum.example", "Mei Okafor is here already"),
        ("Rui@Museum.example", "This address is invited already"),
    ],
)
def test_what_cannot_be_invited_says_why(client: Client, site: Site, admin: User, email: str, sentence: str) -> None:
    """Beside the field, which keeps what was typed; capitals make no other address."""
    make_person(Role.READER, site=site, first_name="Mei", last_name="Okafor", email="mei@museum.example")
    client.post("/sites/harbour/people/invite/", {"email": "rui@museum.example", "role": "editor"})
    page = parse(client.post("/sites/harbour/people/invite/", {"email": email, "role": "editor"}))
    assert sentence in words(page)
    assert find(page, "input", id="id_email")[0].attrib["value"] == email
    assert Invitation.objects.count() == 1
