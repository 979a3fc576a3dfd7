"""Whether a pipeline of GitLab's own publishes: what has begun, what begins by itself, and what stays in doubt."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from deploys.builds.ci.publishing import BEGUN, Evidence
from deploys.builds.ci.reading import read
from deploys.gitlab.types import Job, Pipeline

PUBLISH = "python -m publisher publish dist s3://bucket"
PLAIN = f"container: {{script: [make]}}\nsite: {{script: [{PUBLISH}]}}\n"


def publishes(
    text: str | None = PLAIN, status: str = "created", *, own: tuple[str, ...] = (), source: str = "push", **facts: Any
) -> bool:
    """Judge a pipeline of both jobs, `site` in this status."""
    jobs = [Job(id=1, name="container", status="success"), Job(id=2, name="site", status=status, **facts)]
    pipeline = Pipeline(id=1, status="running", source=source, ref="main")
    file = None if text is None else read(text)
    return Evidence(pipeline=pipeline, jobs=jobs, own=frozenset(own), file=file).publishes


@pytest.mark.parametrize("status", sorted(BEGUN))
def test_a_job_with_our_publisher_that_has_begun_publishes(status: str) -> None:
    """However it ended, and whatever lets it begin."""
    assert publishes(PLAIN.replace("s3://bucket]", "s3://bucket], when: manual"), status)


@pytest.mark.parametrize("status", ["manual", "scheduled", "teleporting"])
def test_one_that_waits_for_a_person_does_not(status: str) -> None:
    """Perhaps nobody ever presses."""
    assert not publishes(status=status)


@pytest.mark.parametrize("status", ["created", "skipped"])
def test_one_that_begins_by_itself_counts_before_it_does(status: str) -> None:
    """Also where a job before it failed."""
    assert publishes(status=status)


def test_one_that_was_stopped_counts_if_it_had_begun() -> None:
    """Else nothing was published."""
    assert not publishes(status="canceled")
    assert publishes(status="canceled", started_at=datetime(2026, 5, 4, tzinfo=UTC))


@pytest.mark.parametrize(
    ("more", "source", "expected"),
    [
        ("when: manual", "push", False),
        ("when: delayed", "push", False),
        ("when: always", "push", True),
        ("rules: [{if: $CI_PIPELINE_SOURCE == 'schedule'}]", "schedule", True),
        ("rules: [{if: $CI_PIPELINE_SOURCE == 'schedule'}, {when: manual}]", "push", False),
        ("rules: [{if: $CI_COMMIT_BRANCH == 'main', when: on_success}]", "push", True),
        ("rules: [{if: $SOMETHING_ELSE == 'yes'}, {when: manual}]", "push", False),
        ("rules: [{changes: [a]}]", "push", True),
    ],
)
def test_the_rules_of_the_file_tell(more: str, source: str, expected: bool) -> None:
    """A rule on what is not known here leaves it in doubt: no publish."""
    assert publishes(PLAIN.replace("s3://bucket]", f"s3://bucket], {more}"), source=source) is expected


def test_a_file_that_includes_others_is_in_doubt_until_the_job_begins() -> None:
    """What they say of the job is not known."""
    text = f"include: [{{local: other.yml}}]\n{PLAIN}"
    assert not publishes(text)
    assert publishes(text, "running")


def test_without_a_file_the_jobs_of_our_own_builds_tell() -> None:
    """All of them, and begun."""
    assert not publishes(None, "running")
    assert publishes(None, "running", own=("site",))
    assert publishes(None, "running", own=("site", "container"))
    assert not publishes(None, "running", own=("site", "other"))
    assert not publishes(None, "created", own=("site",))
