"""`manage.py doctor`: what it prints, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import call_command

from deploys.doctor import web
from deploys.doctor.infra import checkup
from deploys.models import Environment, EnvironmentKind
from tests import scenes
from tests.doctor.world import RESOLVER, World, everything_right

pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, output, and what it said beside it."""
    code = 0
    try:
        call_command("doctor", *arguments)
    except SystemExit as left:
        code = int(left.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """What a command finds when it opens its account and asks the internet."""
    with everything_right() as made:
        answering = httpx.MockTransport(made.answer)
        monkeypatch.setattr(checkup, "open_account", lambda profile: made.account.aws)
        monkeypatch.setattr(web, "client", lambda transport: httpx.Client(transport=answering))
        yield made


@pytest.fixture
def environment(world: World) -> Environment:
    """The environment that goes with it."""
    site = scenes.make_site(slug="museum", cms_url="https://cms.example.org/admin")
    return scenes.make_environment(
        site=site,
        url="https://www.example.org/",
        target=f"s3://{world.bucket}",
        distribution=world.distribution_id,
        gitlab_project=scenes.make_project(url="https://gitlab.com"),
        ref="main",
    )


def infra(*arguments: str) -> list[str]:
    """The arguments of a walk."""
    return [*arguments, "--infra", "--resolver", RESOLVER]


def test_what_is_right_by_the_settings_of_a_site_ends_with_0(
    capsys: pytest.CaptureFixture[str], environment: Environment
) -> None:
    """Domain, bucket, distribution, branch and CMS come from the site; the rest from the stack."""
    code, out, _ = run(capsys, *infra("museum", "live"))
    assert (code, out.splitlines()[-1]) == (0, "Everything that was looked at is as it must be.")
    assert out.splitlines()[1:3] == ["museum/live", "Account and stack: ok"]
    assert "Machine of the CMS: cms is there" in out


def test_what_is_wrong_ends_with_1_and_says_what_to_begin_with(
    capsys: pytest.CaptureFixture[str], environment: Environment, world: World
) -> None:
    """A branch that buildhub builds and the role does not trust."""
    Environment.objects.filter(pk=environment.pk).update(ref="release")
    code, out, _ = run(capsys, *infra("museum"))
    assert code == 1
    assert "wrong     Who may take it: It trusts the branch main, not release." in out
    assert (
        "Begin with museum/live, Roles and keys (step 8), Who may take it: It trusts the branch main, not release."
        in out
    )
    assert "see docs/setup-aws.md#8-keys" in out


def test_what_could_not_be_seen_ends_with_3(
    capsys: pytest.CaptureFixture[str], environment: Environment, world: World
) -> None:
    """It is neither well nor wrong."""
    world.account.standin.denied.add("s3:GetBucketPolicy")
    code, out, _ = run(capsys, *infra("museum"))
    assert code == 3
    assert "not seen  CloudFront may read the site: could not be looked at: needs the action s3:GetBucketPolicy." in out


def test_machines_read_one_object_per_step(
    capsys: pytest.CaptureFixture[str], environment: Environment, world: World
) -> None:
    """Nothing else is on standard output."""
    world.config["Enabled"] = False
    code, out, _ = run(capsys, *infra("museum", "--json"))
    steps = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert {step["of"] for step in steps} == {"museum/live"}
    assert [step["key"] for step in steps if step["state"] != "ok"] == ["distribution"]
    wrong = [one for step in steps for one in step["findings"] if one["state"] == "wrong"]
    assert [one["key"] for one in wrong] == ["distribution.status"]


def test_a_walk_needs_no_site_when_the_domain_is_given(capsys: pytest.CaptureFixture[str], world: World) -> None:
    """All else is found out, or given too."""
    code, out, _ = run(capsys, *infra("--domain", "www.example.org", "--project", "acme/site", "--branch", "main"))
    assert (code, out.splitlines()[1]) == (0, "www.example.org")
    code, out, _ = run(capsys, *infra("--domain", "www.example.org", "--branch", "develop"))
    assert (code, "trusts the branch main, not develop" in out) == (1, True)


def test_settings_of_previews_make_the_last_step(
    capsys: pytest.CaptureFixture[str], environment: Environment, world: World
) -> None:
    """The pattern of their addresses says where they are; their environment is no tier of its own."""
    pattern = "https://{label}.preview.example.org/"
    scenes.make_environment(
        site=environment.site, slug="previews", kind=EnvironmentKind.PREVIEW, preview_url=pattern, ref="main"
    )
    world.add_preview_hosts()
    code, out, _ = run(capsys, *infra("museum"))
    assert (code, "Distribution of previews: E2EXAMPLE answers to *.preview.example.org." in out) == (0, True)
    assert "museum/previews" not in out


@pytest.mark.parametrize("facts", [{"endpoint": "https://s3.example.net"}, {"target": "/srv/www"}])
def test_a_site_that_is_not_at_aws_is_told_where_to_read_on(
    capsys: pytest.CaptureFixture[str], environment: Environment, facts: dict[str, str], world: World
) -> None:
    """Nothing is asked of AWS, and nothing is wrong."""
    Environment.objects.filter(pk=environment.pk).update(**facts)
    code, out, _ = run(capsys, *infra("museum"))
    assert (code, "which is not AWS" in out, "infra/README.md#other-hosts" in out) == (0, True, True)
    assert "python -m publisher status" in out
    assert world.account.standin.asked == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "There is no site nowhere."),
        (["museum", "nowhere"], "There is no environment nowhere of a site museum."),
        (["museum", "--ci-file", "/not/there.yml"], "/not/there.yml cannot be read"),
        (["nowhere", "--infra"], "There is no site nowhere."),
    ],
)
def test_wrong_use_ends_with_2(
    capsys: pytest.CaptureFixture[str], environment: Environment, arguments: list[str], said: str
) -> None:
    """And says what is not there."""
    code, _, err = run(capsys, *arguments)
    assert (code, said in err) == (2, True)


