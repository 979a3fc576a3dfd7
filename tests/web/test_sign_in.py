"""Signing in under attack, forgotten passwords, and the list of where one is signed in."""

from __future__ import annotations

import re
import time
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.core.internal import ratelimit
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import caches
from django.test import Client

from deploys.models import User
from deploys.people import tasks, waiting
from tests.scenes import make_person
from tests.web.reading import parse, words

pytestmark = pytest.mark.django_db
LOCKED = "Too many tries with a wrong password."
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


class Clock:
    """The clock of the counts, to be set forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def time(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The one clock that allauth and we read."""
    clock = Clock()
    fake = SimpleNamespace(time=clock.time, monotonic=time.monotonic, sleep=time.sleep)
    monkeypatch.setattr(ratelimit, "time", fake)
    monkeypatch.setattr(waiting, "time", fake)
    return clock


@pytest.fixture
def mailing(settings: Any) -> None:
    """Mail leaves, into the outbox of the tests."""
    settings.EMAIL_IS_SET_UP, settings.PUBLIC_URL = True, "https://publish.example"


@pytest.fixture
def mei() -> User:
    """Somebody with a mail address."""
    return make_person(username="mei", email="mei@museum.example")


def sign_in(client: Client, password: str, *, name: str = "mei", **more: str) -> Any:
    """Send the form of the sign-in."""
    return client.post("/sign-in/", {"username": name, "password": password}, **more)


@pytest.mark.usefixtures("mei")
def test_hammering_an_account_locks_it_for_a_while(client: Client, clock: Clock) -> None:
    """After five failures not even the right password works, from nowhere; after the wait that is named it does."""
    for _each in range(5):
        assert "do not go together" in words(parse(sign_in(client, "wrong")))
    assert f"{LOCKED} Wait 5 minutes, then try again." in words(parse(sign_in(client, "correct horse")))
    clock.ahead = 200
    by_mail = sign_in(client, "correct horse", name="Mei@museum.example", REMOTE_ADDR="198.51.100.7")
    assert f"{LOCKED} Wait 2 minutes, then try again." in words(parse(by_mail))
    clock.ahead = 301
    assert sign_in(client, "correct horse")["Location"] == "/"


@pytest.mark.usefixtures("mei", "clock")
def test_an_address_that_tries_many_names_is_locked(client: Client) -> None:
    """Twenty failures from one place; others sign in all the same."""
    for number in range(20):
        sign_in(client, "wrong", name=f"name{number}")
    assert LOCKED in words(parse(sign_in(client, "correct horse")))
    assert sign_in(client, "correct horse", REMOTE_ADDR="198.51.100.7")["Location"] == "/"


@pytest.mark.usefixtures("mei", "clock")
def test_sign_ins_that_work_lock_nobody() -> None:
    """However often, and mistakes between them do not add up with other people's."""
    for _each in range(12):
        assert sign_in(Client(), "correct horse")["Location"] == "/"


@pytest.mark.usefixtures("mei", "clock")
def test_an_unknown_name_is_told_the_same_as_a_known_one(client: Client) -> None:
    """Before and after the lock."""
    for _each in range(6):
        known, unknown = sign_in(client, "wrong"), sign_in(client, "wrong", name="eve", REMOTE_ADDR="198.51.100.7")
        assert [words(parse(known)).count(one) for one in (LOCKED, "do not go together")] == [
            words(parse(unknown)).count(one) for one in (LOCKED, "do not go together")
        ]


@pytest.mark.usefixtures("mei")
def test_somebody_switched_off_does_not_get_in(client: Client) -> None:
    """Like a wrong password."""
    User.objects.update(is_active=False)
    assert "do not go together" in words(parse(sign_in(client, "correct horse")))


@pytest.mark.usefixtures("mailing", "mei")
def test_a_forgotten_password_is_replaced_by_mail(client: Client, told: list[tuple[str, int]]) -> None:
    """The worker mails a link that works once; sessions of before end."""
    before = Client()
    sign_in(before, "correct horse")
    client.post("/sign-in/forgotten/", {"name": "MEI@museum.example"})
    [(task, person)] = told
    assert task == "people.tasks.send_new_password"
    tasks.send_new_password(person)
    [sent] = mail.outbox
    assert sent.to == ["mei@museum.example"]
    link = re.search(r"https://publish\.example(/sign-in/new-password/\S+/)", str(sent.body))
    assert link
    form = client.get(link[1])["Location"]
    weak = client.post(form, {"new_password1": "museum", "new_password2": "museum"})
    assert "at least 10 characters" in words(parse(weak))
    new = {"new_password1": "harbour lights", "new_password2": "harbour lights"}
    assert "Sign in with it." in words(parse(client.post(form, new, follow=True)))
    assert "This link does not work any more" in words(parse(Client().get(link[1])))
    assert before.get("/account/")["Location"] == "/sign-in/?next=/account/"
    assert sign_in(client, "harbour lights")["Location"] == "/"


