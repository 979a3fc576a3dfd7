"""A project's own CI file beside what Buildhub needs."""

from __future__ import annotations

import pytest

from deploys.builds.ci.checking import check
from deploys.builds.ci.filling import EXAMPLE
from deploys.builds.ci.reading import Unreadable
from deploys.models import Environment, SendAs
from tests import scenes
from tests.preview_scenes import make_preview_place

pytestmark = pytest.mark.django_db

GOOD = """
workflow:
  name: Buildhub $BUILDHUB_BUILD
  rules:
    - if: $CI_PIPELINE_SOURCE == "trigger"
      auto_cancel: {on_new_commit: none}
publish:
  resource_group: site
  script:
    - make site
    - python -m publisher publish dist s3://museum --distribution E123 --release "$BUILDHUB_BUILD"
      --marker buildhub.json --address https://museum.example ${BUILDHUB_ANYWAY:+--anyway}
"""


@pytest.fixture
def environment() -> Environment:
    """It publishes by releases, with a marker, behind a distribution."""
    return scenes.make_environment(
        target="s3://museum",
        distribution="E123",
        url="https://museum.example/",
        marker_url="https://museum.example/buildhub.json",
    )


def words(text: str, environment: Environment, *, needed: bool | None = None) -> str:
    """All findings in one text."""
    found = check(text, environment)
    return "\n".join(one.words for one in found if needed is None or one.is_needed is needed)


def test_a_file_with_all_of_it_has_nothing_to_change(environment: Environment) -> None:
    """As the README shows it."""
    assert words(GOOD, environment) == ""


def test_the_shipped_file_passes(environment: Environment) -> None:
    """Its name stands behind a variable, its script behind references, its rules in each job."""
    assert words(EXAMPLE.read_text(encoding="utf-8"), environment) == ""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  name: Buildhub $BUILDHUB_BUILD\n", "", "Name the pipelines of Buildhub"),
        ("Buildhub $BUILDHUB_BUILD", "Site $BUILDHUB_BUILD", "now it is `Site $BUILDHUB_BUILD`"),
        ('"trigger"', '"push"', "start nothing for a request of Buildhub on main"),
        ("- if: $CI_PIPELINE", "- {if: $CI_PIPELINE_TRIGGERED, when: never}\n    - if: $CI_PIPELINE", "turns it away"),
        ("- if: $CI_PIPELINE", "- {if: $CI_OPEN_MERGE_REQUESTS, when: never}\n    - if: $CI_PIPELINE", "merge request"),
        ('--release "$BUILDHUB_BUILD"', "--release x", "by this id its report is found"),
        ("--release", "--verify --releases", "by this id its report is found"),
        ("--marker buildhub.json", "--marker build.json", "`--marker buildhub.json`"),
        ("--distribution E123", "", "visitors get old pages from E123"),
        ("python -m publisher publish dist", "aws s3 sync dist", "Buildhub will wait for a report"),
        ("publish:\n", 'publish:\n  rules: [{if: $CI_PIPELINE_SOURCE == "push"}]\n', "No job runs for a request"),
        ("publish:\n", "publish:\n  when: manual\n", "No job runs for a request"),
    ],
)
def test_what_is_missing_is_said(environment: Environment, old: str, new: str, said: str) -> None:
    """One thing at a time."""
    assert old in GOOD
    assert said in words(GOOD.replace(old, new, 1), environment, needed=True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("${BUILDHUB_ANYWAY:+--anyway}", "", "Publish anyway"),
        ("--address https://museum.example", "", "promotion"),
        ("  resource_group: site\n", "", "wait for each other"),
        (
            "      auto_cancel: {on_new_commit: none}\npublish:\n",
            "publish:\n  interruptible: true\n",
            "a push cancels it",
        ),
        ("workflow:\n", "include: [a.yml]\nworkflow:\n", "includes others"),
    ],
)
def test_what_would_be_better_is_told_apart(environment: Environment, old: str, new: str, said: str) -> None:
    """Builds work without it."""
    text = GOOD.replace(old, new, 1)
    assert said in words(text, environment, needed=False)
    assert words(text, environment, needed=True) == ""


@pytest.mark.parametrize(
    "rule",
    [
        "$CI_PIPELINE_SOURCE =~ /^(trigger|api)$/ && $BUILDHUB_BUILD && $CI_COMMIT_BRANCH =~ /^(develop|main)$/",
        '$CI_PIPELINE_SOURCE == "push" || ($CI_COMMIT_BRANCH == "main" && $CI_PIPELINE_TRIGGERED)',
        '$CI_PIPELINE_SOURCE != "push" && $CI_COMMIT_TAG == null',
        "$CI_COMMIT_BRANCH",
        '$SOMETHING_OF_THE_PROJECT == "yes"',
    ],
)
def test_rules_that_let_a_request_in(environment: Environment, rule: str) -> None:
    """Known variables count; one that only the project knows gets the benefit of the doubt."""
    assert words(GOOD.replace('$CI_PIPELINE_SOURCE == "trigger"', rule), environment) == ""


