"""Whether a press is answered with a question first."""

from __future__ import annotations

import pytest

from deploys.builds import asking
from deploys.content.outlook import Summary
from deploys.models import AskFirst, Environment, EnvironmentKind, User

MEI = User(username="mei", first_name="Mei", last_name="Okafor", email="mei@museum.example")


def ahead(*people: str, **counts: int) -> Summary:
    """So many changes of each kind, by these people."""
    return Summary(
        counts=counts, newest=(), due_at=None, next_title="", next_at=None, drafts=0, people=frozenset(people)
    )


@pytest.mark.parametrize(
    ("what", "is_asked"),
    [
        (ahead("Mei Okafor", edited=3), False),
        (ahead("MEI@museum.example", "mei", edited=3), False),
        (ahead("Mei Okafor", "Ana Ribeiro", edited=3), True),
        (ahead("Mei Okafor", edited=3, removed=1), True),
        (ahead(edited=3), False),
        (ahead(removed=1), True),
        (ahead(), False),
        (None, False),
    ],
)
def test_by_default_removals_and_changes_of_others_matter(what: Summary | None, is_asked: bool) -> None:
    """One's own edits go without a question, whatever the CMS calls the person; so does what nobody signed."""
    assert asking.must_ask(Environment(), MEI, what) is is_asked


@pytest.mark.parametrize("what", [None, ahead(), ahead("Ana", removed=2)])
def test_the_rule_can_be_always_or_never(what: Summary | None) -> None:
    """Whatever goes live."""
    assert asking.must_ask(Environment(ask_first=AskFirst.ALWAYS), MEI, what)
    assert not asking.must_ask(Environment(ask_first=AskFirst.NEVER), MEI, what)


def test_previews_are_made_without_a_question() -> None:
    """They replace nothing."""
    place = Environment(kind=EnvironmentKind.PREVIEW, ask_first=AskFirst.ALWAYS)
    assert not asking.must_ask(place, MEI, ahead("Ana", removed=2))
