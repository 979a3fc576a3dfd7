"""`/healthz`, `/readyz` and the Health page."""

from __future__ import annotations

from collections import namedtuple
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from buildhub.up import commands
from deploys import tokens
from deploys.doctor import running
from deploys.lifecycle import State
from deploys.models import Delivery, DeliveryStage, GitLabProject, Heartbeat, Part, Role, TokenScope
from tests.scenes import make_build, make_environment, make_person, make_project, make_site
from tests.web import notification_scenes
from tests.web.reading import HTMX, find, parse, words

pytestmark = pytest.mark.django_db


def seen(**ago: float) -> None:
    """Parts with the seconds since their last sign of life; the others were never seen."""
    for part, seconds in ago.items():
        moment = now() - timedelta(seconds=seconds)
        Heartbeat.objects.update_or_create(pk=part, defaults={"seen_at": moment})


def all_run() -> None:
    """Every part gave a sign just now."""
    seen(worker=0, beat=0, ticks=0)


def line(page: Any, part: str) -> str:
    """What the page says of a part."""
    return words(find(parse(page), "li", **{"data-part": f"running.{part}"})[0])


def open_as_root(client: Client) -> Any:
    """The page as somebody who runs Buildhub sees it."""
    client.force_login(make_person(None, is_superuser=True))
    return client.get(reverse("health"))


@pytest.fixture
def no_broker(settings: Any) -> None:
    """Nothing listens where the broker should be."""
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"


def test_a_living_process_says_so_without_a_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The database may be down."""
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok"


def test_ready_when_every_part_works(client: Client) -> None:
    """One word for each part, for anybody."""
    all_run()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    parts = {"database": "ok", "broker": "ok", "worker": "ok", "beat": "ok", "work": "ok", "disk": "ok"}
    assert answer.json() == {"ready": True, "parts": parts}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("ago", "part", "word"),
    [
        ({"worker": 40, "beat": 0, "ticks": 40}, "worker", "wrong"),
        ({"worker": 0, "beat": 40, "ticks": 40}, "beat", "wrong"),
        ({"beat": 0}, "worker", "missing"),
        ({"worker": 0}, "beat", "missing"),
        ({"worker": 0, "beat": 0, "ticks": 130}, "work", "wrong"),
        ({"worker": 0, "beat": 0}, "work", "wrong"),
    ],
)
def test_not_ready_while_a_part_is_silent(ago: dict[str, float], part: str, word: str, client: Client) -> None:
    """503, and the part is named; a silent beat is not blamed on the worker."""
    seen(**ago)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    parts = answer.json()["parts"]
    assert {name for name, state in parts.items() if state != "ok"} == {part}
    assert parts[part] == word


def test_not_ready_without_the_broker(client: Client, no_broker: None) -> None:
    """It is asked and does not answer."""
    all_run()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["parts"]["broker"]) == (503, "wrong")


def test_not_ready_without_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer comes all the same, and what is in the database counts as not seen."""
    from django.db import OperationalError, connection

    def refuse(*_: Any, **__: Any) -> None:
        raise OperationalError("connection refused\nIs the server running?")

    all_run()
    monkeypatch.setattr(connection, "cursor", refuse)
    answer = client.get("/readyz")
    monkeypatch.undo()
    assert answer.status_code == 503
    parts = answer.json()["parts"]
    assert (parts["database"], parts["broker"], parts["worker"]) == ("wrong", "ok", "unknown")


