"""What the doctor finds by asking GitLab: all is well, and each thing that people get wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploys.models import EnvironmentKind, SendAs
from sandbox.gitlab import GitLabSandbox
from tests.doctor.gitlab_world import HERE, GitLabWorld
from tests.doctor.mishaps.connections import CONNECTIONS
from tests.doctor.told import check_words

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitLabSandbox]:
    """One stand-in for all of them."""
    with GitLabSandbox(tmp_path_factory.mktemp("gitlab")) as server:
        yield server


@pytest.fixture
def world(sandbox: GitLabSandbox, tmp_path: Path, settings: Any) -> GitLabWorld:
    """A connection that is right in everything."""
    settings.PUBLIC_URL = HERE
    return GitLabWorld(sandbox, tmp_path)


def test_a_connection_that_is_right_is_called_so(world: GitLabWorld) -> None:
    """Each thing once, nothing wrong, and GitLab has no pipeline of it."""
    found = world.findings()
    assert {one.state for one in found} == {"ok"}
    keys = [one.key.removeprefix("gitlab.") for one in found]
    assert keys == ["address", "api_token", "project", "role", "trigger", "ref", "ci_file", "hook"]
    assert world.project.pipelines() == []


@pytest.mark.parametrize("name", CONNECTIONS)
def test_what_is_wrong_is_named(world: GitLabWorld, name: str) -> None:
    """The first trouble is the right one, in the right state, with what to do and where; nothing was started."""
    one = CONNECTIONS[name]
    one.change(world)
    troubles = [finding for finding in world.findings() if finding.state != "ok"]
    first = troubles[0]
    assert (first.key, first.state.value, first.is_needed) == (one.key, one.state, one.is_needed)
    said = " ".join((first.sentence, first.next_step))
    assert [word for word in one.words if word not in said] == []
    assert first.next_step.endswith(".") and first.sentence.endswith(".")
    assert first.docs == "docs/setup-gitlab.md"
    for finding in troubles:
        check_words(finding)
    secrets = {world.row.trigger_token, world.row.api_token, world.row.hook_token} - {""}
    assert not [secret for secret in secrets for finding in troubles if secret in finding.sentence + finding.next_step]
    assert world.project.pipelines() == []


def test_inputs_go_where_variables_may_not(world: GitLabWorld) -> None:
    """The check asks as builds of the environment do."""
    world.project.settings.pipeline_variables_minimum_override_role = "no_one_allowed"
    world.environment.send_as = SendAs.INPUTS
    states = {one.key: one.state.value for one in world.findings()}
    assert states["gitlab.trigger"] == "ok"


def test_a_tag_and_an_owner_of_their_own_protection_are_fine(world: GitLabWorld) -> None:
    """The branch is protected, and the trigger's owner is a maintainer."""
    world.project.settings.protected_refs = {"main": "maintainer"}
    states = {one.key: one.state.value for one in world.findings()}
    assert states["gitlab.protected"] == "ok"
    world.project.tags.add("main")
    assert {one.key: one.state.value for one in world.findings()}["gitlab.ref"] == "ok"


def test_of_several_trigger_tokens_that_look_alike_nothing_is_guessed(world: GitLabWorld) -> None:
    """GitLab shows others' tokens by their beginning; when their owners' roles differ, nobody can tell."""
    world.project.add_trigger_token("glptt-another", role="developer")
    world.project.settings.protected_refs = {"main": "maintainer"}
    found = {one.key: one for one in world.findings()}["gitlab.protected"]
    assert (found.state, found.is_needed) == ("unknown", False)


def test_without_an_address_of_our_own_the_webhook_cannot_be_compared(world: GitLabWorld, settings: Any) -> None:
    """It says which setting is missing."""
    settings.PUBLIC_URL = ""
    found = {one.key: one for one in world.findings()}["gitlab.hook"]
    assert (found.state, "PUBLIC_URL" in found.next_step) == ("unknown", True)


def test_previews_have_their_ci_file_checked_elsewhere(world: GitLabWorld) -> None:
    """Branch and token are looked at all the same."""
    world.environment.kind = EnvironmentKind.PREVIEW
    keys = {one.key for one in world.findings()}
    assert "gitlab.ref" in keys and "gitlab.ci_file" not in keys
