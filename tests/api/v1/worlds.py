"""A site with something of everything that the API shows, and the tokens that open it."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from django.test import Client
from django.utils.timezone import now

from deploys import tokens
from deploys.builds import freezes
from deploys.lifecycle import State
from deploys.models import Role, Schedule, Site, TokenScope, User
from deploys.schedules import actions
from tests import scenes
from tests.web import ask_scenes


def token_of(person: User, scope: TokenScope = TokenScope.ADMIN, *, site: Site | None = None, **facts: Any) -> str:
    """The text of a new token."""
    given: dict[str, Any] = {"name": "Nightly", "scope": scope, "actor": person, "expires_at": None, "site": site}
    return tokens.make(**given | facts)[1]


def full() -> str:
    """The token of an admin of site `museum`, as in the examples: changes, builds with a failed 42, a time, a pause."""
    environment, _ana = ask_scenes.own_changes()
    admin = scenes.make_person(Role.ADMIN, site=environment.site)
    Site.objects.filter(pk=environment.site_id).update(slug="museum", last_number=41)
    scenes.make_build(environment=environment, state=State.FAILED, error_class="build_command", requested_by=admin)
    scenes.make_build(environment=environment, state=State.QUEUED, requested_by=admin)
    schedule = Schedule(environment=environment, owner=admin, day=date(2100, 1, 1), at=time(7), zone="Europe/Lisbon")
    actions.save(schedule=schedule, actor=admin, moment=now())
    freezes.begin(environment=environment, actor=admin, reason="The board meets.", ends_at=now() + timedelta(hours=1))
    return token_of(admin)


class Caller:
    """Sends requests with a token, as a program would."""

    def __init__(self, token: str, site: Site | str = "museum") -> None:
        self.token = token
        self.root = f"/api/v1/sites/{site if isinstance(site, str) else site.slug}"
        self.client = Client(raise_request_exception=False)

    def get(self, path: str = "", **query: Any) -> Any:
        """Ask for something below the site, or for an address that begins with /api."""
        return self.client.get(self._at(path), query, headers=self._headers())

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str = "") -> Any:
        """Have something done; `key` is the Idempotency-Key."""
        headers = self._headers() | ({"Idempotency-Key": key} if key else {})
        return self.client.post(self._at(path), body or {}, content_type="application/json", headers=headers)

    def _at(self, path: str) -> str:
        return path if path.startswith("/api") else f"{self.root}{path}"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}
