"""The CI file of the example site: which event starts which jobs, in the stand-in GitLab's own evaluation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.gitlab.config import CiConfig, ConfigError, read_config
from sandbox.gitlab.rules import Selection, select
from sandbox.gitlab.variables import layer, resolved

SITE = Path(__file__).parents[2] / "examples" / "astro-site"
TEXT = (SITE / ".gitlab-ci.yml").read_text(encoding="utf-8")
BUILD = "0bbc0fe3-1934-4c9e-825d-411b5a7714e1"
ID = {"BUILDHUB_BUILD": BUILD}
MERGE_REQUEST = {"CI_OPEN_MERGE_REQUESTS": "acme/site!1"}
NO_PIPELINE: list[str] = []
# The variables of a request that rules may ask for, and only the workflow's do: whether they are there at all.
NOT_PREDEFINED = {"BUILDHUB_BUILD", "BUILDHUB_PREVIEW"}
LABEL = {"BUILDHUB_PREVIEW": "b17-k3q9x2m7w4ab"}

PUSH_STAGING = ["build_image", "publish_image_staging", "deploy_site_staging (manual)"]
PUSH_LIVE = ["build_image", "publish_image_live", "deploy_site_live (manual)"]
PUSH_PREVIEWS = ["build_image", "publish_image_previews"]
STAGING, LIVE, PREVIEWS = ["build_site_staging"], ["build_site_live"], ["build_site_previews"]

# Event, branch, variables that come with it, and the jobs that start.
TABLE: list[tuple[str, str, dict[str, str], list[str]]] = [
    ("push", "feature", {}, ["build_image"]),
    ("push", "develop", {}, PUSH_STAGING),
    ("push", "main", {}, PUSH_LIVE),
    ("push", "develop", MERGE_REQUEST, PUSH_STAGING),
    ("merge_request_event", "feature", {}, NO_PIPELINE),
    ("merge_request_event", "develop", {}, NO_PIPELINE),
    ("trigger", "develop", ID, STAGING),
    ("trigger", "develop", ID | MERGE_REQUEST, STAGING),
    ("trigger", "develop", {}, NO_PIPELINE),
    ("trigger", "main", ID, LIVE),
    ("trigger", "feature", ID, NO_PIPELINE),
    ("api", "develop", ID, STAGING),
    ("api", "main", ID, LIVE),
    ("api", "main", {}, NO_PIPELINE),
    ("trigger", "previews", ID | LABEL, PREVIEWS),
    ("trigger", "previews", ID | LABEL | MERGE_REQUEST, PREVIEWS),
    ("api", "previews", ID | LABEL, PREVIEWS),
    ("trigger", "previews", ID, NO_PIPELINE),
    ("trigger", "previews", LABEL, NO_PIPELINE),
    ("push", "previews", {}, PUSH_PREVIEWS),
    ("schedule", "previews", LABEL, NO_PIPELINE),
    ("web", "previews", ID | LABEL, NO_PIPELINE),
    ("trigger", "feature", ID | LABEL, NO_PIPELINE),
    ("schedule", "develop", {}, STAGING),
    ("schedule", "main", {}, LIVE),
    ("schedule", "feature", {}, NO_PIPELINE),
    ("web", "main", {}, NO_PIPELINE),
    ("web", "main", ID, NO_PIPELINE),
    ("pipeline", "main", ID, NO_PIPELINE),
    ("parent_pipeline", "main", ID, NO_PIPELINE),
    ("some_future_source", "main", ID, NO_PIPELINE),
]


def pipeline(
    source: str,
    ref: str,
    given: Mapping[str, str] | None = None,
    *,
    inputs: Mapping[str, str] | None = None,
    **predefined: str,
) -> Selection:
    """What GitLab would make of an event; `given` are the variables of the project or of the request."""
    known = {"CI_PIPELINE_SOURCE": source, "CI_COMMIT_REF_NAME": ref, "CI_COMMIT_REF_SLUG": ref, **predefined}
    if source != "merge_request_event" and "CI_COMMIT_TAG" not in predefined:
        known["CI_COMMIT_BRANCH"] = ref
    return select(
        read_config(TEXT, inputs or {}), predefined=layer(known), given=layer(given or {}), exists=lambda _: False
    )


def jobs(selection: Selection) -> list[str]:
    """Names of the jobs, and whether they wait for a person."""
    return [f"{one.config.name}{' (manual)' if one.when == 'manual' else ''}" for one in selection.jobs]


@pytest.mark.parametrize(("source", "ref", "given", "expected"), TABLE)
def test_each_event_starts_what_it_should(source: str, ref: str, given: dict[str, str], expected: list[str]) -> None:
    """The truth table: one job for a content build, no pipeline for what nobody asked for."""
    selection = pipeline(source, ref, given)
    assert (jobs(selection), selection.filtered) == (expected, expected == NO_PIPELINE)


def test_a_tag_starts_nothing() -> None:
    """A pushed tag has no branch."""
    assert pipeline("push", "v1", CI_COMMIT_TAG="v1").filtered


@pytest.mark.parametrize(
    ("source", "ref", "forged"),
    [
        ("trigger", "main", {"PIPELINE_KIND": "code"}),
        ("trigger", "main", {"SITE_TIER": "staging", "SITE_ENVIRONMENT": "staging"}),
        ("trigger", "main", {"BUILDHUB_ENVIRONMENT": "staging"}),
        ("trigger", "develop", {"BUILDHUB_ENVIRONMENT": "live", "BUILDHUB_ANYWAY": "1"}),
        ("trigger", "develop", {"CI_DEFAULT_BRANCH": "develop", "CI_COMMIT_REF_NAME": "main"}),
        ("push", "main", {"BUILDHUB_BUILD": BUILD, "BUILDHUB_ENVIRONMENT": "live", "BUILDHUB_ANYWAY": "1"}),
        ("push", "feature", {"BUILDHUB_BUILD": BUILD, "BUILDHUB_ENVIRONMENT": "live"}),
        ("trigger", "main", LABEL | {"BUILDHUB_ENVIRONMENT": "previews", "CONTENT_SCOPE": "preview"}),
        ("api", "develop", LABEL | {"PREVIEWS_TARGET": "s3://www-example-org"}),
        ("push", "main", LABEL | {"BUILDHUB_BUILD": BUILD}),
        ("push", "previews", LABEL | {"BUILDHUB_BUILD": BUILD, "BUILDHUB_ENVIRONMENT": "live"}),
        ("schedule", "main", LABEL | {"BUILDHUB_BUILD": BUILD, "BUILDHUB_ENVIRONMENT": "staging"}),
        ("web", "main", {"PIPELINE_NAME": f"Buildhub {BUILD}", "BUILDHUB_BUILD": BUILD}),
    ],
)
def test_forged_variables_choose_no_jobs(source: str, ref: str, forged: dict[str, str]) -> None:
    """What comes with a request outranks the file, so no rule asks for it."""
    honest = ID if source in ("trigger", "api") else {}
    assert jobs(pipeline(source, ref, honest | forged)) == jobs(pipeline(source, ref, honest))


def test_gitlabs_own_variables_can_be_forged_as_well() -> None:
    """No file helps against that: docs/setup-gitlab.md says who may set variables, and the role trusts one branch."""
    assert jobs(pipeline("trigger", "develop", ID | {"CI_COMMIT_BRANCH": "main"})) == LIVE


def test_rules_ask_for_predefined_variables_only() -> None:
    """The id is asked for once, to turn requests away that carry none; jobs never ask for it."""
    config = read_config(TEXT)
    of_jobs = {name for job in config.jobs.values() for rule in job.rules or () for name in asked_in(rule.condition)}
    of_workflow = {name for rule in config.workflow_rules or () for name in asked_in(rule.condition)}
    assert of_jobs == {"CI_PIPELINE_SOURCE", "CI_COMMIT_BRANCH"}  # nor for a label: previews have a branch
    assert of_workflow == {"CI_PIPELINE_SOURCE", "CI_COMMIT_BRANCH"} | NOT_PREDEFINED


def asked_in(condition: str | None) -> set[str]:
    """The variables of an expression."""
    return set(re.findall(r"\$(\w+)", condition or ""))


@pytest.mark.parametrize(
    ("source", "ref", "given", "name", "auto_cancel"),
    [
        ("trigger", "main", ID, f"Buildhub {BUILD}", "none"),
        ("api", "develop", ID, f"Buildhub {BUILD}", "none"),
        ("trigger", "previews", ID | LABEL, f"Buildhub {BUILD}", "none"),
        ("schedule", "main", {}, "Nightly build of main", "none"),
        ("push", "feature", {}, "Push to feature", "conservative"),
    ],
)
def test_names_and_what_a_push_may_cancel(
    source: str, ref: str, given: dict[str, str], name: str, auto_cancel: str
) -> None:
    """Buildhub finds its pipeline by the name; a push cancels pushes, never an editor's build."""
    selection = pipeline(source, ref, given)
    assert (selection.name, selection.auto_cancel) == (name, auto_cancel)