@pytest.mark.usefixtures("mailing", "mei")
@pytest.mark.parametrize("name", ["eve", "eve@evil.example", "nobody@museum.example"])
def test_the_answer_does_not_say_whether_there_is_an_account(client: Client, name: str, told: list[Any]) -> None:
    """Word for word the same page, and no mail for nobody."""
    nothing = client.post("/sign-in/forgotten/", {"name": name})
    assert told == []
    something = client.post("/sign-in/forgotten/", {"name": "mei"})
    assert len(told) == 1
    assert words(parse(nothing)) == words(parse(something))


@pytest.mark.usefixtures("mailing", "mei")
def test_nobody_is_flooded_with_mails(client: Client, told: list[Any]) -> None:
    """Five an hour for one name."""
    for _each in range(5):
        client.post("/sign-in/forgotten/", {"name": "mei"})
    answer = client.post("/sign-in/forgotten/", {"name": "Mei"})
    assert answer.status_code == 429
    assert "Wait an hour" in words(parse(answer))
    assert len(told) == 5


def test_without_mail_the_page_says_whom_to_ask(client: Client, told: list[Any]) -> None:
    """In place of a form that leads to nothing."""
    make_person(username="mei", email="mei@museum.example")
    page = words(parse(client.post("/sign-in/forgotten/", {"name": "mei"})))
    assert "Ask whoever runs Buildhub" in page
    assert told == []


@pytest.mark.usefixtures("mei")
def test_the_account_lists_where_somebody_is_signed_in() -> None:
    """In words, this one first; another's sessions are not among them."""
    sign_in(Client(), "correct horse", HTTP_USER_AGENT=IPHONE, REMOTE_ADDR="198.51.100.7")
    make_person(username="rui")
    sign_in(Client(), "correct horse", name="rui", HTTP_USER_AGENT="Chrome/140")
    here = Client()
    sign_in(here, "correct horse", HTTP_USER_AGENT=FIREFOX)
    text = words(parse(here.get("/account/")))
    assert "Firefox on Linux this one From 127.0.0.1." in text
    assert "Safari on iPhone From 198.51.100.7." in text
    assert "Chrome" not in text


@pytest.mark.usefixtures("mei")
def test_one_session_is_ended_from_another() -> None:
    """The other has to sign in anew; somebody else's is not touched."""
    phone, here, rui = Client(), Client(), Client()
    make_person(username="rui")
    sign_in(phone, "correct horse")
    sign_in(here, "correct horse")
    sign_in(rui, "correct horse", name="rui")
    row = UserSession.objects.get(session_key=phone.session.session_key)
    assert rui.post(f"/account/sessions/{row.pk}/end/").status_code == 404
    assert phone.get("/account/").status_code == 200
    here.post(f"/account/sessions/{row.pk}/end/")
    assert phone.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200
    assert rui.get("/account/").status_code == 200


@pytest.mark.usefixtures("mei")
def test_all_others_are_ended_at_once() -> None:
    """This one stays."""
    others = [Client(), Client()]
    for each in others:
        sign_in(each, "correct horse")
    here = Client()
    sign_in(here, "correct horse")
    here.post("/account/sessions/end-others/")
    assert [each.get("/account/").status_code for each in (*others, here)] == [302, 302, 200]


@pytest.mark.usefixtures("mei")
def test_a_new_password_ends_the_other_sessions() -> None:
    """And this one stays in the list."""
    phone, here = Client(), Client()
    sign_in(phone, "correct horse")
    sign_in(here, "correct horse", HTTP_USER_AGENT=FIREFOX)
    new = {"old_password": "correct horse", "new_password1": "harbour lights", "new_password2": "harbour lights"}
    answer = here.post("/account/password/", new, HTTP_USER_AGENT=FIREFOX, follow=True)
    assert "Firefox on Linux this one" in words(parse(answer))
    assert UserSession.objects.count() == 1
    assert phone.get("/account/").status_code == 302


@pytest.mark.usefixtures("mei")
def test_when_somebody_was_last_seen_is_noted_every_few_minutes(client: Client) -> None:
    """Not with every page."""
    sign_in(client, "correct horse")
    caches["memory"].clear()
    signed_in = UserSession.objects.get().last_seen_at
    client.get("/account/")
    noted = UserSession.objects.get().last_seen_at
    assert noted > signed_in
    client.get("/account/")
    assert UserSession.objects.get().last_seen_at == noted
