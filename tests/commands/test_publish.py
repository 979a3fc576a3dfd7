"""`manage.py publish`: the same button from a shell, with exit codes that scripts can use."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command

from deploys.lifecycle import State
from deploys.models import Build, Environment
from deploys.releases import actions as releases
from deploys.transitions import advance
from tests import scenes

pytestmark = pytest.mark.django_db


def publish(capsys: pytest.CaptureFixture[str], environment: Environment, *options: str) -> tuple[int, list[Any]]:
    """Run the command and return its exit code and the lines that it printed, decoded."""
    code = 0
    try:
        call_command("publish", environment.site.slug, environment.slug, "--json", *options)
    except SystemExit as left:
        code = int(left.code or 0)
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def end_as(monkeypatch: pytest.MonkeyPatch, end: Any) -> None:
    """While the command sleeps between looks, the build comes to this end."""
    monkeypatch.setattr("deploys.management.commands.publish.time.sleep", lambda _: end(Build.objects.get()))


def run_to(build: Build, state: State, **facts: Any) -> None:
    """Walk the build along allowed moves."""
    for to in (State.STARTING, State.PENDING, state):
        advance(build, to, **({"pipeline_id": 7} if to == State.PENDING else {}), **(facts if to == state else {}))


def test_without_wait_it_asks_and_leaves(capsys: pytest.CaptureFixture[str], told: list[Any]) -> None:
    """One line, exit 0, and a row in line."""
    code, lines = publish(capsys, scenes.make_environment())
    assert (code, [line["kind"] for line in lines]) == (0, ["state"])
    assert Build.objects.get().state == State.QUEUED


def test_with_wait_it_tells_each_event_and_ends_live(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof counts, not the green pipeline."""

    def end(build: Build) -> None:
        if build.state == State.QUEUED:
            run_to(build, State.SUCCEEDED)
            releases.record(build)
        else:
            releases.mark_live(build.release)

    end_as(monkeypatch, end)
    code, lines = publish(capsys, scenes.make_environment(), "--wait")
    assert (code, lines[-1]["result"]) == (0, "live")
    assert lines[-2]["words"] == "Live: the site shows this build"


def test_a_failed_build_is_exit_code_1(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With its error class in the last line."""
    end_as(monkeypatch, lambda build: run_to(build, State.FAILED, error_class="asset_missing"))
    code, lines = publish(capsys, scenes.make_environment(), "--wait")
    assert (code, lines[-1]["result"], lines[-1]["error_class"]) == (1, "failed", "asset_missing")


def test_what_is_not_set_up_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2 and the names of the missing settings."""
    code, lines = publish(capsys, scenes.make_environment(gitlab_project=None))
    assert code == 2
    assert "GITLAB_PROJECT_ID" in lines[0]["words"]


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, and nothing was made."""
    environment = scenes.make_environment()
    environment.slug = "nope"
    code, lines = publish(capsys, environment)
    assert (code, lines[0]["kind"]) == (2, "refused")
    assert not Build.objects.exists()
