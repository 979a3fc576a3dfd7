"""docker-compose.yml and Dockerfile: valid, closed, and running what `up` runs."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from buildhub.up.commands import beat_command, web_command, worker_command
from buildhub.up.paths import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def compose_program() -> list[str]:
    """`docker compose` or `docker-compose`, whichever is here; empty if neither is."""
    for program in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(program[0]) and subprocess.run([*program, "version"], capture_output=True).returncode == 0:
            return program
    return []


def test_services_run_the_commands_of_up() -> None:
    """One place says how web, worker and ticks are started."""
    assert SERVICES["web"]["command"] == web_command(host="0.0.0.0", port=8000)
    assert SERVICES["worker"]["command"] == worker_command()
    assert SERVICES["beat"]["command"] == beat_command(schedule=Path("/data/celerybeat-schedule"))


def test_the_image_serves_the_same_by_default() -> None:
    """The Dockerfile's CMD is the web server's command."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    found = [json.loads(line) for line in re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)]
    assert found == [web_command(host="0.0.0.0", port=8000)]


def test_only_the_web_server_can_be_reached() -> None:
    """No other service publishes a port or shares the host's network."""
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]
    assert not [name for name, service in SERVICES.items() if "network_mode" in service]


def test_everything_that_stays_up_has_a_health_check() -> None:
    """The migration ends by itself; all others are asked whether they are well."""
    checked = {name for name, service in SERVICES.items() if service["healthcheck"].get("test")}
    assert checked == set(SERVICES) - {"migrate"}


def test_nothing_serves_before_the_migration_has_succeeded() -> None:
    """And the migration waits for database and broker."""
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    waits_for = {name: how["condition"] for name, how in SERVICES["migrate"]["depends_on"].items()}
    assert waits_for == {"postgres": "service_healthy", "valkey": "service_healthy"}
    assert SERVICES["migrate"]["restart"] == "no"


def test_volumes_that_are_used_are_declared() -> None:
    """A misspelt name would make an anonymous volume that is lost."""
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_health_checks_run_programs_and_files_that_exist() -> None:
    """The web server's check is a file of this repository, run by path."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    check = SERVICES["web"]["healthcheck"]["test"]
    assert check[:2] == ["CMD", "python"]
    assert (ROOT / check[2]).is_file()
    assert json.dumps(check[1:]) in dockerfile


def test_the_image_is_made_from_files_that_exist_and_that_the_context_lets_in() -> None:
    """What .dockerignore keeps out cannot be copied."""
    copied = re.findall(r"^COPY (\S+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(copied) == let_in
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_the_image_does_not_run_as_root() -> None:
    """The last USER before the command is not root."""
    assert re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[-1] == "buildhub"


@pytest.mark.skipif(not compose_program(), reason="neither docker compose nor docker-compose is here")
def test_compose_itself_accepts_the_file(tmp_path: Path) -> None:
    """Its own schema and rules, and the one variable that must be set is asked for by name."""
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    shutil.copy(ROOT / ".env.example", tmp_path / ".env")
    check = shlex.join([*compose_program(), "config", "-q"])

    def run(password: str) -> subprocess.CompletedProcess[str]:
        command = ["sh", "-c", f"POSTGRES_PASSWORD={password} {check}"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    accepted = run("secret")
    assert (accepted.returncode, accepted.stderr) == (0, "")
    refused = run("")
    assert refused.returncode != 0
    assert "POSTGRES_PASSWORD" in refused.stderr
