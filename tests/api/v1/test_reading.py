"""What the API tells: the same facts and words as the pages, in few queries."""

from __future__ import annotations

from typing import Any

import html5lib
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import Environment, Membership, Role
from deploys.web import permissions
from deploys.web.card import card_for
from tests import scenes
from tests.api.v1.test_requests import caller_of
from tests.api.v1.test_tokens import refused
from tests.api.v1.worlds import Caller, full, token_of
from tests.web import ask_scenes, card_scenes, pause_scenes

pytestmark = pytest.mark.django_db


def queries(caller: Caller, address: str) -> int:
    """How many queries an answer takes once the token's use was noted."""
    caller.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert caller.get(address).status_code == 200
    return len(seen)


def test_sites_with_role_and_places_by_name() -> None:
    """Those of the person only; previews are no place; many sites cost no more queries."""
    person = scenes.make_person()
    for name in ("Zoo", "Aquarium"):
        environment = scenes.make_environment(site=scenes.make_site(name=name))
        scenes.make_environment(site=environment.site, slug="previews", kind="preview")
        Membership.objects.create(user=person, site=environment.site, role=Role.READER)
    scenes.make_environment()
    caller = Caller(token_of(person), environment.site)
    shown = caller.get("/api/v1/sites").json()["items"]
    assert [(site["name"], site["role"], site["environments"]) for site in shown] == [
        ("Aquarium", "reader", ["live"]),
        ("Zoo", "reader", ["live"]),
    ]
    assert caller.get().json() == shown[0]
    before = queries(caller, "/api/v1/sites")
    Membership.objects.create(user=person, site=scenes.make_environment().site, role=Role.ADMIN)
    assert queries(caller, "/api/v1/sites") == before


def test_someone_who_runs_buildhub_sees_every_site() -> None:
    """As an admin."""
    scenes.make_environment()
    root = scenes.make_person(None, is_superuser=True)
    assert [site["role"] for site in Caller(token_of(root)).get("/api/v1/sites").json()["items"]] == ["admin"]


@pytest.mark.parametrize(
    "scene",
    [
        card_scenes.ready,
        card_scenes.changes_waiting,
        card_scenes.building,
        card_scenes.failed,
        pause_scenes.paused,
    ],
)
def test_how_things_stand_is_what_the_card_says(scene: Any) -> None:
    """State, mark and sentences of what the same person reads, as text."""
    environment, person = scene()
    visit, place = permissions.visit_environment(person, environment.site.slug, environment.slug)
    card = card_for(place, person, now(), role=visit.role)
    told = Caller(token_of(person), environment.site).get(f"/environments/{environment.slug}/state").json()
    assert (told["state"], told["status"]["word"]) == (card.state, str(card.pill.word))
    assert (told["headline"], told["text"]) == tuple(read(words) for words in (card.headline, card.text))


def read(sentence: str) -> str:
    """What a browser shows of it."""
    return "".join(html5lib.parse(sentence).itertext())


def test_the_state_names_what_is_live_and_what_is_open() -> None:
    """And counts what waits."""
    _environment, caller = caller_of(ask_scenes.own_changes())
    told = caller.get("/environments/live/state").json()
    assert (told["live"]["is_live"], told["live"]["number"], told["changes_waiting"]) == (True, 1, 2)
    assert told["change_counts"] == {"new": 0, "edited": 2, "removed": 0}
    caller.post("/environments/live/builds")
    assert [build["number"] for build in caller.get("/environments/live/state").json()["open_builds"]] == [2]


def test_changes_page_by_page_and_each_field_by_field() -> None:
    """The newest edit first; a change that is none is 404."""
    _environment, caller = caller_of(ask_scenes.own_changes())
    first = caller.get("/environments/live/changes", limit=1).json()
    second = caller.get(first["next"]).json()
    assert (first["total"], first["base"], second["next"]) == (2, 1, None)
    titles = {page["items"][0]["title"] for page in (first, second)}
    assert len(titles) == 2
    told = caller.get(first["items"][0]["self"]).json()
    assert told["change"] == first["items"][0]
    assert [field["name"] for field in told["fields"]] == ["body"]
    assert refused(caller.get("/environments/live/changes/0-1")) == (404, "not-found")


