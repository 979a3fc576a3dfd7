"""`manage.py ci_file`: prints the file, compares another, and says how it went by its exit code."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from tests import scenes
from tests.preview_scenes import make_preview_place

pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, output, and what it said beside it."""
    code = 0
    try:
        call_command("ci_file", *arguments)
    except SystemExit as left:
        code = int(left.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def slug() -> str:
    """A site with one environment that publishes to a bucket."""
    return scenes.make_environment(target="s3://museum").site.slug


def test_it_prints_the_file_and_names_what_it_does_not_know(capsys: pytest.CaptureFixture[str], slug: str) -> None:
    """The file alone is on standard output."""
    code, out, err = run(capsys, slug)
    assert (code, "SITE_BUCKET: museum" in out, "AWS_ROLE_ARN of live" in err) == (0, True, True)
    assert out.startswith("# Two kinds of pipeline") and out.endswith("\n")


def test_what_it_printed_passes_the_check(capsys: pytest.CaptureFixture[str], slug: str, tmp_path: Path) -> None:
    """Also through standard input and for one environment."""
    file = tmp_path / ".gitlab-ci.yml"
    file.write_text(run(capsys, slug, "live")[1])
    code, out, _ = run(capsys, slug, "live", "--check", str(file))
    assert (code, out) == (0, "live: everything that Buildhub needs is there.\n")


def test_a_file_that_lacks_something_ends_with_1(
    capsys: pytest.CaptureFixture[str], slug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line for each thing, with the environment before it; advice alone would be no failure."""
    monkeypatch.setattr("sys.stdin", io.StringIO("site: {script: [make]}"))
    code, out, _ = run(capsys, slug, "--check", "-")
    assert code == 1
    assert [line.split(":")[0] for line in out.splitlines()] == ["live", "live"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nowhere"], 2, "There is no site nowhere."),
        (["SITE", "nowhere"], 2, "There is no environment nowhere"),
        (["SITE", "--check", "/not/there.yml"], 2, "/not/there.yml cannot be read"),
    ],
)
def test_wrong_use_ends_with_2(
    capsys: pytest.CaptureFixture[str], slug: str, arguments: list[str], code: int, said: str
) -> None:
    """And says what is not there."""
    ended, _, err = run(capsys, *[slug if one == "SITE" else one for one in arguments])
    assert (ended, said in err) == (code, True)


def test_previews_have_a_job_of_their_own(capsys: pytest.CaptureFixture[str], slug: str, tmp_path: Path) -> None:
    """Printed with the rest or alone, and checked like the rest."""
    make_preview_place(scenes.Site.objects.get(slug=slug), ref="previews")
    code, out, err = run(capsys, slug)
    assert (code, "build_site_live:" in out, "build_site_previews:" in out) == (0, True, True)
    assert "DRAFTS_API_TOKEN of previews" in err
    assert "build_site_live:" not in run(capsys, slug, "previews")[1]
    file = tmp_path / ".gitlab-ci.yml"
    file.write_text(out)
    code, out, _ = run(capsys, slug, "--check", str(file))
    assert (code, "previews: everything that Buildhub needs is there." in out) == (0, True)


def test_a_file_that_is_none_ends_with_1(capsys: pytest.CaptureFixture[str], slug: str, tmp_path: Path) -> None:
    """It is not wrong use: the file has to change."""
    (tmp_path / "ci.yml").write_text("a: [")
    code, _, err = run(capsys, slug, "--check", str(tmp_path / "ci.yml"))
    assert (code, "This is not YAML" in err) == (1, True)


def test_environments_of_one_branch_end_with_1(capsys: pytest.CaptureFixture[str], slug: str) -> None:
    """With the reason, and nothing on standard output."""
    site = scenes.Site.objects.get(slug=slug)
    scenes.make_environment(site=site, slug="staging")
    code, out, err = run(capsys, slug)
    assert (code, out, "both build from the branch main" in err) == (1, "", True)
