"""The way of a program, in a world where everything runs: a token, a publish, the wait, the events, and back again."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from buildhub.up.paths import ROOT
from tests.browser import desk
from tests.browser.worlds import LiveWorld

pytestmark = pytest.mark.browser

HOURS = "visit/opening-hours/"
PUBLISH = "environments/live/builds"
IN_TIME = 240  # seconds for all lines of the documentation


@pytest.fixture
def site(live: LiveWorld) -> dict[str, Any]:
    """A site of this test's own whose content is read."""
    made: dict[str, Any] = live.stage("workplace", like="demo", previews=True)
    return made


def client_of(live: LiveWorld, site: dict[str, Any], token: str) -> httpx.Client:
    """Asks below the site."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=f"{live.url}/api/v1/sites/{site['site']}/", headers=headers, timeout=30)


def confirmed(api: httpx.Client, address: str) -> dict[str, Any]:
    """Ask, read what has to be confirmed, and confirm it."""
    asked = api.post(address, json={})
    assert (asked.status_code, asked.headers["content-type"]) == (409, "application/problem+json")
    made = api.post(address, json={"confirm": asked.json()["confirm"]})
    assert made.status_code == 201, made.text
    return dict(made.json())


def live_at_last(api: httpx.Client, build: dict[str, Any]) -> dict[str, Any]:
    """Wait for a build; visitors see it."""
    done = desk.wait_for(api, f"builds/{build['number']}", has="is_settled")
    assert (done["state"], done["is_live"], done["failure"]) == ("succeeded", True, None)
    return done


def test_a_token_publishes_waits_reads_events_and_brings_back(live: LiveWorld, site: dict[str, Any]) -> None:
    """Ana makes a token; her program publishes twice, hears everything once, and puts the first version back."""
    token = desk.make_token(live, site["sessions"]["publisher"], scope="publish")
    with client_of(live, site, token) as api:
        cursor = api.get("events", params={"cursor": "now"}).json()["cursor"]
        desk.edit(live, site["site"], "Opening hours", "Open until five, says the API.")
        pressed = api.post(PUBLISH, json={}, headers={"Idempotency-Key": "first"})
        again = api.post(PUBLISH, json={}, headers={"Idempotency-Key": "first"})
        assert (pressed.status_code, again.json()) == (201, pressed.json())
        first = live_at_last(api, pressed.json())
        desk.edit(live, site["site"], "Opening hours", "Open until six, says the API.")
        desk.wait_for(api, "environments/live/changes", has="total")
        second = live_at_last(api, confirmed(api, PUBLISH))
        assert "Open until six, says the API." in httpx.get(f"{live.site}/{HOURS}").text
        back = live_at_last(api, confirmed(api, f"builds/{first['number']}/bring-back"))
        assert "Open until five, says the API." in httpx.get(f"{live.site}/{HOURS}").text
        events = api.get("events", params={"cursor": cursor}).json()["items"]
    assert len({event["id"] for event in events}) == len(events)
    ends = {number: [each["new"] for each in events if each["build"] == number and each["new"]] for number in (1, 2, 3)}
    assert [states[-1] for states in ends.values()] == ["succeeded"] * 3
    assert [first["number"], second["number"], back["number"], back["brings_back"]] == [1, 2, 3, 1]
    assert {event["actor"] for event in events if "asked for" in event["words"]} == {"Ana Lind"}


def blocks() -> list[tuple[str, Any]]:
    """The commands of docs/api.md in their order, each with the answer that stands below it, if one does."""
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    fenced = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    found: list[tuple[str, Any]] = []
    for language, content in fenced:
        if language == "sh":
            found.append((content, None))
        elif language == "json":
            command, known = found.pop()
            assert known is None, command
            found.append((command, json.loads(content)))
    return found


def run_all(commands: list[str], folder: Path, **variables: str) -> list[str]:
    """Carry them out in one shell, as somebody would who reads on; returns what each printed."""
    lines = ["set -eu"]
    for number, command in enumerate(commands):
        lines.append(f"{{\n{command}\n}} > {shlex.quote(str(folder / f'answer-{number}'))}")
    script = folder / "script.sh"
    script.write_text("\n".join(lines), encoding="utf-8")
    environ = os.environ | variables
    done = subprocess.run(
        ["bash", str(script)], cwd=folder, env=environ, timeout=IN_TIME, check=False, capture_output=True, text=True
    )
    printed = [(folder / f"answer-{number}") for number in range(len(commands))]
    answers = [file.read_text(encoding="utf-8") if file.exists() else "(not reached)" for file in printed]
    assert done.returncode == 0, (done.stderr, answers)
    return answers


def differs(told: Any, real: Any, where: str = "") -> list[str]:
    """Where an answer has other members, or values of another kind, than the documentation says."""
    if told is None or real is None:
        return []
    if isinstance(told, dict) and isinstance(real, dict):
        if told.keys() != real.keys():
            return [f"{where}: {sorted(told.keys() ^ real.keys())}"]
        return [found for name in told for found in differs(told[name], real[name], f"{where}.{name}")]
    if isinstance(told, list) and isinstance(real, list):
        return differs(told[0], real[0], f"{where}[0]") if told and real else []
    kinds = (int | float, str, bool, list, dict)
    return [] if any(isinstance(told, kind) and isinstance(real, kind) for kind in kinds) else [f"{where}: {real!r}"]


def test_the_lines_of_the_documentation_do_what_it_says(live: LiveWorld, site: dict[str, Any], tmp_path: Path) -> None:
    """Every curl line of docs/api.md as it is written, one after the other, with the answers that stand there."""
    token = live.stage("site_token", site=site["site"])
    with client_of(live, site, token) as api:
        desk.edit(live, site["site"], "Opening hours", "Open until seven, say the docs.")
        live_at_last(api, api.post(PUBLISH, json={}).json())
        desk.edit(live, site["site"], "Opening hours", "Open until eight, say the docs.")
        desk.wait_for(api, "environments/live/changes", has="total")
    told = blocks()
    variables = {"API": f"{live.url}/api/v1", "TOKEN": token, "SITE": site["site"], "PLACE": "live"}
    answers = run_all([command for command, _answer in told], tmp_path, **variables)
    if record := os.environ.get("BUILDHUB_RECORD_ANSWERS"):
        Path(record).write_text(json.dumps([answers, variables["SITE"]]), encoding="utf-8")
    wrong = {
        command: differs(expected, json.loads(answer))
        for (command, expected), answer in zip(told, answers, strict=True)
        if expected is not None
    }
    assert {command: found for command, found in wrong.items() if found} == {}
    for (command, expected), answer in zip(told, answers, strict=True):
        if expected and "status" in expected and isinstance(expected["status"], int):
            assert (expected["status"], expected["type"]) == tuple(map(json.loads(answer).get, ("status", "type"))), (
                command
            )
