"""The way back in for somebody who lost phone and recovery codes."""

from __future__ import annotations

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from deploys.models import AuditEntry, User
from tests.scenes import make_person

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    """What the command says."""
    out = StringIO()
    call_command("second_factor", *arguments, stdout=out)
    return out.getvalue()


def give_factor(person: User) -> None:
    """The rows of a second factor with its codes."""
    for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES):
        Authenticator.objects.create(user=person, type=kind, data={})


def test_it_says_whether_there_is_one() -> None:
    """And changes nothing."""
    mei = make_person(username="mei", first_name="Mei", last_name="Okafor")
    assert run("mei") == "Mei Okafor has no second factor.\n"
    give_factor(mei)
    assert "Mei Okafor has a second factor." in run("mei")
    assert Authenticator.objects.count() == 2


def test_it_turns_off_that_of_one_person() -> None:
    """With the recovery codes; written down as done from the command line."""
    for name in ("mei", "rui"):
        give_factor(make_person(username=name))
    run("mei", "--remove")
    assert set(Authenticator.objects.values_list("user__username", flat=True)) == {"rui"}
    assert AuditEntry.objects.get().actor_name == "Command line"


def test_what_was_signed_in_with_it_ends_with_it(client: Client) -> None:
    """Whoever has the lost phone has no session any more."""
    mei = make_person(username="mei")
    give_factor(mei)
    client.force_login(mei)
    UserSession.objects.create(user=mei, session_key=client.session.session_key, ip="127.0.0.1", user_agent="Phone")
    assert client.get(reverse("account")).status_code == 200
    run("mei", "--remove")
    assert client.get(reverse("account")).status_code == 302


def test_an_unknown_name_is_an_error() -> None:
    """Not silence."""
    with pytest.raises(CommandError, match="nobody"):
        run("eve")
