"""The command line: exit codes, words, JSON, the report file, progress."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.command_line import main
from publisher.results import Progress
from publisher.terminal import Screen
from tests.publisher.hosts import FolderHost, Site, next_build


@pytest.fixture
def target(tmp_path: Path) -> str:
    """A folder to publish to."""
    return str(tmp_path / "target")


def test_publish_writes_a_report_and_words(
    site: Site, target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0, plain lines, and a file for machines."""
    report = tmp_path / "report.json"
    assert main(["publish", str(site.write()), target, "--release", "r1", "--report", str(report)]) == 0
    assert "Release r1 is live: 17 files, 14 pages" in capsys.readouterr().out
    assert json.loads(report.read_text())["release"] == "r1"


@pytest.mark.parametrize(("job", "name"), [("456", "pipeline-123-456"), ("", ""), ("4 6", "")])
def test_a_release_without_a_name_is_called_by_its_pipeline(
    site: Site, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, job: str, name: str
) -> None:
    """So that the dashboard knows what a pipeline of GitLab's own published; elsewhere by the time."""
    monkeypatch.setenv("CI_PIPELINE_ID", "123")
    monkeypatch.setenv("CI_JOB_ID", job)
    report = tmp_path / "report.json"
    assert main(["publish", str(site.write()), target, "--release", "", "--report", str(report)]) == 0
    called = json.loads(report.read_text())["release"]
    assert called == name if name else called.startswith("20")


def test_json_is_the_only_thing_printed(site: Site, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """So that a script can read it."""
    main(["publish", str(site.write()), target, "--json"])
    shown = capsys.readouterr()
    assert json.loads(shown.out)["files"] == 17
    assert shown.err == ""


def test_a_held_back_publish_has_its_own_code(
    site: Site, target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """3, with the pages in the report and on the screen; --anyway lets it through."""
    main(["publish", str(site.write()), target])
    site.files = {path: body for path, body in site.files.items() if not path.startswith("page-")}
    report = tmp_path / "report.json"
    assert main(["publish", str(site.write()), target, "--report", str(report)]) == 3
    assert "page-11/index.html" in json.loads(report.read_text())["removed"]
    assert "--anyway" in capsys.readouterr().err
    assert main(["publish", str(site.write()), target, "--anyway"]) == 0


def test_every_command_has_words(site: Site, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Status, plan, list, verify, bring-back and prune, one after the other."""
    main(["publish", str(site.write()), target, "--release", "r1"])
    later = str(next_build(site).write())
    said = []
    for arguments in (
        ["plan", later, target],
        ["publish", later, target, "--release", "r2"],
        ["bring-back", target, "r1"],
        ["status", target],
        ["list", target],
        ["verify", target],
        ["prune", target, "--keep", "1", "--keep-days", "0"],
    ):
        assert main(arguments) == 0
        said.append(capsys.readouterr().out)
    assert "1 removed" in said[0]
    assert "Release r1 is live since" in said[3]
    assert said[4].startswith("* r1")
    assert "files as published" in said[5]
    assert said[6].startswith("1 releases given up, 1 kept")


def test_verify_says_by_its_code_that_something_differs(site: Site, tmp_path: Path) -> None:
    """6, so that a nightly job can tell."""
    host = FolderHost(tmp_path / "target")
    main(["publish", str(site.write()), host.target])
    host.write_by_hand("index.html", b"edited")
    assert main(["verify", host.target]) == 6


def test_refusals_have_a_code_and_no_traceback(tmp_path: Path, target: str) -> None:
    """5, and one sentence."""
    done = subprocess.run(
        [sys.executable, "-m", "publisher", "publish", str(tmp_path / "nothing"), target],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 5
    assert "Traceback" not in done.stderr


def test_a_wrong_rules_file_is_named(
    site: Site, target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what is wrong in it."""
    rules = tmp_path / "publisher.toml"
    rules.write_text("keep_hashed_weeks = 2\n")
    assert main(["publish", str(site.write()), target, "--rules", str(rules)]) == 5
    assert "keep_hashed_weeks is not known here" in capsys.readouterr().err


def test_a_log_gets_a_line_for_each_stage() -> None:
    """And no control characters."""
    stream = io.StringIO()
    screen = Screen(stream, quiet=False)
    for number in range(1000):
        screen.show(Progress(stage="Sending pages", done=number, total=1000))
    screen.show(Progress(stage="Live"))
    assert stream.getvalue() == "Sending pages\nLive\n"


def test_starting_imports_nothing_that_takes_long() -> None:
    """Neither boto3 nor botocore for a folder, and no Django anywhere."""
    program = "import sys, publisher.command_line, publisher.folder_target, publisher.publishing; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"boto3", "botocore", "urllib3", "django", "deploys"}