def test_inputs_do_what_variables_do() -> None:
    """A project that forbids pipeline variables gets the same job and name, and the same values."""
    by_inputs = pipeline("trigger", "main", inputs={"buildhub_build": BUILD, "buildhub_environment": "live"})
    by_variables = pipeline("trigger", "main", ID | {"BUILDHUB_ENVIRONMENT": "live"})
    assert (jobs(by_inputs), by_inputs.name) == (jobs(by_variables), by_variables.name) == (LIVE, f"Buildhub {BUILD}")
    values = resolved(by_inputs.jobs[0].variables)
    assert (values["BUILDHUB_ENVIRONMENT"], values["BUILDHUB_ANYWAY"]) == ("live", "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"buildhub_build": "$(rm -rf .)"},
        {"buildhub_environment": "live; true"},
        {"buildhub_anyway": "yes"},
        {"buildhub_preview": "../www"},
        {"buildhub_preview": "short"},
    ],
)
def test_odd_inputs_are_refused(wrong: dict[str, str]) -> None:
    """Only what Buildhub sends fits."""
    with pytest.raises(ConfigError, match="RegEx"):
        pipeline("trigger", "main", inputs=wrong)


@pytest.fixture(scope="module")
def config() -> CiConfig:
    """The file, read."""
    return read_config(TEXT)


