"""The lines that buildhub reads in the log of the job that publishes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from deploys.builds.failures import classify
from deploys.builds.steps.progress import last_told
from deploys.models import Step
from publisher.command_line import main
from tests.publisher.hosts import FolderHost, Host, Site

LINES = re.compile(r"^buildhub:(\w+) (\{.*\})$", re.MULTILINE)


@pytest.fixture(autouse=True)
def build(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipeline runs for a build."""
    monkeypatch.setenv("BUILDHUB_BUILD", "0bbc0fe3-1934-4c9e-825d-411b5a7714e1")


def publish(site: Site, host: Host | FolderHost, *more: str) -> int:
    """Publish by the command line."""
    endpoint = ["--endpoint", host.options.endpoint] if host.options.endpoint else []
    return main(["publish", str(site.write()), host.target, "--tries", "2", *endpoint, *more])


def lines(log: str, kind: str) -> list[dict[str, object]]:
    """The facts of each line of this kind."""
    return [json.loads(facts) for name, facts in LINES.findall(log) if name == kind]


def test_a_held_back_publish_says_so(host: Host, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """With how many pages would go; the dashboard reads it as it stands."""
    publish(site, host)
    site.files = {path: body for path, body in site.files.items() if not path.startswith("page-")}
    assert publish(site, host) == 3
    log = capsys.readouterr().err
    (told,) = lines(log, "error")
    assert (told["class"], told["count"]) == ("held_back", 12)
    assert str(told["finding"]).startswith("Held back: 12 of 14 pages would go")
    assert classify(log, step=Step.GOING_LIVE, failure_reason="")[0] == "held_back"


def test_another_failure_is_a_refusal_with_its_words(
    site: Site, host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    """At most 300 characters of them, as the dashboard keeps."""
    site.files = {}
    assert publish(site, host, "--rules", "/nonexistent/" + "x" * 400) == 5
    (told,) = lines(capsys.readouterr().err, "error")
    assert told["class"] == "deploy_refused"
    assert str(told["detail"]).startswith("The rules in /nonexistent/xxx")
    assert len(str(told["detail"])) == 300


def test_progress_is_told_a_few_times(host: Host, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the files that go live, about twenty lines however many there are."""
    site.files |= {f"more/{number}.txt": b"%d" % number for number in range(200)}
    assert publish(site, host, "--json") == 0
    shown = capsys.readouterr()
    told = lines(shown.err, "progress")
    assert 10 <= len(told) <= 21
    assert {one["total"] for one in told} == {217}
    assert last_told(shown.err) == told[-1]
    assert json.loads(shown.out)["files"] == 217


def test_without_a_build_nobody_reads_them(
    host: Host, site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So they are not printed."""
    monkeypatch.delenv("BUILDHUB_BUILD")
    publish(site, host)
    site.files = {"other.html": b""}
    publish(site, host)
    assert "buildhub:" not in capsys.readouterr().err


def test_a_job_that_fails_by_what_it_found_says_so_too(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not only errors end a job."""
    host = FolderHost(tmp_path / "target")
    publish(site, host, "--release", "r1")
    host.write_by_hand("index.html", b"edited")
    assert main(["verify", host.target]) == 6
    (told,) = lines(capsys.readouterr().err, "error")
    assert told == {
        "class": "deploy_refused",
        "detail": "The target does not show release r1 as it was published.",
    }
