"""Asking for builds by the API: the same rules, questions and refusals as on the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now

from deploys.builds import freezes
from deploys.lifecycle import State
from deploys.models import Build, Environment, Role, Site
from tests import scenes
from tests.api.v1.test_tokens import refused
from tests.api.v1.worlds import Caller, token_of
from tests.web import ask_scenes, card_scenes, copy_scenes

pytestmark = pytest.mark.django_db

PRESS = "/environments/live/builds"


def caller_of(scene: tuple[Environment, Any]) -> tuple[Environment, Caller]:
    """The person of a scene as a program."""
    environment, person = scene
    return environment, Caller(token_of(person), environment.site)


def test_a_press_is_a_build_and_the_next_one_joins_it() -> None:
    """201 with its address, then 200 for the same one."""
    environment, caller = caller_of(card_scenes.ready())
    first, second = caller.post(PRESS), caller.post(PRESS)
    number = environment.builds.order_by("number").last().number  # type: ignore[union-attr]
    assert (first.status_code, second.status_code) == (201, 200)
    assert first["Location"] == f"{caller.root}/builds/{number}" == second.json()["self"]
    assert (first.json()["waits_for"], first.json()["is_open"]) == ("turn", True)


def test_what_the_page_would_ask_is_asked_and_confirmed() -> None:
    """Removals come first; the same request with the word that came goes through, and through only with that one."""
    environment, ana = ask_scenes.own_changes()
    ask_scenes.save(environment, "hours", by="Mei Okafor", without=("about",))
    caller = Caller(token_of(ana), environment.site)
    asked = caller.post(PRESS)
    assert refused(asked) == (409, "confirm")
    told = asked.json()
    assert told["changes"][0]["change"] == "removed"
    assert told["total"] == len(told["changes"])
    assert environment.builds.count() == 1
    assert refused(caller.post(PRESS, {"confirm": "x" * 32})) == (409, "confirm")
    made = caller.post(PRESS, {"confirm": told["confirm"]})
    assert made.status_code == 201


def test_what_was_confirmed_has_to_be_what_goes_live() -> None:
    """Somebody saves once more: it is asked anew."""
    environment, caller = caller_of(ask_scenes.always_asked())
    word = caller.post(PRESS).json()["confirm"]
    ask_scenes.save(environment, "hours", "about", "low-tide", by="Mei Okafor")
    again = caller.post(PRESS, {"confirm": word})
    assert refused(again) == (409, "confirm")
    assert again.json()["detail"].startswith("What you confirmed is no longer")
    assert environment.builds.count() == 1


def test_whoever_may_not_publish_is_not_asked() -> None:
    """403 with whom to ask, though the rule asks always."""
    environment, _ana = ask_scenes.always_asked()
    reader = scenes.make_person(Role.READER, site=environment.site)
    assert refused(Caller(token_of(reader), environment.site).post(PRESS)) == (403, "role")


def test_four_eyes_hold_it_and_a_pause_too() -> None:
    """The answer says what it waits for."""
    environment, caller = caller_of(card_scenes.ready())
    Environment.objects.filter(pk=environment.pk).update(four_eyes=True)
    assert caller.post(PRESS).json()["waits_for"] == "approval"
    environment, caller = caller_of(card_scenes.ready())
    admin = scenes.make_person(Role.ADMIN, site=environment.site)
    freezes.begin(environment=environment, actor=admin, reason="Board", ends_at=now() + timedelta(hours=1))
    assert caller.post(PRESS).json()["waits_for"] == "pause"


def test_what_is_not_set_up_is_refused_in_the_words_of_the_page() -> None:
    """409, nothing is made."""
    environment = scenes.make_environment(gitlab_project=None)
    caller = Caller(token_of(scenes.make_person(Role.PUBLISHER, site=environment.site)), environment.site)
    assert refused(caller.post(PRESS)) == (409, "not-configured")


def test_a_build_is_stopped_once() -> None:
    """Then it is over, and stopping it is too late."""
    _environment, caller = caller_of(card_scenes.ready())
    number = caller.post(PRESS).json()["number"]
    assert caller.post(f"/builds/{number}/cancel").json()["state"] == "canceled"
    assert refused(caller.post(f"/builds/{number}/cancel")) == (409, "too-late")


def test_an_ended_build_is_tried_again_and_an_open_one_is_not() -> None:
    """The new one names the old one."""
    environment, caller = caller_of(card_scenes.ready())
    failed = scenes.make_build(environment=environment, state=State.FAILED, error_class="build_command")
    made = caller.post(f"/builds/{failed.number}/retry")
    assert (made.status_code, made.json()["retry_of"]) == (201, failed.number)
    assert refused(caller.post(f"/builds/{made.json()['number']}/retry")) == (409, "not-ended")


def test_bringing_back_says_what_follows_and_then_does_it() -> None:
    """Confirmed, with a reason; what is live already is refused."""
    environment, caller = caller_of(copy_scenes.kept())
    asked = caller.post("/builds/1/bring-back")
    assert refused(asked) == (409, "confirm")
    assert "Automatic publishing" in asked.json()["detail"]
    assert asked.json()["total"] > 0
    body = {"confirm": asked.json()["confirm"], "reason": "Wrong prices"}
    made = caller.post("/builds/1/bring-back", body)
    assert (made.status_code, made.json()["brings_back"], made.json()["reason"]) == (201, 1, "Wrong prices")
    assert Build.objects.get(number=made.json()["number"], site=environment.site).cause == "api"


def test_what_is_live_or_not_kept_is_not_brought_back() -> None:
    """409 in the words of the page, and 403 for editors."""
    environment, caller = caller_of(copy_scenes.kept())
    assert refused(caller.post("/builds/2/bring-back")) == (409, "is-live")
    failed = scenes.make_build(environment=environment, state=State.FAILED)
    assert refused(caller.post(f"/builds/{failed.number}/bring-back")) == (409, "not-kept")
    editor = scenes.make_person(Role.EDITOR, site=environment.site)
    assert refused(Caller(token_of(editor), environment.site).post("/builds/1/bring-back")) == (403, "role")


def test_the_previews_of_a_site_are_no_place_to_publish_to() -> None:
    """They are made on their page."""
    environment, caller = caller_of(card_scenes.ready())
    scenes.make_environment(site=Site.objects.get(pk=environment.site_id), slug="previews", kind="preview")
    assert refused(caller.post("/environments/previews/builds")) == (404, "not-found")
