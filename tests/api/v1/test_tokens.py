"""Who is let in: by which token, for what, for how long, and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.test import Client
from django.utils.timezone import now

from deploys import tokens
from deploys.api.v1 import limits
from deploys.builds import actions, approvals
from deploys.builds.actions import NotAllowed
from deploys.models import ApiToken, AuditEntry, Build, Membership, Role, TokenScope, User
from tests import scenes
from tests.api.v1.worlds import Caller, token_of

pytestmark = pytest.mark.django_db


def test_only_the_hash_of_a_token_is_kept() -> None:
    """With how it begins, so that people tell tokens apart."""
    text = token_of(scenes.make_person())
    kept = ApiToken.objects.get()
    assert (text[:3], len(text), kept.digest) == ("bh_", 43, tokens.digest_of(text))
    assert text not in str(ApiToken.objects.values().get())


def test_a_personal_token_acts_as_its_person() -> None:
    """It sees their sites with their roles, and builds are theirs."""
    environment = scenes.make_environment()
    scenes.make_environment()
    person = scenes.make_person(Role.EDITOR, site=environment.site)
    caller = Caller(token_of(person), environment.site)
    assert [(site["slug"], site["role"]) for site in caller.get("/api/v1/sites").json()["items"]] == [
        (environment.site.slug, "editor")
    ]
    made = caller.post("/environments/live/builds").json()
    assert (made["requested_by"], made["cause"]) == (person.name, "api")


@pytest.mark.parametrize(
    ("scope", "role"),
    [(TokenScope.READ, "reader"), (TokenScope.PUBLISH, "publisher"), (TokenScope.ADMIN, "admin")],
)
def test_a_token_of_a_site_has_a_name_of_its_own_and_one_site(scope: TokenScope, role: str) -> None:
    """Even when whoever made it is an admin of everything."""
    environment, other = scenes.make_environment(), scenes.make_environment()
    root = scenes.make_person(None, is_superuser=True)
    text = token_of(root, scope, site=environment.site, name="Nightly release")
    caller = Caller(text, environment.site)
    assert [(site["slug"], site["role"]) for site in caller.get("/api/v1/sites").json()["items"]] == [
        (environment.site.slug, role)
    ]
    assert Caller(text, other.site).get().status_code == 404
    if scope is not TokenScope.READ:
        made = caller.post("/environments/live/builds").json()
        assert made["requested_by"] == "Nightly release token"
        assert Build.objects.get().requested_by != root


def test_nobody_signs_in_as_a_token_and_nobody_is_told_to_ask_it() -> None:
    """Its row is no member, has no password and is switched off."""
    environment = scenes.make_environment()
    admin = scenes.make_person(Role.ADMIN, site=environment.site)
    token_of(admin, site=environment.site)
    actor = ApiToken.objects.get().user
    assert not actor.has_usable_password()
    assert not Membership.objects.filter(user=actor).exists()
    assert not Client().login(username=actor.username, password="")


def test_what_a_token_of_a_site_planned_ends_with_it() -> None:
    """Its row has no role any more once it is revoked, or its time is over."""
    environment = scenes.make_environment()
    admin = scenes.make_person(Role.ADMIN, site=environment.site)
    token_of(admin, TokenScope.PUBLISH, site=environment.site, expires_at=now() + timedelta(days=1))
    token = ApiToken.objects.get()
    known = {"user_id": token.user_id, "site_id": environment.site_id}
    assert ApiToken.role_of(**known) == Role.PUBLISHER
    with time_machine.travel(now() + timedelta(days=2)):
        assert ApiToken.role_of(**known) is None
    tokens.revoke(token=token, actor=admin, moment=now())
    assert ApiToken.role_of(**known) is None
    with pytest.raises(NotAllowed):
        actions.request(environment=environment, actor=token.user)


def test_nobody_is_a_second_person_to_their_own_program() -> None:
    """Where four eyes are asked for, whoever made the token of a site cannot approve what it asked for."""
    environment = scenes.make_environment(four_eyes=True)
    maker, other = (scenes.make_person(Role.ADMIN, site=environment.site) for _ in range(2))
    Caller(token_of(maker, site=environment.site), environment.site).post("/environments/live/builds")
    build = Build.objects.get()
    assert (approvals.may_approve(build, maker), approvals.may_approve(build, other)) == (False, True)
    assert approvals.who_may_approve(build) == [other]


def refused(answer: Any) -> tuple[int, str]:
    """Status and name of a problem, whose form is that of RFC 9457."""
    body = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert (body["status"], bool(body["detail"]), bool(body["title"])) == (answer.status_code, True, True)
    return answer.status_code, body["type"].rsplit(":")[-1]


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer bh_no", "Basic abc", "Bearer " + "x" * 5000])
def test_without_a_good_token_nothing_opens(given: str) -> None:
    """401 with how to ask; a session opens nothing either."""
    environment = scenes.make_environment()
    client = Client()
    client.force_login(scenes.make_person(Role.ADMIN, site=environment.site))
    answer = client.get("/api/v1/sites", headers={"Authorization": given} if given else {})
    assert refused(answer) == (401, "no-token")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_an_expired_and_a_switched_off_one_say_so() -> None:
    """Each in its own words."""
    person = scenes.make_person()
    admin = scenes.make_person()
    text = token_of(person, expires_at=now() + timedelta(days=1))
    with time_machine.travel(now() + timedelta(days=2)):
        assert "has expired" in Caller(text).get("/api/v1/sites").json()["detail"]
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert "switched off" in Caller(text).get("/api/v1/sites").json()["detail"]
    tokens.revoke(token=ApiToken.objects.get(), actor=admin, moment=now())
    assert "was revoked" in Caller(text).get("/api/v1/sites").json()["detail"]


def test_scope_and_role_are_both_asked_for() -> None:
    """403 with words: too small a token, and too small a role; strangers get 404."""
    environment = scenes.make_environment()
    reader = scenes.make_person(Role.READER, site=environment.site)
    ana = scenes.make_person(Role.PUBLISHER, site=environment.site)
    press = "/environments/live/builds"
    assert refused(Caller(token_of(ana, TokenScope.READ), environment.site).post(press)) == (403, "scope")
    answer = Caller(token_of(reader), environment.site).post(press)
    assert refused(answer) == (403, "role")
    assert ana.name in answer.json()["detail"]
    assert refused(Caller(token_of(scenes.make_person()), environment.site).post(press)) == (404, "not-found")
    assert not Build.objects.exists()


def test_the_last_use_is_written_at_most_once_a_minute() -> None:
    """A script that asks every second does not write every second."""
    caller = Caller(token_of(scenes.make_person()))
    begun = now()
    seen = []
    for seconds in (0, 30, 61):
        with time_machine.travel(begun + timedelta(seconds=seconds), tick=False):
            caller.get("/api/v1/sites")
        seen.append(ApiToken.objects.get().last_used_at)
    assert seen == [begun, begun, begun + timedelta(seconds=61)]


def test_more_requests_than_a_minute_allows_wait(settings: LazySettings) -> None:
    """429 with how long; the next minute is a new one, and other tokens have their own."""
    settings.API_REQUESTS_PER_MINUTE = 2
    person = scenes.make_person()
    caller, other = Caller(token_of(person)), Caller(token_of(person))
    with time_machine.travel("2026-11-24T09:00:20Z", tick=False):
        first = caller.get("/api/v1/sites")
        assert (first["RateLimit-Policy"], first["RateLimit"]) == ('"token";q=2;w=60', '"token";r=1;t=40')
        caller.get("/api/v1/sites")
        answer = caller.get("/api/v1/sites")
        assert refused(answer) == (429, "too-many-requests")
        assert (answer["Retry-After"], answer["RateLimit"]) == ("40", '"token";r=0;t=40')
        assert other.get("/api/v1/sites").status_code == 200
    with time_machine.travel("2026-11-24T09:01:00Z", tick=False):
        assert caller.get("/api/v1/sites").status_code == 200


def test_a_broker_that_does_not_answer_closes_nothing(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each process counts for itself meanwhile."""
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
    limits._valkey.cache_clear()
    monkeypatch.setattr(limits, "PATIENCE", 0.1)
    settings.API_REQUESTS_PER_MINUTE = 1
    caller = Caller(token_of(scenes.make_person()))
    with time_machine.travel("2026-11-24T09:00:20Z", tick=False):
        answers = [caller.get("/api/v1/sites").status_code for _ in range(2)]
    limits._valkey.cache_clear()
    limits.cache.clear()
    assert answers == [200, 429]


def test_making_and_revoking_is_in_the_audit_log() -> None:
    """With scope and end, without the token; revoking twice is one entry."""
    environment = scenes.make_environment()
    admin = scenes.make_person(Role.ADMIN, site=environment.site)
    text = token_of(admin, TokenScope.PUBLISH, site=environment.site)
    for _ in range(2):
        tokens.revoke(token=ApiToken.objects.get(), actor=admin, moment=now())
    entries = [(entry.action, entry.subject, entry.changes) for entry in AuditEntry.objects.order_by("pk")]
    assert entries == [
        ("added", "API token Nightly", {"Allows": ["–", "Read and publish"], "Expires": ["–", "never"]}),
        ("removed", "API token Nightly", {}),
    ]
    assert text not in str(entries)
