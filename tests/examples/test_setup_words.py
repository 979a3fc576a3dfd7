"""docs/setup-gitlab.md keeps up with what the product and the CI file say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deploys.builds.steps.find import VARIABLE
from deploys.builds.steps.start import ANYWAY_VARIABLE, ENVIRONMENT_VARIABLE, PREVIEW_VARIABLE
from deploys.gitlab.refusals import REFUSALS
from sandbox.gitlab.config import read_config

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "setup-gitlab.md").read_text(encoding="utf-8")
SITE = ROOT / "examples" / "astro-site"
CI = (SITE / ".gitlab-ci.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("error_class", sorted({str(row.error_class) for row in REFUSALS}))
def test_every_refusal_has_a_row(error_class: str) -> None:
    """Whoever is given a class finds it in the guide."""
    assert re.search(rf"^\|[^|]*`{error_class}`", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("name", [VARIABLE, ENVIRONMENT_VARIABLE, ANYWAY_VARIABLE, PREVIEW_VARIABLE])
def test_what_is_sent_is_named_and_taken_as_input_too(name: str) -> None:
    """Guide, variables and inputs use the worker's own names."""
    assert f"`{name}" in GUIDE
    assert f"\n    {name.lower()}:\n" in CI and f"  {name}: $[[ inputs.{name.lower()} ]]" in CI


@pytest.mark.parametrize("place", ["docs/setup-gitlab.md", "examples/astro-site/README.md"])
def test_links_lead_to_files(place: str) -> None:
    """Every link that stays in the repository."""
    file = ROOT / place
    links = re.findall(r"\]\(([^)#\s]+)", file.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if "://" not in link and not (file.parent / link).exists()] == []


def test_the_site_says_which_variables_it_reads() -> None:
    """Each one of its settings stands in its README."""
    settings = (SITE / "src" / "settings.ts").read_text(encoding="utf-8")
    config = (SITE / "astro.config.mjs").read_text(encoding="utf-8")
    asked = set(re.findall(r"process\.env\.(\w+)", settings + config))
    readme = (SITE / "README.md").read_text(encoding="utf-8")
    assert sorted(name for name in asked if f"`{name}`" not in readme) == []


def test_the_guide_names_the_groups_that_jobs_wait_in() -> None:
    """The address to set the process mode at holds a real one."""
    groups = {job.resource_group for job in read_config(CI).jobs.values()}
    assert set(re.findall(r"resource_groups/([\w-]+)", GUIDE)) <= groups
