"""Each thing that people get wrong is named: the right step, in the right state, with what to do."""

from __future__ import annotations

import pytest

from tests.doctor.mishaps import MISHAPS
from tests.doctor.told import check_words
from tests.doctor.world import World, findings


@pytest.mark.parametrize("name", MISHAPS)
def test_what_is_wrong_is_named_and_nothing_else_is(world: World, name: str) -> None:
    """Key, state, words of the sentence and of the next step; and no other trouble but what follows from it."""
    one = MISHAPS[name]
    one.change(world)
    troubles = [finding for finding in findings(world.look()) if finding.state != "ok"]
    assert [(finding.key, finding.state.value) for finding in troubles] == list(one.expected)
    first = troubles[0]
    said = " ".join((first.sentence, first.next_step, first.command))
    assert [word for word in one.words if word not in said] == []
    assert first.next_step.endswith(".") and first.sentence.endswith(".")
    assert first.docs.startswith("docs/setup-aws.md")
    for finding in troubles:
        check_words(finding)
