"""The page of how long things are kept: read without writing, saved with an entry in the audit log."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from deploys.models import AuditEntry, Environment, Retention, Role, User
from tests.scenes import make_environment, make_person
from tests.web.reading import find, parse, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def environment() -> Environment:
    """A live site."""
    return make_environment()


@pytest.fixture
def admin(environment: Environment, client: Client) -> User:
    """An admin of it, signed in."""
    person = make_person(Role.ADMIN, site=environment.site)
    client.force_login(person)
    return person


def page_of(environment: Environment) -> str:
    """The address."""
    return reverse("kept-settings", args=[environment.site.slug])


def test_it_shows_the_usual_periods_and_writes_nothing(client: Client, environment: Environment, admin: User) -> None:
    """Reached from the overview; opening it makes no row."""
    overview = client.get(reverse("settings", args=[environment.site.slug]))
    assert page_of(environment) in {one.get("href") for one in find(parse(overview), "a")}
    form = client.get(page_of(environment)).context["form"]
    assert [form[name].value() for name in form.fields] == [90, 180, 90]
    assert not Retention.objects.exists()


def test_periods_are_saved_and_written_down(client: Client, environment: Environment, admin: User) -> None:
    """Empty is for ever; the audit log says what was there before."""
    shown = client.get(page_of(environment)).context["form"].shown
    typed = {"log_days": "30", "content_days": "", "message_days": "90", "shown": shown}
    client.post(page_of(environment), typed)
    kept = Retention.of(environment.site)
    assert (kept.log_days, kept.content_days, kept.message_days) == (30, None, 90)
    entry = AuditEntry.objects.get(site=environment.site)
    assert (entry.subject, entry.actor) == ("What is kept", admin)
    assert entry.changes == {"Logs of builds": ["90", "30"], "Earlier content": ["180", "–"]}


def test_too_few_days_are_refused(client: Client, environment: Environment, admin: User) -> None:
    """The page comes back with what was typed, and nothing is changed."""
    answer = client.post(page_of(environment), {"log_days": "1", "content_days": "180", "message_days": "90"})
    assert "greater than or equal to 7" in words(find(parse(answer), "main")[0])
    assert Retention.of(environment.site).log_days == 90


def test_it_is_for_admins(client: Client, environment: Environment) -> None:
    """Others are told whom to ask."""
    client.force_login(make_person(Role.PUBLISHER, site=environment.site))
    assert client.get(page_of(environment)).status_code == 403
    assert client.post(page_of(environment), {"log_days": "7"}).status_code == 403
    assert not Retention.objects.exists()
