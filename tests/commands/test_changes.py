"""`manage.py changes`: the list from a shell, with exit codes as those of `diff`."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from deploys.lifecycle import State
from deploys.models import Environment
from tests import content_scenes
from tests.scenes import make_build
from tests.web import card_scenes

pytestmark = pytest.mark.django_db


def run(environment: Environment, *options: str) -> tuple[int, str]:
    """The exit code and everything that was said."""
    out, code = StringIO(), 0
    try:
        call_command("changes", environment.site.slug, environment.slug, *options, stdout=out, stderr=out)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, out.getvalue()


def test_it_prints_the_base_and_the_list() -> None:
    """Seven changes against build 1: exit code 1."""
    environment, _ana = card_scenes.changes_waiting()
    code, said = run(environment)
    lines = said.splitlines()
    assert code == 1
    assert lines[0].startswith("From build 1 to the content as it was last read, ")
    assert lines[1] == "1 new, 5 edited, 1 removed"
    assert lines[2] == "edited\tpage\tOpening hours\t/hours/\tAna Ribeiro"
    assert len(lines) == 9


def test_nothing_to_publish_is_exit_code_0() -> None:
    """Like `diff` of two equal files."""
    environment, _ana = card_scenes.up_to_date()
    code, said = run(environment)
    assert code == 0
    assert "Nothing differs." in said


def test_json_carries_the_words() -> None:
    """One object with the differences field by field."""
    environment, _ana = card_scenes.changes_waiting()
    code, said = run(environment, "--json")
    told: dict[str, Any] = json.loads(said)
    assert code == 1
    assert (told["base"]["build"], told["to"], told["counts"]) == (1, None, {"new": 1, "edited": 5, "removed": 1})
    assert told["changes"][0]["diff"]["fields"][0]["label"] == "Summary"


def test_two_builds_are_compared_either_way_round() -> None:
    """What is new forwards is removed backwards."""
    environment, _ana = card_scenes.changes_waiting()
    content_scenes.carry_now(make_build(environment=environment, state=State.SUCCEEDED))
    _code, forth = run(environment, "--from", "1", "--to", "2")
    _code, back = run(environment, "--from", "2", "--to", "1")
    assert "new\tnews\tLighthouse lens" in forth
    assert "removed\tnews\tLighthouse lens" in back
    assert run(environment, "--from", "2")[0] == 0


@pytest.mark.parametrize(
    ("scene", "options", "words"),
    [
        ("never_read", [], "The content has not been read yet."),
        ("no_base", [], "A build ran before Buildhub read the content"),
        ("ready", [], "This site has no content source"),
        ("up_to_date", ["--from", "99"], "There is no build 99 of Harbour Museum."),
        ("up_to_date", ["--to", "99", "--json"], '{"problem": "There is no build 99'),
    ],
)
def test_what_cannot_be_compared_is_exit_code_2(scene: str, options: list[str], words: str) -> None:
    """With the reason in words."""
    environment, _ana = getattr(card_scenes, scene)()
    code, said = run(environment, *options)
    assert code == 2
    assert words in said


def test_an_unknown_place_is_exit_code_2() -> None:
    """Names are checked."""
    environment, _ana = card_scenes.ready()
    environment.slug = "nowhere"
    assert run(environment) == (2, "There is no environment nowhere of a site " + environment.site.slug + ".\n")


def test_a_reading_that_does_not_count_is_said() -> None:
    """So that a script's reader knows that the list may be old."""
    environment, _ana = card_scenes.troubled_with_changes()
    assert "The last reading of Museum CMS does not count: The source answered with 3 entries" in run(environment)[1]
