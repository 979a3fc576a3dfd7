"""What the jobs of the example site's CI file do before they build: whose content, which folder, which role."""

from __future__ import annotations

import subprocess

import pytest

from sandbox.gitlab.config import read_config
from tests.examples.test_ci_file import TEXT

LABEL = "b17-k3q9x2m7w4ab"
FORGED = {"CONTENT_SCOPE": "preview", "CONTENT_API_TOKEN": "forged", "AWS_ROLE_ARN": "role-of-live"}
GIVEN = {"DRAFTS_API_TOKEN": "drafts-secret", "AWS_PREVIEW_ROLE_ARN": "role-of-previews"}
TOLD = ("CONTENT_SCOPE", "CONTENT_API_TOKEN", "AWS_ROLE_ARN")


def run(job: str, **variables: str) -> tuple[int, str]:
    """Exit code and output of everything before the build, then what the rest of the job would be told."""
    before, _, _ = "\n".join(read_config(TEXT).jobs[job].script).partition('if [ -n "${SITE_MODULES:-}"')
    told = "".join(f'echo "{name}=${{{name}:-}}"\n' for name in TOLD)
    environment = {"PATH": "/usr/bin:/bin", "CI_COMMIT_BRANCH": "main", "BUILDHUB_PREVIEW": ""} | variables
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", before + told], env=environment, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("slug", ["live", "staging"])
def test_visitors_get_no_drafts(slug: str) -> None:
    """Though the request says otherwise."""
    code, out = run(f"build_site_{slug}", SITE_ENVIRONMENT=slug, **FORGED)
    assert (code, "CONTENT_SCOPE=live\n" in out) == (0, True)


def test_a_label_on_another_branch_ends_the_job() -> None:
    """Before anything is read or built."""
    code, out = run("build_site_live", SITE_ENVIRONMENT="live", BUILDHUB_PREVIEW=LABEL)
    assert (code, "CONTENT_SCOPE" in out) == (1, False)
    assert 'buildhub:error {"class": "check_failed"' in out


def test_a_preview_takes_its_own_token_and_role() -> None:
    """Those of the live site stay unused, whether set or forged."""
    code, out = run("build_site_previews", SITE_ENVIRONMENT="previews", BUILDHUB_PREVIEW=LABEL, **FORGED, **GIVEN)
    assert code == 0, out
    assert out.splitlines()[-3:] == [
        "CONTENT_SCOPE=preview",
        "CONTENT_API_TOKEN=drafts-secret",
        "AWS_ROLE_ARN=role-of-previews",
    ]


def test_without_a_role_of_its_own_it_takes_none() -> None:
    """Not the one that may write the site."""
    given = FORGED | {"DRAFTS_API_TOKEN": "d", "AWS_PREVIEW_ROLE_ARN": ""}
    assert run("build_site_previews", SITE_ENVIRONMENT="previews", BUILDHUB_PREVIEW=LABEL, **given)[1].endswith(
        "AWS_ROLE_ARN=\n"
    )


@pytest.mark.parametrize(
    "label",
    [
        "",
        "short",
        "../../www-example",
        "b17-k3q9x2m7w4ab/..",
        "b17-k3q9\n../../www",
        "-17-k3q9x2m7w4ab",
        "B17-K3Q9X2M7W4",
    ],
)
def test_what_is_no_label_is_no_folder(label: str) -> None:
    """Nothing is built for it."""
    code, out = run("build_site_previews", SITE_ENVIRONMENT="previews", BUILDHUB_PREVIEW=label, **GIVEN)
    assert (code, "is no label" in out) == (1, True)


def test_a_missing_token_is_named() -> None:
    """Rather than an answer of the content API that nobody understands."""
    code, out = run("build_site_previews", SITE_ENVIRONMENT="previews", BUILDHUB_PREVIEW=LABEL)
    assert (code, "DRAFTS_API_TOKEN is not set for previews" in out) == (1, True)
