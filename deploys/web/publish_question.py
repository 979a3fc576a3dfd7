"""The question before a publish where it matters what goes live: removals, and whose changes they are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.builds import asking, line, rights
from deploys.content.changes import Change, ChangeKind, fingerprint
from deploys.content.comparison import Comparison
from deploys.content.outlook import Item
from deploys.models import Environment, User
from deploys.web import buttons, change_words, paused_cards
from deploys.web.bring_back import GOES_LIVE, SHOWN, Content, Question, Row
from deploys.web.card_model import Card, ask_words, join, say
from deploys.web.entry_page import entry_url
from deploys.web.facts import Facts
from deploys.web.permissions import Visit


def put_before(card: Card, facts: Facts) -> Card:
    """Let the card's buttons that publish lead to the question, where the person has to read it first."""
    press = reverse("request-build", args=_place(facts.environment))
    if not any(button.url == press and not button.off for button in card.buttons):
        return card
    if not asking.must_ask(facts.environment, facts.user, facts.ahead):
        return card
    url = address(facts.environment)
    led = [
        replace(button, url=url, posts=False, opens_dialog=True) if button.url == press and not button.off else button
        for button in card.buttons
    ]
    return replace(card, buttons=led)


def address(environment: Environment) -> str:
    """Where the question is."""
    return reverse("ask-publish", args=_place(environment))


def question_of(visit: Visit, environment: Environment, moment: datetime) -> Question:
    """Put together what a person reads before their press."""
    found = asking.changes_ahead(environment, moment)
    changes = found.changes if found and found.is_possible else []
    off = _why_not(visit, environment)
    label = change_words.publish_label(len(changes)) if changes else _("Publish the latest content")
    newest = environment.builds.order_by("-number").values_list("number", flat=True).first()
    return Question(
        title=_("{what}?").format(what=label),
        plain_title=label,
        effect=_effect(environment, changes),
        content=Content() if off else _content(environment, found),
        pages=None,
        facts=[] if off else _facts(visit.user, environment, changes, moment),
        button=buttons.Button(
            id="do-publish-now",
            label=label,
            url=reverse("request-build", args=_place(environment)),
            tone="primary",
            busy=_("Starting"),
            off=off,
        ),
        leave=_("Not yet"),
        asks_why=False,
        hidden={"asked": 1, "shown": fingerprint(changes), "seen_number": newest or 0},
    )


def changed_words(environment: Environment, shown: str, moment: datetime) -> str:
    """What to say when other changes go live than the person had read; empty when it is as they read it."""
    found = asking.changes_ahead(environment, moment)
    changes = found.changes if found and found.is_possible else []
    if not (shown and changes) or shown == fingerprint(changes):
        return ""
    text = ngettext(
        "More was saved while you were reading: {count} change goes live now. It is listed below.",
        "More was saved while you were reading: {count} changes go live now. They are listed below.",
        len(changes),
    )
    return text.format(count=len(changes))


def _place(environment: Environment) -> list[str]:
    return [environment.site.slug, environment.slug]


def _why_not(visit: Visit, environment: Environment) -> str:
    if environment.missing_settings():
        return _("Publishing is not set up here, so nothing can be started.")
    if not rights.may_publish(visit.role, environment):
        return ask_words([person.name for person in rights.who_may_publish(environment)])
    return ""


def _effect(environment: Environment, changes: list[Change]) -> SafeString:
    removed = sum(change.kind == ChangeKind.REMOVED for change in changes)
    first = say(_("Visitors of {place} see this as soon as the site is built."), place=environment.name)
    gone = ngettext("{count} entry goes offline.", "{count} entries go offline.", removed)
    return join(first, gone.format(count=removed) if removed else "")


def _content(environment: Environment, found: Comparison | None) -> Content:
    """Every change with what becomes of it, removals first; where there are many, the Changes page lists the rest."""
    if found is None:
        return Content(words=_("Nothing has been published yet, so everything goes live."))
    if not found.is_possible:
        return Content(words=_("What goes live is not known: it cannot be compared with what visitors see."))
    if not found.changes:
        return Content(words=_("No change was found; the site is built again."))
    left = len(found.changes) - SHOWN
    more = ngettext("and {count} more", "and {count} more", left).format(count=left)
    order = [ChangeKind.REMOVED, ChangeKind.NEW, ChangeKind.EDITED]
    first = sorted(found.changes, key=lambda change: order.index(change.kind))[:SHOWN]
    return Content(
        title=change_words.counts_words(found.counts),
        rows=[_row(environment, change) for change in first],
        more=more if left > 0 else _("Compare word by word"),
        more_url=reverse("changes", args=_place(environment)),
    )


def _row(environment: Environment, change: Change) -> Row:
    item = Item.of(change)
    _word, icon, tone = change_words.KINDS[change.kind]
    parts = [str(GOES_LIVE[change.kind]), change_words.section_words(item.section), item.who]
    url = entry_url(change.version, environment.site.slug)
    return Row(title=item.title, url=url, icon=icon, tone=tone, meta=" · ".join(filter(None, parts)))


def _facts(user: User, environment: Environment, changes: list[Change], moment: datetime) -> list[str]:
    found = [_whose(user, changes)]
    if active := line.under_way_at(environment, moment):
        found.append(_("Build {number} is on its way. Yours goes live after it.").format(number=active.number))
    freeze = environment.freeze
    if freeze and freeze.is_in_force(moment):
        found.append(paused_cards.note(freeze, moment))
    if environment.four_eyes:
        found.append(_("A second person has to approve it before it goes live."))
    elif not (active or freeze):
        found.append(_("It starts at once. You can stop it until it goes live."))
    return [fact for fact in found if fact]


def _whose(user: User, changes: list[Change]) -> str:
    """Whose changes they are, with how many; empty where the CMS names nobody."""
    counts = Counter(Item.of(change).who for change in changes)
    nameless = counts.pop("", 0)
    if not counts:
        return ""
    theirs = asking.others(user, counts)
    mine = sum(count for name, count in counts.items() if name not in theirs)
    parts = [_("you ({count})").format(count=mine)] if mine else []
    parts += [f"{name} ({counts[name]})" for name in sorted(theirs, key=lambda name: (-counts[name], name))]
    parts += [_("not known ({count})").format(count=nameless)] if nameless else []
    return _("Whose changes: {names}.").format(names=", ".join(parts))
