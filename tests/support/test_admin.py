"""Django's admin: everything can be looked at by superusers, and it is no way around anything."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from deploys import audit, tokens
from deploys.lifecycle import State
from deploys.models import (
    ApiToken,
    AuditEntry,
    Build,
    BuildRequest,
    Channel,
    Delivery,
    Event,
    Freeze,
    Heartbeat,
    HookDelivery,
    HostState,
    Invitation,
    Job,
    Kind,
    Occurrence,
    Plan,
    Preview,
    PruneRun,
    Retention,
    Role,
    Schedule,
    Subscription,
    TokenScope,
    User,
)
from deploys.support.tables import support
from tests import scenes

pytestmark = pytest.mark.django_db

SECRETS = ("trigger-secret", "api-secret", "hook-secret", "content-secret", "source-secret", "https://hooks.example")
SECRETS = (*SECRETS, "digest-secret", "hash-secret")
MODELS = sorted(support._registry, key=lambda model: model.__name__)


@pytest.fixture
def rows() -> dict[type[Model], Model]:
    """One row of everything that can be looked at."""
    site = scenes.make_site(content_token="content-secret")
    environment = scenes.make_environment(site=site)
    person = scenes.make_person(Role.ADMIN, site=site)
    build = scenes.make_build(environment=environment, state=State.SUCCEEDED, requested_by=person)
    source = scenes.make_source(site=site, secrets='{"token": "source-secret"}')
    occurrence = Occurrence.objects.create(key="one", kind=Kind.LIVE, environment=environment, build=build)
    channel = Channel.objects.create(kind="slack", environment=environment, address="https://hooks.example/secret")
    freeze = {"environment": environment, "begun_by": person, "reason": "x", "ends_at": now() + timedelta(hours=1)}
    project = environment.gitlab_project
    assert project is not None
    token, _text = tokens.make(name="deploy bot", scope=TokenScope.READ, actor=person, expires_at=None, site=site)
    ApiToken.objects.filter(pk=token.pk).update(digest="digest-secret")
    found: list[Model] = [
        *(site, environment, project, person, person.memberships.get(), build, source, occurrence, channel),
        scenes.store_entries(source, [scenes.make_entry()]),
        Event.record(build.pk, note="Pressed"),
        BuildRequest.objects.create(build=build, user=person, key="press"),
        Job.objects.create(build=build, job_id=1, name="build", step="building", status="success"),
        scenes.make_release(build=build),
        HostState.objects.create(environment=environment),
        Preview.objects.create(build=build, label="kept", expires_at=now()),
        Plan.objects.create(environment=environment, kind="automatic", due_at=now()),
        Schedule.objects.create(environment=environment, owner=person, weekdays=1, at=time(9), zone="UTC"),
        Freeze.objects.create(**freeze),
        Delivery.objects.create(occurrence=occurrence, channel=channel, reason="all"),
        Subscription.objects.create(user=person, environment=environment),
        HookDelivery.objects.create(project=project, key="hook"),
        audit.record(actor=person, subject="Live site", site=site),
        Retention.objects.create(site=site),
        PruneRun.objects.create(removed={"logs": [1, 2]}),
        Heartbeat.objects.create(part="worker", seen_at=now()),
        token,
        Invitation.objects.create(
            site=site,
            email="kim@example.com",
            role=Role.EDITOR,
            token_hash="hash-secret",
            invited_by=person,
            expires_at=now(),
        ),
    ]
    found.append(scenes.carry(build, source))
    return {type(row): row for row in found}


@pytest.fixture
def admin(client: Client) -> Client:
    """A superuser who is signed in."""
    client.force_login(scenes.make_person(None, is_superuser=True, is_staff=True, username="root"))
    return client


def address(model: type[Model], row: Model | None = None) -> str:
    """The list of a model, or the page of a row."""
    place = f"/django-admin/deploys/{model.__name__.lower()}/"
    return f"{place}{row.pk}/change/" if row else place


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_and_every_row_can_be_opened(
    admin: Client, rows: dict[type[Model], Model], model: type[Model]
) -> None:
    """Also searched in; and no secret is on the page."""
    row = rows[model]
    pages = [admin.get(address(model)), admin.get(address(model), {"q": "1"}), admin.get(address(model, row))]
    assert [page.status_code for page in pages] == [200, 200, 200]
    for page in pages:
        text = page.content.decode()
        found = [secret for secret in (*SECRETS, "md5$") if secret in text]
        assert found == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_nothing_is_added_or_deleted(admin: Client, rows: dict[type[Model], Model], model: type[Model]) -> None:
    """By no address of the admin, not even of people."""
    row, place, count = rows[model], address(model), model._default_manager.count()
    assert admin.post(f"{place}add/", {}).status_code == 403
    assert admin.post(f"{place}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    admin.post(place, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert model._default_manager.count() == count


@pytest.mark.parametrize("model", [one for one in MODELS if one is not User], ids=lambda model: model.__name__)
def test_no_row_is_changed(admin: Client, rows: dict[type[Model], Model], model: type[Model]) -> None:
    """A form that somebody makes up is refused."""
    row = rows[model]
    before = model._default_manager.filter(pk=row.pk).values().get()
    made_up = {field.name: "x" for field in model._meta.concrete_fields} | {"state": "failed", "_save": "Save"}
    assert admin.post(address(model, row), made_up).status_code == 403
    assert model._default_manager.filter(pk=row.pk).values().get() == before


def test_the_state_of_a_build_stays_as_it_is(admin: Client) -> None:
    """Whatever is sent: `advance` is the only way."""
    build = scenes.make_build(state=State.RUNNING)
    admin.post(address(Build, build), {"state": "succeeded", "number": 7})
    admin.post(
        address(Build), {"form-0-state": "succeeded", "form-0-id": build.pk, "form-TOTAL_FORMS": 1, "_save": "Save"}
    )
    build.refresh_from_db()
    assert (build.state, build.events.count()) == (State.RUNNING, 0)


def person_form(**facts: Any) -> dict[str, Any]:
    """What the form of a person sends."""
    return {
        "first_name": "Ana",
        "last_name": "Okafor",
        "email": "ana@example.com",
        "time_zone": "",
        "is_active": "on",
    } | facts


def test_a_person_is_corrected_and_that_is_written_down(admin: Client) -> None:
    """Name, address and whether they may sign in."""
    person = scenes.make_person(username="ana")
    assert admin.post(address(User, person), person_form(is_active="")).status_code == 302
    person.refresh_from_db()
    assert (person.first_name, person.email, person.is_active) == ("Ana", "ana@example.com", False)
    entry = AuditEntry.objects.get()
    assert (entry.subject, entry.actor and entry.actor.username) == ("Person ana", "root")
    assert entry.changes["Active"] == ["yes", "no"]


def test_what_a_token_of_a_site_acts_as_is_no_person(admin: Client) -> None:
    """It has a row of its own, which is not in the list of people and cannot be opened there."""
    site = scenes.make_site()
    token, _text = tokens.make(name="bot", scope=TokenScope.READ, actor=User.objects.get(), expires_at=None, site=site)
    assert token.user.username not in admin.get(address(User)).content.decode()
    assert admin.get(address(User, token.user)).status_code == 302


def test_nobody_gets_rights_or_a_password_here(admin: Client) -> None:
    """Not by fields that are made up, and not at Django's own page for passwords."""
    person = scenes.make_person(username="ana")
    before = person.password
    rights = {"is_superuser": "on", "is_staff": "on", "username": "root2", "password": "x", "groups": [1]}
    admin.post(address(User, person), person_form(**rights))
    assert admin.post(f"/django-admin/deploys/user/{person.pk}/password/", {"password1": "a"}).status_code in {302, 404}
    person.refresh_from_db()
    assert (person.is_superuser, person.is_staff, person.username, person.password) == (False, False, "ana", before)