def test_builds_are_chosen_and_paged_by_number() -> None:
    """With the filters of the history; a build that comes meanwhile shifts nothing."""
    environment, caller = caller_of(card_scenes.ready())
    scenes.make_build(environment=environment, state=State.FAILED, error_class="build_command")
    scenes.make_build(environment=environment, state=State.SUCCEEDED)
    page = caller.get("/builds", limit=2).json()
    newest = page["items"][0]["number"]
    scenes.make_build(environment=environment, state=State.SUCCEEDED)
    later = caller.get(page["next"]).json()["items"] if page["next"] else []
    assert [build["number"] for build in page["items"] + later] == list(range(newest, 0, -1))
    failed = caller.get("/builds", result="failed", error="build_command").json()["items"]
    assert [build["failure"]["error_class"] for build in failed] == ["build_command"]
    assert caller.get("/builds", environment="nowhere").json()["items"] == []
    assert caller.get("/builds", since="2000-01-01", until="2000-01-02").json()["items"] == []


def test_a_page_of_builds_costs_the_same_however_many_there_are() -> None:
    """Retries, copies and failures among them."""
    environment, caller = caller_of(card_scenes.ready())
    before = queries(caller, "/builds")
    for _ in range(5):
        failed = scenes.make_build(environment=environment, state=State.FAILED, error_class="build_command")
        scenes.make_build(environment=environment, state=State.SUCCEEDED, retry_of=failed)
    assert queries(caller, "/builds") <= before + 1


def test_schedules_go_through_their_life() -> None:
    """Made, listed, paused, resumed, canceled; then it is over."""
    caller = Caller(full())
    address = "/environments/live/schedules"
    body = {"kind": "weekly", "weekdays": ["friday", "monday", "friday"], "at": "07:00", "zone": "Europe/Lisbon"}
    made = caller.post(address, body)
    assert (made.status_code, made.json()["weekdays"], made.json()["at"]) == (201, ["monday", "friday"], "07:00")
    own = made.json()["self"]
    assert own in [schedule["self"] for schedule in caller.get(address).json()["items"]]
    assert (caller.post(f"{own}/pause").json()["is_paused"], caller.get(own).json()["next_at"]) == (True, None)
    assert caller.post(f"{own}/resume").json()["next_at"] == made.json()["next_at"]
    assert caller.post(f"{own}/cancel").json()["is_canceled"] is True
    assert refused(caller.post(f"{own}/resume")) == (409, "is-over")
    assert own not in [schedule["self"] for schedule in caller.get(address).json()["items"]]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"kind": "once", "day": "2020-01-01", "at": "07:00"}, (409, "is-over")),
        ({"kind": "once", "day": "2100-01-01", "at": "07:00", "zone": "Nowhere/Land"}, (404, "unknown-zone")),
        ({"kind": "once", "day": "2100-01-01", "at": "24:00"}, (422, "invalid")),
        ({"kind": "weekly", "weekdays": [], "at": "07:00"}, (422, "invalid")),
    ],
)
def test_a_schedule_that_cannot_be(body: dict[str, Any], problem: tuple[int, str]) -> None:
    """Nothing is made."""
    caller = Caller(full())
    before = caller.get("/environments/live/schedules").json()
    assert refused(caller.post("/environments/live/schedules", body)) == problem
    assert caller.get("/environments/live/schedules").json() == before


def test_rules_that_repeat_are_for_publishers() -> None:
    """An editor may choose a time, not a rule."""
    environment, _ana = card_scenes.ready()
    caller = Caller(token_of(scenes.make_person(Role.EDITOR, site=environment.site)), environment.site)
    address = "/environments/live/schedules"
    assert refused(caller.post(address, {"kind": "weekly", "weekdays": ["monday"], "at": "07:00"})) == (403, "role")
    assert caller.post(address, {"kind": "once", "day": "2100-01-01", "at": "07:00"}).status_code == 201


def test_a_pause_begins_and_ends_once() -> None:
    """For admins; a second one is refused, with who began the first."""
    caller = Caller(full())
    address = "/environments/live/freezes"
    body = {"reason": "Election day", "ends_at": "2026-12-01T09:00:00Z"}
    [running] = caller.get(address).json()["items"]
    assert refused(caller.post(address, body)) == (409, "already-paused")
    assert caller.post(f"{running['self']}/end").json()["is_in_force"] is False
    assert refused(caller.post(f"{running['self']}/end")) == (409, "is-over")
    assert refused(caller.post(address, body | {"ends_at": "2020-01-01T00:00:00Z"})) == (409, "is-over")


def test_publishers_do_not_pause() -> None:
    """403, in the words of the page."""
    environment, caller = caller_of(card_scenes.ready())
    body = {"reason": "Election day", "ends_at": "2099-12-01T09:00:00Z"}
    assert refused(caller.post("/environments/live/freezes", body)) == (403, "role")
    assert Environment.objects.get(pk=environment.pk).freeze is None