def test_a_walk_without_anything_to_look_for_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    """No site, no domain; or a site without an address."""
    code, _, err = run(capsys, "--infra")
    assert (code, "--domain" in err) == (2, True)


def test_a_profile_that_is_not_there_ends_with_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before anything is asked."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    code, _, err = run(capsys, "--infra", "--domain", "www.example.org", "--profile", "nobody")
    assert (code, "nobody" in err, "--profile" in err) == (2, True, True)


def test_plainly_it_looks_at_settings_content_gitlab_and_web_host(capsys: pytest.CaptureFixture[str]) -> None:
    """Of every site; GitLab and the address are asked, and what does not answer ends it with 1."""
    scenes.make_environment(site=scenes.make_site(slug="museum"))
    code, out, _ = run(capsys)
    assert (code, "Begin with museum/live, GitLab, GitLab address: " in out) == (1, True)
    titles = [line for line in out.splitlines() if line and not line.startswith(" ")]
    assert titles[:3] == ["Settings: ok", "museum", "Content: ok"]
    assert titles[3:6] == ["museum/live", "GitLab: wrong", "Web host: wrong"]
    scenes.make_environment(site=scenes.make_site(slug="zoo"), gitlab_project=None)
    code, out, _ = run(capsys, "zoo")
    assert (code, "Begin with zoo/live, GitLab, Connection to GitLab: " in out) == (1, True)


def test_the_projects_ci_file_is_compared(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Where somebody has it at hand."""
    scenes.make_environment(site=scenes.make_site(slug="museum"))
    file = tmp_path / "ci.yml"
    file.write_text("site: {script: [make]}")
    code, out, _ = run(capsys, "museum", "live", "--ci-file", str(file))
    assert (code, "wrong     The project's CI file:" in out) == (1, True)


def test_settings_that_stop_the_start_are_a_finding_here(capsys: pytest.CaptureFixture[str], settings: Any) -> None:
    """Other commands end with Django's own list."""
    settings.ENCRYPTION_KEYS = ["not a key"]
    code, out, _ = run(capsys)
    assert (code, "BUILDHUB_ENCRYPTION_KEYS: key 1 is not a Fernet key" in out) == (1, True)