def test_a_disk_that_is_nearly_full_is_not_ready_and_a_tight_one_is_advice(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two per cent and ten."""
    all_run()
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(running.shutil, "disk_usage", lambda _: usage(10**12, 99 * 10**10, 10**10))
    assert client.get("/readyz").status_code == 503
    monkeypatch.setattr(running.shutil, "disk_usage", lambda _: usage(10**12, 95 * 10**10, 5 * 10**10))
    assert client.get("/readyz").status_code == 200
    page = open_as_root(client)
    assert "Look at it" in line(page, "disk")
    assert "50.0 GB of 1,000.0 GB are free" in line(page, "disk")


def test_the_page_says_that_all_is_well(client: Client) -> None:
    """One heading, and when each part was last seen."""
    seen(worker=3, beat=2, ticks=1)
    page = open_as_root(client)
    assert words(find(parse(page), "h2")[0]) == "Everything runs"
    assert "Seen 3 seconds ago." in line(page, "worker")
    assert "Seen 2 seconds ago." in line(page, "beat")
    assert "carried out 1 second ago" in line(page, "work")


def test_the_page_says_how_to_start_what_is_missing(client: Client, settings: Any) -> None:
    """With servers of one's own: the container, or the command that `up` runs."""
    settings.EMBEDDED_BROKER = False
    seen(worker=300, beat=300)
    page = open_as_root(client)
    assert "2 parts need somebody" in page.content.decode()
    assert "Last seen 5 minutes ago." in line(page, "worker")
    assert "docker compose up -d worker" in line(page, "worker")
    assert "docker compose up -d beat" in line(page, "beat")


def test_on_one_machine_one_command_starts_everything(client: Client, settings: Any) -> None:
    """`make run` has servers of its own."""
    settings.EMBEDDED_BROKER = settings.EMBEDDED_DATABASE = True
    page = open_as_root(client)
    assert "It was never seen." in line(page, "worker")
    assert line(page, "worker").endswith("make run")


def test_the_commands_are_those_that_up_runs(settings: Any) -> None:
    """Word for word, so that what people copy is what is tested."""
    settings.EMBEDDED_BROKER = False
    worker, beat = (running.start_command(part).splitlines()[1] for part in (Part.WORKER, Part.BEAT))
    started = " ".join(commands.worker_command())
    assert worker in started
    assert beat == " ".join(commands.beat_command(schedule=Path("celerybeat-schedule")))


def test_queue_and_oldest_build(client: Client) -> None:
    """Its page is one click away."""
    all_run()
    first = make_build(requested_at=now() - timedelta(minutes=9))
    make_build(state=State.RUNNING)
    page = parse(open_as_root(client))
    pairs = {words(find(each, "dt")[0]): words(find(each, "dd")[0]) for each in find(page, "div") if len(each) == 2
             and each[0].tag.endswith("}dt")}  # fmt: skip
    assert (pairs["In line"], pairs["Under way"]) == ("1 build", "1 build")
    assert pairs["Oldest open build"].startswith(f"Build {first.number} of {first.site.name}, asked for today at ")
    assert find(page, "a", href=first.get_absolute_url())


def test_what_each_site_heard_from_gitlab(client: Client) -> None:
    """Hook, answer and what is left of the request limit, as of when; a window that is over says so."""
    all_run()
    moment = now()
    project = make_project(heard_at=moment, hook_heard_at=moment - timedelta(hours=30))
    project.note_rate(limit=2000, left=150, resets_at=moment + timedelta(minutes=1))
    make_environment(site=make_site(name="Harbour"), gitlab_project=project)
    text = words(find(parse(open_as_root(client)), "main")[0])
    assert "GitLab for Harbour Answering" in text
    assert "Last hook Yesterday" in text or "Last hook 2" in text
    assert "Requests left 150 of 2,000, as of today at" in text
    assert "Buildhub waits for the next window" in text
    project.note_rate(limit=2000, left=150, resets_at=moment - timedelta(seconds=1))
    assert "Requests left 2,000 again since" in words(find(parse(client.get(reverse("health"))), "main")[0])


def test_trouble_of_gitlab_is_told_with_its_note(client: Client) -> None:
    """And leads to the page that can have it asked again."""
    all_run()
    environment = make_environment()
    GitLabProject.objects.update(trouble="token_expired", trouble_note="The token <b>expired</b>.")
    page = open_as_root(client)
    assert "The token &lt;b&gt;expired&lt;/b&gt;." in page.content.decode()
    assert find(parse(page), "a", href=f"{environment.get_absolute_url()}service/")


def test_nothing_is_set_up_yet(client: Client) -> None:
    """The page opens all the same and says what to do."""
    all_run()
    assert "No connection to GitLab yet" in open_as_root(client).content.decode()


def test_admins_of_a_site_see_their_own_connections_only(client: Client) -> None:
    """What the installation does is for all admins; names of other sites are not."""
    all_run()
    mine, other = make_environment(site=make_site(name="Mine")), make_environment(site=make_site(name="Secret"))
    make_build(environment=other)
    client.force_login(make_person(Role.ADMIN, site=mine.site))
    for address in (reverse("health"), reverse("site-health", args=[mine.site.slug])):
        page = client.get(address).content.decode()
        assert "GitLab for Mine" in page
        assert "Secret" not in page
        assert "Of another site, asked for" in page


def test_the_settings_lead_admins_to_it_and_nobody_else(client: Client) -> None:
    """Below the site, so that the bar stays."""
    environment = make_environment()
    settings_page = reverse("settings", args=[environment.site.slug])
    address = reverse("site-health", args=[environment.site.slug])
    client.force_login(make_person(Role.PUBLISHER, site=environment.site))
    assert settings_page not in client.get(environment.get_absolute_url()).content.decode()
    assert client.get(address).status_code == 403
    assert client.get(reverse("health")).status_code == 403
    client.force_login(make_person(Role.ADMIN, site=environment.site))
    assert settings_page in client.get(environment.get_absolute_url()).content.decode()
    assert address in client.get(settings_page).content.decode()
    assert find(parse(client.get(address)), "a", **{"href": settings_page, "aria-current": "true"})


def test_strangers_sign_in_first(client: Client) -> None:
    """Unlike those who ask whether it is ready."""
    assert client.get(reverse("health"))["Location"].startswith("/sign-in/")


def test_somebody_without_a_site_who_runs_buildhub_finds_it(client: Client) -> None:
    """From the first page of an empty installation, which is that of the first site."""
    client.force_login(make_person(None, is_superuser=True))
    first = client.get("/")
    assert first["Location"] == reverse("new-site")
    assert find(parse(client.get(first["Location"])), "a", href=reverse("health"))


def test_the_poll_brings_the_live_part_alone(client: Client) -> None:
    """htmx gets the region, not the page."""
    all_run()
    open_as_root(client)
    answer = client.get(reverse("health"), **HTMX).content.decode()
    assert answer.startswith('<div id="health"')
    assert "<h1" not in answer


def test_the_page_answers_without_the_broker(client: Client, no_broker: None) -> None:
    """And says what to start."""
    all_run()
    page = open_as_root(client)
    assert "Valkey or Redis does not answer" in line(page, "broker")
    assert "The broker does not answer" in page.content.decode()


def test_more_sites_cost_no_more_queries(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """Session, person, sites, parts, figures, connections."""
    all_run()
    make_environment()
    client.force_login(make_person(None, is_superuser=True))
    with django_assert_num_queries(13):
        client.get(reverse("health"))
    for _ in range(5):
        make_environment()
    with django_assert_num_queries(13):
        client.get(reverse("health"))


def test_tokens_of_programs_that_end_soon_are_named(client: Client) -> None:
    """Those of the sites that one administers, two weeks ahead; not those that are over or revoked."""
    site = make_site()
    admin = make_person(Role.ADMIN, site=site)
    client.force_login(admin)
    assert "None ends within 14 days" in client.get(reverse("health")).content.decode()
    for name, days, of in (("deploy bot", 13, site), ("later", 20, site), ("over", -1, site), ("foreign", 3, None)):
        tokens.make(
            name=name,
            scope=TokenScope.READ,
            actor=admin,
            expires_at=now() + timedelta(days=days),
            site=of or make_site(slug="other"),
        )
    text = " ".join(client.get(reverse("health")).content.decode().split())
    assert f"deploy bot</a> of {site.name} works until" in text
    assert [name for name in ("later<", "over<", "foreign<") if name in text] == []


def test_messages_that_did_not_arrive_are_counted(client: Client) -> None:
    """Those of the last week, beside those on their way; why is on the Notifications page."""
    all_run()
    assert "0 on their way" in open_as_root(client).content.decode()
    notification_scenes.make()
    page = client.get(reverse("health")).content.decode()
    failed = Delivery.objects.filter(stage=DeliveryStage.FAILED, ended_at__gt=now() - timedelta(days=7)).count()
    assert failed > 1
    assert f"{Delivery.objects.waiting().count()} on their way; {failed} not delivered this week" in page


@pytest.mark.parametrize("more", ["", "?virtual_host=3"])
def test_the_broker_is_asked_at_celerys_address(more: str, settings: Any) -> None:
    """A message put there by Celery is counted there, in the database that the address names."""
    from celery import Celery

    address = settings.CELERY_BROKER_URL.partition("?")[0] + more
    settings.CELERY_BROKER_URL = address
    before = running.messages_waiting()
    app = Celery(broker=address)
    app.send_task("nobody.knows")
    try:
        assert running.messages_waiting() == before + 1
    finally:
        with app.connection_for_write() as connection:
            app.control.purge(connection)


def test_an_address_that_is_none_is_a_broker_that_does_not_answer(settings: Any) -> None:
    """It is told, not an error page."""
    settings.CELERY_BROKER_URL = "sentinel://127.0.0.1?what=is-this"
    with pytest.raises(running.BrokerDown):
        running.messages_waiting()
