"""Reading and refusing `.gitlab-ci.yml`."""

from typing import Any

import pytest

from sandbox.gitlab.config import ConfigError, read_config


@pytest.mark.parametrize(
    ("ci", "problem"),
    [
        ("deploy: {script: [x], foo: 1}", "jobs:deploy config contains unknown keys: foo"),
        ("deploy: {stage: test}", "jobs:deploy config should implement the script:, run:, or trigger: keyword"),
        ("deploy: {script: [x], stage: nowhere}", "chosen stage nowhere does not exist; available stages are"),
        ("deploy: {script: [x], needs: [build]}", "deploy job: undefined need: build"),
        ("deploy: {script: [x], dependencies: [build]}", "deploy job: undefined dependency: build"),
        ("deploy: {script: [x], when: soon}", "jobs:deploy when should be one of: on_success"),
        ("deploy: {script: [x], when: delayed}", "jobs:deploy start in should be a duration"),
        ("deploy: {script: [x], timeout: later}", "jobs:deploy timeout should be a duration"),
        ("deploy: {script: [{a: b}]}", "jobs:deploy:script config should be a string or a nested array"),
        ("deploy: {script: [x], allow_failure: maybe}", "jobs:deploy allow failure should be a boolean value"),
        ("deploy: {script: [x], retry: 5}", "jobs:deploy:retry config must be less than or equal to 2"),
        ("deploy: {script: [x], rules: [{if: '$A ='}]}", "jobs:deploy:rules:rule if invalid expression syntax"),
        ("deploy: {script: [x], rules: [{iff: $A}]}", "jobs:deploy:rules:rule config contains unknown keys: iff"),
        ("deploy: {script: [x], artifacts: {path: [a]}}", "jobs:deploy:artifacts config contains unknown keys: path"),
        ("deploy: {script: [x], extends: .gone}", "deploy: unknown keys in `extends` (.gone)"),
        (".a: {extends: .b}\n.b: {extends: .a}\nc: {script: [x], extends: .a}", "circular dependency detected"),
        ("deploy: {script: [!reference [.a, script]]}", '!reference [".a", "script"] could not be found'),
        (".a: {script: [x]}", "jobs config should contain at least one visible job"),
        ("deploy: just text", "root config contains unknown keys: deploy"),
        ("a: {script: [x], needs: [b]}\nb: {script: [x], needs: [a]}", "circular dependencies: a -> b -> a"),
        ("workflow: {nam: x}\na: {script: [x]}", "workflow config contains unknown keys: nam"),
        ("include: a.yml\na: {script: [x]}", "include is not supported by this sandbox"),
        ("a: {trigger: group/project}", "jobs:a trigger is not supported by this sandbox"),
        ("a: {script: [x], parallel: 2}", "jobs:a parallel is not supported by this sandbox"),
        ("a: {script: [x]", "(<unknown>): "),
        ("just text", "Invalid configuration format"),
        ("", "Invalid configuration format"),
        ("default: {script: [x]}\na: {script: [x]}", "default config contains unknown keys: script"),
    ],
)
def test_a_bad_file_is_refused_in_gitlabs_words(ci: str, problem: str) -> None:
    """The text says where and what, as it will stand in `yaml_errors`."""
    with pytest.raises(ConfigError) as caught:
        read_config(ci)
    assert problem in str(caught.value)


def test_extends_default_anchors_and_references_come_together() -> None:
    """Hashes merge at every depth, lists are replaced, references are spliced in."""
    config = read_config("""
    default: {before_script: [prepare], timeout: 5 minutes, retry: 1}
    .shared: &shared
      variables: {A: '1', B: '1'}
      script: [old]
    .steps: {script: [one, two]}
    .more: {extends: .shared, variables: {B: '2'}}
    job:
      extends: .more
      variables: {C: '3'}
      script:
        - !reference [.steps, script]
        - three
    bare:
      <<: *shared
      inherit: {default: false}
    """)
    job, bare = config.jobs["job"], config.jobs["bare"]
    assert job.script == ("one", "two", "three")
    assert {key: one.value for key, one in job.variables.items()} == {"A": "1", "B": "2", "C": "3"}
    assert (job.before_script, job.timeout, job.retries) == (("prepare",), 300.0, 1)
    assert (bare.script, bare.before_script, bare.timeout) == (("old",), (), 3600.0)


def test_references_work_in_rules() -> None:
    """A reference to a list of rules is spliced into the list."""
    config = read_config("""
    .main: {rules: [{if: $A}, {if: $B}]}
    job: {script: [x], rules: [!reference [.main, rules], {when: never}]}
    """)
    assert [rule.condition for rule in config.jobs["job"].rules or ()] == ["$A", "$B", None]


def test_hidden_jobs_and_keywords_are_no_jobs() -> None:
    """Only visible hashes become jobs, in their order."""
    config = read_config("stages: [a]\nz: {script: [x], stage: a}\n.h: {script: [x]}\nb: {script: [x], stage: a}")
    assert (list(config.jobs), config.stages) == (["z", "b"], (".pre", "a", ".post"))


INPUTS = """
spec:
  inputs:
    request: {regex: '^b[0-9]+$'}
    target: {default: staging, options: [staging, production]}
    workers: {type: number, default: 2}
    full: {type: boolean, default: false}
    pages: {type: array, default: []}
---
variables: {REQUEST: '$[[ inputs.request ]]', SHORT: '$[[ inputs.target | truncate(0,4) ]]'}
"site-$[[ inputs.target ]]":
  interruptible: $[[ inputs.full ]]
  script:
    - build --workers $[[ inputs.workers ]] --pages '$[[ inputs.pages ]]'
"""


def test_inputs_are_put_into_the_file() -> None:
    """Names, texts and typed values; form fields carry JSON text."""
    config = read_config(INPUTS, {"request": "b17", "workers": "4", "full": "true", "pages": '["a"]'})
    job = config.jobs["site-staging"]
    assert (config.variables["REQUEST"].value, config.variables["SHORT"].value) == ("b17", "stag")
    assert job.script == ("build --workers 4 --pages '[\"a\"]'",)
    assert job.interruptible is True


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        ({}, "`request` input: required value has not been provided"),
        ({"request": 17}, "`request` input: provided value is not a string"),
        ({"request": "17"}, "`request` input: provided value does not match required RegEx pattern"),
        ({"request": "b1", "target": "moon"}, "`target` input: `moon` cannot be used because it is not in"),
        ({"request": "b1", "workers": "many"}, "`workers` input: provided value is not a number"),
        ({"request": "b1", "full": 1}, "`full` input: provided value is not a boolean"),
        ({"request": "b1", "pages": "a"}, "`pages` input: provided value is not an array"),
        ({"request": "b1", "colour": "red"}, "unknown input arguments: colour"),
    ],
)
def test_inputs_are_checked(inputs: dict[str, Any], problem: str) -> None:
    """Missing, ill-typed, not allowed, not matching, undeclared."""
    with pytest.raises(ConfigError) as caught:
        read_config(INPUTS, inputs)
    assert problem in str(caught.value)


def test_an_unknown_input_in_the_body_is_refused() -> None:
    """Interpolation needs a declared name."""
    with pytest.raises(ConfigError, match="unknown interpolation key: `gone`"):
        read_config("spec: {inputs: {}}\n---\na: {script: ['$[[ inputs.gone ]]']}")