def test_the_last_superuser_cannot_be_locked_out(admin: Client) -> None:
    """Not by themselves either."""
    root = User.objects.get(username="root")
    answer = admin.post(address(User, root), person_form(is_active=""))
    assert "This is the only superuser who can sign in." in answer.content.decode()
    root.refresh_from_db()
    assert root.is_active


@pytest.mark.parametrize("place", ["/django-admin/", "/django-admin/deploys/build/", "/django-admin/login/"])
def test_strangers_sign_in_on_our_page(client: Client, place: str) -> None:
    """Django's own form, which knows nothing of our rules, is never shown, nor does it take a password."""
    answer = client.get(place)
    assert answer.status_code == 302
    assert "/sign-in/?next=/django-admin/" in client.get(place, follow=True).redirect_chain[-1][0]
    scenes.make_person(None, is_superuser=True, is_staff=True, username="root")
    client.post("/django-admin/login/", {"username": "root", "password": "correct horse"})
    assert "_auth_user_id" not in client.session


def test_signing_out_there_signs_out_everywhere(admin: Client) -> None:
    """By POST, as with our own button; a link that somebody sent does nothing."""
    admin.get("/django-admin/logout/")
    assert "_auth_user_id" in admin.session
    assert admin.post("/django-admin/logout/").headers["Location"] == "/sign-in/"
    assert "_auth_user_id" not in admin.session


def test_a_build_leads_to_its_page(admin: Client) -> None:
    """By the button “View on site”."""
    build = scenes.make_build()
    text = admin.get(address(Build, build)).content.decode()
    link = text.split('class="viewsitelink"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert admin.get(link).headers["Location"].endswith(build.get_absolute_url())


@pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_superuser": True}, {}])
def test_only_superusers_who_are_staff_get_in(client: Client, rights: dict[str, bool]) -> None:
    """An admin of a site sees their site on its own pages."""
    client.force_login(scenes.make_person(Role.ADMIN, site=scenes.make_site(), **rights))
    answer = client.get("/django-admin/", follow=True)
    assert answer.status_code == 403
    assert "This page is for superusers." in answer.content.decode()
    assert client.get("/django-admin/deploys/build/", follow=True).status_code == 403


def test_a_list_of_builds_needs_the_same_queries_however_long(
    admin: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """One for each filter, none for each row."""
    environment = scenes.make_environment()
    scenes.make_build(environment=environment, state=State.FAILED)
    with CaptureQueriesContext(connection) as first:
        admin.get(address(Build))
    for _ in range(20):
        scenes.make_build(environment=environment, state=State.FAILED)
    with django_assert_num_queries(len(first)):
        admin.get(address(Build))


def test_a_build_is_found_by_number_key_pipeline_and_commit(admin: Client) -> None:
    """And by nothing that is none of these."""
    build = scenes.make_build(state=State.SUCCEEDED, sha="abc123def")
    scenes.make_build(environment=build.environment, state=State.SUCCEEDED, sha="ffff")
    for term in (str(build.number), str(build.key), str(build.pipeline_id), "ABC123"):
        found = admin.get(address(Build), {"q": term}).context["cl"].result_list
        assert list(found) == [build], term
    assert not admin.get(address(Build), {"q": "zzz"}).context["cl"].result_list
