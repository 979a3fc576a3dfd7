"""Caches between jobs, and keywords that are read but have no effect here."""

from __future__ import annotations

import pytest

from sandbox.gitlab.config import ConfigError, read_config
from tests.sandbox.gitlab.conftest import Place

COUNTING = """
variables: {KIND: site}
count:
  cache: {key: $KIND-$CI_COMMIT_REF_SLUG, paths: [.cache/], POLICY}
  script:
    - mkdir -p .cache
    - echo run >> .cache/runs
    - echo "this is run $(grep -c run .cache/runs)"
    - test -z "$FAIL"
"""


def run(place: Place, **variables: str) -> str:
    """Run the job to its end and give its log."""
    number = place.start(**variables)
    place.wait(number)
    return place.trace(place.jobs(number)["count"]["id"])


def test_a_cache_outlives_its_job(place: Place) -> None:
    """The second run finds what the first left, and the log says so; another key has a cache of its own."""
    place.add(COUNTING.replace("POLICY", "when: on_success"))
    first, second, other = run(place), run(place), run(place, KIND="images")
    assert "Cache file does not exist" in first and "this is run 1" in first
    assert "Successfully extracted cache" in second and "this is run 2" in second
    assert "Checking cache for site-main..." in second
    assert "this is run 1" in other


@pytest.mark.parametrize(
    ("policy", "runs_that_fail", "expected"),
    [("policy: pull", False, 1), ("policy: push", False, 1), ("when: on_success", True, 1), ("when: always", True, 2)],
)
def test_when_a_cache_is_kept_and_used(place: Place, policy: str, runs_that_fail: bool, expected: int) -> None:
    """`policy` leaves out one half; `when` says after which end it is kept."""
    place.add(COUNTING.replace("POLICY", policy))
    run(place, **({"FAIL": "1"} if runs_that_fail else {}))
    assert f"this is run {expected}" in run(place)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("cache: {pathz: [a]}", "jobs:a:cache config contains unknown keys: pathz"),
        ("cache: {paths: [a], policy: never}", "jobs:a:cache policy should be one of: pull-push, pull, push"),
        ("cache: {paths: [a], when: later}", "jobs:a:cache when should be one of: on_success"),
        ("cache: {key: {files: [lock]}, paths: [a]}", "key of files is not supported by this sandbox"),
        ("cache: [{untracked: true}]", "jobs:a:cache untracked is not supported by this sandbox"),
        ("id_tokens: {TOKEN: {}}", "jobs:a:id_tokens:TOKEN config missing required keys: aud"),
        ("id_tokens: {TOKEN: {audience: x}}", "jobs:a:id_tokens:TOKEN config contains unknown keys: audience"),
    ],
)
def test_what_it_cannot_do_is_refused(written: str, problem: str) -> None:
    """A file that says more than the stand-in does is not run as if it did."""
    with pytest.raises(ConfigError) as caught:
        read_config(f"a:\n  script: [x]\n  {written}")
    assert problem in str(caught.value)


def test_images_services_and_tokens_are_read_over(place: Place) -> None:
    """The job runs as a process of this machine, and no token is handed out."""
    place.add("""
    count:
      image: node:24
      services: [docker:dind]
      id_tokens: {AWS_ID_TOKEN: {aud: [$CI_SERVER_URL]}}
      script: ['echo "token: [$AWS_ID_TOKEN]"']
    """)
    assert "token: []" in run(place)
