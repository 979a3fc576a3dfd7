"""Which jobs a pipeline gets."""

from pathlib import Path

import pytest

from sandbox.gitlab.config import ConfigError, read_config
from sandbox.gitlab.rules import Selection, file_finder, select
from sandbox.gitlab.variables import layer, resolved

NO_FILES = Path(__file__).parent / "nothing"


def selection(ci: str, *, files: Path = NO_FILES, **variables: str) -> Selection:
    given = {"CI_PIPELINE_SOURCE": "trigger", "CI_COMMIT_BRANCH": "main"} | variables
    return select(read_config(ci), predefined=layer(given), given={}, exists=file_finder(files))


def names(ci: str, **variables: str) -> list[str]:
    return [one.config.name for one in selection(ci, files=NO_FILES, **variables).jobs]


TWO_KINDS = """
workflow:
  name: 'build $REQUEST ($CI_COMMIT_BRANCH)'
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
      when: never
    - if: $CI_PIPELINE_SOURCE =~ /^(trigger|api)$/ && $CI_COMMIT_BRANCH =~ /^(develop|main)$/
      variables: {KIND: content}
      auto_cancel: {on_new_commit: none}
    - if: $CI_PIPELINE_SOURCE == "push"
      variables: {KIND: code}
push_image:
  script: [docker build .]
  rules:
    - if: $CI_PIPELINE_SOURCE == "push"
site:
  script: [make site]
  rules:
    - if: $KIND == "content" && $CI_COMMIT_BRANCH == "main"
"""


@pytest.mark.parametrize(
    ("source", "branch", "expected"),
    [
        ("trigger", "main", ["site"]),
        ("api", "main", ["site"]),
        ("push", "main", ["push_image"]),
        ("push", "feature", ["push_image"]),
        ("trigger", "develop", []),
        ("merge_request_event", "main", []),
    ],
)
def test_source_and_branch_decide(source: str, branch: str, expected: list[str]) -> None:
    """The same file gives code pipelines for pushes and content pipelines for triggers."""
    assert names(TWO_KINDS, CI_PIPELINE_SOURCE=source, CI_COMMIT_BRANCH=branch) == expected


def test_a_workflow_without_a_fitting_rule_wants_no_pipeline() -> None:
    """Filtered by the workflow is not the same as no jobs left."""
    assert selection(TWO_KINDS, CI_PIPELINE_SOURCE="schedule").filtered
    assert not selection(TWO_KINDS, CI_COMMIT_BRANCH="develop").filtered


def test_the_workflow_names_the_pipeline_and_sets_auto_cancel() -> None:
    """Variables in the name are expanded; the rule's auto_cancel wins."""
    chosen = selection(TWO_KINDS, REQUEST="b17")
    assert (chosen.name, chosen.auto_cancel) == ("build b17 (main)", "none")


@pytest.mark.parametrize(
    ("job", "when", "allow_failure"),
    [
        ("script: [x]", "on_success", False),
        ("script: [x]\n  when: manual", "manual", True),
        ("script: [x]\n  when: manual\n  allow_failure: false", "manual", False),
        ("script: [x]\n  rules: [{when: manual}]", "manual", False),
        ("script: [x]\n  rules: [{when: manual, allow_failure: true}]", "manual", True),
        ("script: [x]\n  rules: [{if: $NO}, {when: always}]", "always", False),
        ("script: [x]\n  rules: [{allow_failure: true}]", "on_success", True),
        ("script: [x]\n  when: on_failure\n  rules: [{if: $CI_COMMIT_BRANCH}]", "on_failure", False),
    ],
)
def test_a_rule_settles_when_and_allow_failure(job: str, when: str, allow_failure: bool) -> None:
    """A manual job blocks only if its own words or its rules say so."""
    (chosen,) = selection(f"job:\n  {job}\n").jobs
    assert (chosen.when, chosen.allow_failure) == (when, allow_failure)


def test_never_and_no_match_leave_a_job_out() -> None:
    """The first rule that fits decides."""
    ci = """
    out: {script: [x], rules: [{if: $CI_COMMIT_BRANCH, when: never}, {when: always}]}
    unmatched: {script: [x], rules: [{if: $NO}]}
    kept: {script: [x]}
    """
    assert names(ci) == ["kept"]


def test_jobs_without_rules_stay_out_of_merge_request_pipelines() -> None:
    """Without rules a job is for branches and tags."""
    ci = "plain: {script: [x]}\nruled: {script: [x], rules: [{when: always}]}"
    assert names(ci, CI_PIPELINE_SOURCE="merge_request_event") == ["ruled"]


def test_exists_looks_for_files(tmp_path: Path) -> None:
    """Glob patterns match paths below the repository."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").touch()
    ci = """
    any: {script: [x], rules: [{exists: ["**/*.md"]}]}
    direct: {script: [x], rules: [{exists: [docs/a.md]}]}
    none: {script: [x], rules: [{exists: ["*.html"]}]}
    """
    assert [one.config.name for one in selection(ci, files=tmp_path).jobs] == ["any", "direct"]


def test_changes_count_as_true_for_a_pipeline_without_a_push() -> None:
    """GitLab knows no changes for triggered pipelines, so the rule fits."""
    assert names("job: {script: [x], rules: [{changes: [nothing/*]}]}") == ["job"]


def test_variables_of_rules_win_over_the_jobs_and_the_global_ones() -> None:
    """Global, then workflow, then job, then rule."""
    ci = """
    variables: {A: global, B: global, C: global, D: global}
    workflow: {rules: [{variables: {B: workflow, C: workflow, D: workflow}}]}
    job:
      script: [x]
      variables: {C: job, D: job}
      rules: [{variables: {D: rule}}]
    """
    (chosen,) = selection(ci).jobs
    assert resolved(chosen.variables) == {"A": "global", "B": "workflow", "C": "job", "D": "rule"}


def test_a_forged_variable_wins_over_everything_in_the_file() -> None:
    """Pipeline variables outrank the file: rules must not trust what a caller can set."""
    chosen = select(
        read_config(TWO_KINDS),
        predefined=layer({"CI_PIPELINE_SOURCE": "trigger", "CI_COMMIT_BRANCH": "main"}),
        given=layer({"KIND": "code"}),
        exists=file_finder(NO_FILES),
    )
    assert chosen.jobs == []


def test_a_need_that_the_rules_left_out_is_an_error() -> None:
    """Unless it is optional."""
    ci = """
    first: {script: [x], rules: [{if: $NO}]}
    second: {script: [x], needs: [first]}
    """
    with pytest.raises(ConfigError, match="'second' job needs 'first' job, but 'first' does not exist"):
        selection(ci)
    assert names(ci.replace("[first]", "[{job: first, optional: true}]")) == ["second"]


def test_variables_refer_to_each_other() -> None:
    """Nested names are expanded, doubled dollars are one, circles stay as they are."""
    ci = """
    variables: {HOST: 'cdn.$DOMAIN', DOMAIN: example.org, URL: 'https://${HOST}/', PRICE: '$$5', ME: 'x$ME'}
    job: {script: [x]}
    """
    values = resolved(selection(ci).jobs[0].variables)
    assert (values["URL"], values["PRICE"], values["ME"]) == ("https://cdn.example.org/", "$5", "x$ME")
