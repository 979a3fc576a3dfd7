"""The publish card: one sentence, one button. `card_for` builds it from a few queries, in the states of the design."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from deploys.builds import line
from deploys.models import Build, Environment, Proof, Release, Role, User
from deploys.web import (
    open_cards,
    paused_cards,
    preview_panel,
    publish_question,
    resting_cards,
    scheduled_card,
    token_words,
    waiting_panel,
)
from deploys.web.card_model import IDLE_POLL, Card, ask_words, join
from deploys.web.facts import Facts, look

QUICK_POLL, CALM_POLL = 2, 5  # seconds between questions while something moves
_WITH_PREVIEW = {
    *("first_run", "ready", "changes_waiting", "scheduled", "up_to_date", "may_not_publish"),
    *("just_published", "published_unchecked", "stopped", "brought_back", "paused"),
}
QUICK_FOR = timedelta(minutes=2)


def card_for(
    environment: Environment,
    user: User,
    now: datetime,
    *,
    role: Role,
    notice: str = "",
    open_builds: list[Build] | None = None,
) -> Card:
    """Build the card of this environment for this person.

    `environment` comes with its site and project (see `visit_environment`); its version is never newer than what is
    read here. `notice` says why the last press did nothing; `open_builds` are what that press saw, if it did something.
    """
    facts = look(environment=environment, user=user, role=role, now=now, open_builds=open_builds)
    card = state_of(facts)
    if not facts.may_publish:
        card = without_right(card, facts)
    card = publish_question.put_before(card, facts)
    if card.state in _WITH_PREVIEW and (preview := preview_panel.button_of(environment, role)):
        card = replace(card, buttons=[*card.buttons, preview])
    if facts.pause and card.state not in paused_cards.STATES:
        card = replace(card, text=join(card.text, paused_cards.note(facts.pause, facts.now)))
    if facts.is_admin and not card.note:
        card = replace(card, note=token_words.for_admins(environment.gitlab_project, now))
    if pause := paused_cards.button_of(facts, card):
        card = replace(card, buttons=[*card.buttons, pause])
    return replace(
        card,
        notice=notice,
        seen_number=facts.newest_number,
        valid_until=_valid_until(facts, card),
        panel=waiting_panel.panel(facts, card),
        doubt=waiting_panel.doubt(facts, card),
        waiting=facts.waiting.total if facts.waiting else None,
        poll_seconds=_pace(facts),
        title=card.title or card.pill.word,
    )


def state_of(facts: Facts) -> Card:
    """The state and its words, before rights and what belongs to the page around it."""
    return open_cards.card(facts) if facts.build else scheduled_card.with_plans(resting_cards.card(facts), facts)


def _valid_until(facts: Facts, card: Card) -> datetime:
    """Until the words grow old, or an entry becomes visible or expires by itself."""
    due = [summary.due_at for summary in (facts.waiting, facts.saved_since) if summary and summary.due_at]
    due += [facts.pause.ends_at] if facts.pause else []
    return min(facts.now + card.holds_for, *due) if due else facts.now + card.holds_for


def _pace(facts: Facts) -> int:
    build = facts.build
    if facts.missing_parts:
        return CALM_POLL
    if build and line.grace_left(build, facts.now):
        return 1
    if build is None:
        release: Release | None = getattr(facts.last_succeeded, "release", None)
        is_quick = (release and release.proof == Proof.PENDING) or (facts.release and facts.content.is_awaited)
        return QUICK_POLL if is_quick else IDLE_POLL
    return QUICK_POLL if facts.now - build.requested_at < QUICK_FOR else CALM_POLL


def without_right(card: Card, facts: Facts) -> Card:
    """Show what only publishers may press, off, with the reason and the people who can."""
    if card.state == "up_to_date":
        return replace(card, buttons=[button for button in card.buttons if button.off or not button.publishes])
    reason = ask_words(facts.publishers)
    buttons = [replace(button, off=reason) if button.publishes else button for button in card.buttons]
    first_off = next((button for button in buttons if button.off == reason), None)
    kept = [button for button in buttons if not button.off or button is first_off]
    state = "may_not_publish" if first_off and not facts.build else card.state
    return replace(card, buttons=kept, state=state)
