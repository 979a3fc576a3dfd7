"""`manage.py publish`: the same button from a shell, with exit codes that scripts can use."""

from __future__ import annotations

import io
import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import OutputWrapper
from django.utils.timezone import now

from deploys.builds import freezes
from deploys.lifecycle import State
from deploys.management.following import Teller
from deploys.models import Build, Environment, Role
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
    monkeypatch.setattr("deploys.management.following.time.sleep", lambda _: end(Build.objects.get()))


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


def refusal(capsys: pytest.CaptureFixture[str], environment: Environment, *options: str) -> tuple[int, str]:
    """The exit code and why it was refused."""
    code, lines = publish(capsys, environment, *options)
    return code, lines[-1].get("reason", "") if lines else ""


def test_in_the_name_of_a_person_their_rights_count(capsys: pytest.CaptureFixture[str]) -> None:
    """A reader may not; an editor may, and the build is theirs."""
    environment = scenes.make_environment()
    scenes.make_person(Role.READER, site=environment.site, username="reader")
    editor = scenes.make_person(Role.EDITOR, site=environment.site, username="editor")
    assert refusal(capsys, environment, "--as", "reader") == (2, "not_allowed")
    assert refusal(capsys, environment, "--as", "nobody") == (2, "unknown")
    assert not Build.objects.exists()
    assert publish(capsys, environment, "--as", "editor")[0] == 0
    build = Build.objects.get()
    assert (build.requested_by, build.cause) == (editor, "command")


def test_where_a_press_asks_first_a_script_has_to_say_yes(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody can answer in a pipe. A command without a person is not asked."""
    environment = scenes.make_environment(ask_first="always")
    scenes.make_person(Role.EDITOR, site=environment.site, username="editor")
    assert refusal(capsys, environment, "--as", "editor") == (2, "asks_first")
    assert publish(capsys, environment, "--as", "editor", "--yes")[0] == 0
    assert publish(capsys, environment)[0] == 0


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 2), ("", 2)])
def test_on_a_terminal_the_question_is_asked_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    """With what goes live."""
    environment = scenes.make_environment(ask_first="always")
    source = scenes.make_source(site=environment.site)
    scenes.store_entries(source, [scenes.make_entry("hours")])
    scenes.carry(
        scenes.make_release(build=scenes.make_build(environment=environment, state=State.SUCCEEDED)).build, source
    )
    scenes.store_entries(source, [scenes.make_entry("hours"), scenes.make_entry("prices")])
    scenes.make_person(Role.EDITOR, site=environment.site, username="editor")
    monkeypatch.setattr("deploys.management.following.Teller.is_terminal", True)
    typed = io.StringIO(answer)
    monkeypatch.setattr(typed, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", typed)
    left = 0
    try:
        call_command("publish", environment.site.slug, environment.slug, "--as", "editor")
    except SystemExit as end:
        left = int(end.code or 0)
    shown = capsys.readouterr().out
    assert left == code
    assert "  new      Prices\n" in shown
    assert f"Publish {environment}? [y/N] " in shown
    assert Build.objects.filter(state=State.QUEUED).exists() is (code == 0)


def test_a_pause_and_a_second_person_are_said_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once each; the build waits, and so does the command, until its time is over."""
    environment = scenes.make_environment(four_eyes=True)
    admin = scenes.make_person(Role.ADMIN, site=environment.site)
    freezes.begin(environment=environment, actor=admin, reason="Relaunch", ends_at=now() + timedelta(hours=1))
    monkeypatch.setattr("deploys.management.following.time.sleep", lambda _: lift(environment, admin))
    code, lines = publish(capsys, environment, "--wait", "--timeout", "0.001")
    words = [line["words"] for line in lines if line["kind"] == "waits"]
    assert words[0].startswith("Publishing is paused until ")
    assert "(Relaunch)" in words[0]
    assert words[1:] == ["A second person has to approve it on its page before it starts."]
    assert (code, lines[-1]["kind"]) == (3, "left")
    assert "the build goes on by itself" in lines[-1]["words"]
    assert Build.objects.get().state == State.QUEUED


def lift(environment: Environment, admin: Any) -> None:
    """The pause is over."""
    freezes.end(environment=environment, actor=admin)
    real_sleep(0.02)


real_sleep = time.sleep


def test_a_later_build_that_takes_it_over_is_followed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end is the end of this request."""
    environment = scenes.make_environment()

    def end(_: Build) -> None:
        first = Build.objects.earliest("pk")
        if Build.objects.count() == 1:
            later = scenes.make_build(environment=environment)
            advance(first, State.SUPERSEDED, superseded_by=later)
        else:
            run_to(Build.objects.latest("pk"), State.FAILED, error_class="script")

    monkeypatch.setattr("deploys.management.following.time.sleep", lambda _: end(Build.objects.earliest("pk")))
    code, lines = publish(capsys, environment, "--wait")
    assert [line["followed_by"] for line in lines if "followed_by" in line] == [2]
    assert (code, lines[-1]["build"], lines[-1]["result"]) == (1, 2, "failed")


def test_ctrl_c_leaves_the_build_alone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 130, with where to look."""

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("deploys.management.following.time.sleep", interrupt)
    code, lines = publish(capsys, scenes.make_environment(), "--wait")
    assert (code, lines[-1]["kind"]) == (130, "left")
    assert lines[-1]["url"].endswith("/builds/1/")
    assert Build.objects.get().state == State.QUEUED


def test_a_terminal_has_one_moving_line_and_a_pipe_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line goes when something is told."""
    build = scenes.make_build()
    for is_terminal in (True, False):
        out = io.StringIO()
        monkeypatch.setattr(out, "isatty", lambda is_terminal=is_terminal: is_terminal)
        teller = Teller(OutputWrapper(out), as_json=False)
        teller.move("  in line")
        teller.say(build, "event", "Done")
        assert ("\r  in line\r         \r" in out.getvalue()) is is_terminal
        assert out.getvalue().endswith("build 1  Done\n")