@pytest.mark.parametrize("tier", ["staging", "live"])
def test_builds_by_hand_and_by_request_are_one_thing(config: CiConfig, tier: str) -> None:
    """Same script, same line to wait in, same cache of its branch; a nightly build pulls everything."""
    by_hand, by_request = config.jobs[f"deploy_site_{tier}"], config.jobs[f"build_site_{tier}"]
    assert by_hand.script == by_request.script
    assert by_hand.resource_group == by_request.resource_group == f"site-{tier}"
    assert by_request.environment is not None and by_request.environment["name"] == tier
    assert [cache.key for cache in by_request.caches] == ["astro-$CI_COMMIT_REF_SLUG"]
    assert not any("node_modules" in path for cache in by_request.caches for path in cache.paths)
    branch = {"staging": "develop", "live": "main"}[tier]
    [nightly] = pipeline("schedule", branch).jobs
    [asked] = pipeline("trigger", branch, ID).jobs
    assert resolved(nightly.variables)["CONTENT_FULL"] == "1"
    assert "CONTENT_FULL" not in resolved(asked.variables)


def test_an_unpressed_button_blocks_nothing() -> None:
    """The pipeline of a push ends green without the manual job."""
    manual = [one for one in pipeline("push", "main").jobs if one.when == "manual"]
    assert [one.allow_failure for one in manual] == [True]


def test_the_modules_of_the_image_are_those_of_the_lock_file() -> None:
    """The Dockerfile puts them where the job looks, and brings the publisher's interpreter."""
    dockerfile = (SITE / "Dockerfile").read_text(encoding="utf-8")
    assert "SITE_MODULES=/opt/site/node_modules" in dockerfile
    assert "WORKDIR /opt/site\nCOPY package.json package-lock.json ./\nRUN npm ci" in dockerfile
    assert "PATH=/opt/publisher/bin:$PATH" in dockerfile