@pytest.mark.parametrize(
    "rule",
    [
        '$CI_PIPELINE_SOURCE == "trigger" && $CI_COMMIT_BRANCH == "develop"',
        "$CI_PIPELINE_SOURCE =~ /^(push|api)$/ || $CI_COMMIT_TAG",
        '$SOMETHING_OF_THE_PROJECT == "yes" && $CI_PIPELINE_SOURCE == "web"',
        "($CI_MERGE_REQUEST_IID)",
    ],
)
def test_rules_that_turn_a_request_away(environment: Environment, rule: str) -> None:
    """The same variables, the other way."""
    assert "start nothing" in words(GOOD.replace('$CI_PIPELINE_SOURCE == "trigger"', rule), environment)


def test_inputs_must_be_declared_with_defaults(environment: Environment) -> None:
    """Only where Buildhub sends inputs; pushes send none."""
    environment.send_as = SendAs.INPUTS
    header = "spec:\n  inputs:\n    buildhub_build: {default: ''}\n    buildhub_environment:\n---\n"
    said = words(header + GOOD, environment)
    assert "Give the input `buildhub_environment` a default" in said
    assert "declare `buildhub_anyway`" in said and "buildhub_build`" not in said


def test_a_pipeline_without_our_publisher_needs_none(environment: Environment) -> None:
    """`aws s3 sync` stays supported: without a target nothing is said of it."""
    environment.target = ""
    assert words(GOOD.replace("python -m publisher publish dist", "aws s3 sync dist"), environment) == ""


@pytest.mark.parametrize("text", ["a: [", "just text", "", "- a list"])
def test_what_is_no_ci_file(environment: Environment, text: str) -> None:
    """It is said so."""
    with pytest.raises(Unreadable):
        check(text, environment)


def test_references_in_circles_end(environment: Environment) -> None:
    """A file that GitLab refuses does not keep us busy."""
    text = ".a: {extends: .b, script: [!reference [.a, script]]}\n.b: {extends: .a}\nc: {extends: .a}\n"
    assert "No job" in words(text, environment)


PREVIEWS = """
workflow:
  name: Buildhub $BUILDHUB_BUILD
previews:
  variables: {FOLDER: s3://museum/previews/$BUILDHUB_PREVIEW, SITE_BASE: /previews/$BUILDHUB_PREVIEW/}
  script:
    - export CONTENT_SCOPE=preview AWS_ROLE_ARN=$AWS_PREVIEW_ROLE_ARN
    - python -m publisher publish dist "$FOLDER" --release "$BUILDHUB_BUILD" --marker buildhub.json
      --address "https://museum.example/previews/$BUILDHUB_PREVIEW"
"""


@pytest.fixture
def place() -> Environment:
    """Where previews are made, below a path."""
    return make_preview_place(scenes.make_site(), ref="main", target="s3://museum/previews")


def test_a_file_with_all_that_previews_need(place: Environment) -> None:
    """Folder and base by the label, drafts, a role of their own."""
    assert words(PREVIEWS, place) == ""
    assert words(PREVIEWS.replace('"$FOLDER"', "/srv${BUILDHUB_PREVIEW:+/$BUILDHUB_PREVIEW}"), place) == ""


@pytest.mark.parametrize(
    ("old", "new", "needed", "said"),
    [
        ("s3://museum/previews/$BUILDHUB_PREVIEW", "s3://museum/previews", True, "the newest would replace the others"),
        ("--marker buildhub.json", "", True, "`--marker buildhub.json`"),
        ("--release", "--releases", True, "its report is found"),
        ("CONTENT_SCOPE=preview", "", False, "nothing asks for drafts"),
        ("$AWS_PREVIEW_ROLE_ARN", "$AWS_ROLE_ARN", False, "a role that can write previews alone"),
        ("SITE_BASE: /previews/$BUILDHUB_PREVIEW/", "SITE_BASE: /", False, "links lead out of them"),
        ("  script:", "  rules: [{if: $BUILDHUB_PREVIEW == ''}]\n  script:", True, "No job runs for a request"),
    ],
)
def test_what_previews_lack_is_said(place: Environment, old: str, new: str, needed: bool, said: str) -> None:
    """One thing at a time."""
    assert old in PREVIEWS
    assert said in words(PREVIEWS.replace(old, new, 1), place, needed=needed)


def test_inputs_of_previews(place: Environment) -> None:
    """One more than others have."""
    place.send_as = SendAs.INPUTS
    assert "declare `buildhub_preview`" in words(PREVIEWS, place, needed=True)


def test_drafts_for_visitors_are_a_finding(environment: Environment) -> None:
    """By variable or command; not when the script says otherwise last."""
    asks = GOOD.replace("    - make site", "    - CONTENT_SCOPE=preview make site")
    assert "everybody would see them" in words(asks, environment, needed=True)
    assert "everybody" not in words(asks.replace("- CONTENT_SCOPE=preview", "- CONTENT_SCOPE=live"), environment)
