"""A preview goes through the stand-in GitLab: what its pipeline is told, and what a live build's is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploys.builds import previews
from deploys.models import EnvironmentKind
from tests.flows.world import World

pytestmark = pytest.mark.django_db(transaction=True)

CI = """
spec:
  inputs:
    buildhub_build:
      default: ""
    buildhub_environment:
      default: ""
    buildhub_preview:
      default: ""
---
workflow:
  name: Buildhub $[[ inputs.buildhub_build ]]
build:
  script: ["echo $[[ inputs.buildhub_preview ]]"]
"""
PLACE = {
    "kind": EnvironmentKind.PREVIEW,
    "slug": "previews",
    "target": "/srv/previews",
    "preview_url": "https://www.example.org/previews/{label}/",
}


def variables_of(world: World) -> dict[str, str]:
    """What the one pipeline was started with."""
    [pipeline] = world.pipelines()
    return {one.key: one.value for one in pipeline.variables}


def test_the_pipeline_is_told_the_label(make_world: Callable[..., World]) -> None:
    """Beside its place, as a variable."""
    world = make_world(environment=PLACE)
    build = previews.request(environment=world.environment, actor=world.publisher)
    world.run_told()
    told = variables_of(world)
    assert (told["BUILDHUB_ENVIRONMENT"], told["BUILDHUB_PREVIEW"]) == ("previews", build.preview.label)


def test_or_as_an_input(make_world: Callable[..., World]) -> None:
    """Where the project takes no variables."""
    world = make_world(environment=PLACE | {"send_as": "inputs"}, ci=CI)
    build = previews.request(environment=world.environment, actor=world.publisher)
    world.run_told()
    build.refresh_from_db()
    assert build.pipeline_id, build.error_facts


def test_a_live_build_is_told_no_label(world: World) -> None:
    """So that nothing but a preview can end up in a preview's folder."""
    world.built()
    assert "BUILDHUB_PREVIEW" not in variables_of(world)


def test_its_last_step_is_not_called_going_live(make_world: Callable[..., World]) -> None:
    """Neither in what happened when."""
    world = make_world(environment=PLACE)
    build = previews.request(environment=world.environment, actor=world.publisher)
    world.run_told()
    world.say(build, "success")
    notes = list(build.events.values_list("note", flat=True))
    assert "Putting the preview up" in notes and "Going live" not in notes


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_an_ended_one_lets_the_next_in_line_go(make_world: Callable[..., World], status: str) -> None:
    """The same queue as everywhere."""
    world = make_world(environment=PLACE)
    first = previews.request(environment=world.environment, actor=world.publisher)
    world.run_told()
    second = previews.request(environment=world.environment, actor=world.publisher)
    world.run_told()
    assert len(world.pipelines()) == 1
    world.say(first, status)
    second.refresh_from_db()
    assert second.pipeline_id
