"""The value that the publish card is drawn from, and how its sentences are put together."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.models import Build
from deploys.web.buttons import Button
from deploys.web.pills import Pill
from deploys.web.steps import Row

if TYPE_CHECKING:
    from deploys.web.scheduled_card import Undo
    from deploys.web.waiting_panel import Doubt, Panel

IDLE = timedelta(seconds=60)  # how long words hold that only rare things change
IDLE_POLL = 30  # seconds between questions while nothing runs
_OUTCOMES = {
    "just_published": "ok",
    "published_unchecked": "ok",
    "brought_back": "ok",
    "failed": "bad",
    "held_back": "bad",
}


@dataclass(frozen=True, kw_only=True)
class Card:
    """What the publish card shows. Words that hold times are safe HTML, made by `say`; the rest is text.

    `percent` is None for no bar, -1 for a bar without a number. `holds_for` is how long the words stay true
    when nothing happens. `said` and `announcement` are for screen readers: a name of the message, and its words.
    `waiting` is the number beside "Changes", None when it is not known. `late` says what should be live and is not,
    `undo` what was just taken back.
    """

    state: str
    pill: Pill
    headline: str
    text: str
    buttons: list[Button] = field(default_factory=list)
    note: str = ""
    edge: str = ""
    percent: int | None = None
    bar_label: str = ""
    steps: list[Row] = field(default_factory=list)
    build: Build | None = None
    title: str | Promise = ""
    favicon: str = "idle"
    announcement: str = ""
    is_alert: bool = False
    holds_for: timedelta = IDLE
    poll_seconds: int = IDLE_POLL
    can_notify: bool = False
    notice: str = ""
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    seen_number: int = 0
    valid_until: datetime | None = None
    panel: Panel | None = None
    doubt: Doubt | None = None
    waiting: int | None = None
    late: SafeString | None = None
    undo: Undo | None = None

    @property
    def said(self) -> str:
        """The name of what is announced: it changes with the state and the step, not with the percentage."""
        current = next((row.step.value for row in self.steps if row.is_current), "")
        return f"{self.state}-{self.build.pk if self.build else 0}-{current}"

    @property
    def has_bar(self) -> bool:
        """True when there is something to draw in the bar, if only that something moves."""
        return self.percent is not None

    @property
    def is_wide(self) -> bool:
        """Bars and steps take the whole width; the buttons then stand below them."""
        return self.has_bar or bool(self.steps)

    @property
    def buttons_reversed(self) -> list[Button]:
        """The main button last, where it stands in a wide card."""
        return self.buttons[::-1]

    @property
    def ended(self) -> str:
        """The outcome for a notification: "ok" or "bad", empty while nothing has ended."""
        return _OUTCOMES.get(self.state, "")


def say(sentence: str, /, **parts: object) -> SafeString:
    """Fill a translated sentence: what is not safe HTML already is escaped."""
    return format_html(sentence, **parts) if parts else mark_safe(escape(sentence))  # noqa: S308 - just escaped


def join(*sentences: str) -> SafeString:
    """Put sentences one after the other; empty ones are left out."""
    parts = [conditional_escape(sentence) for sentence in sentences if sentence]
    return mark_safe(" ".join(parts))  # noqa: S308 - every part is escaped or was safe


def ask_words(names: list[str]) -> str:
    """Say who can publish."""
    if not names:
        return _("Nobody may publish here yet. An admin can change that.")
    return _("Your role does not allow publishing here. Ask {names}.").format(names=either(names))


def either(names: list[str]) -> str:
    """Join names with "or", at most four of them."""
    shown, more = names[:4], len(names) - 4
    if more > 0:
        return ngettext("{names} or {count} other", "{names} or {count} others", more).format(
            names=", ".join(shown), count=more
        )
    if len(shown) < 2:
        return "".join(shown)
    return _("{names} or {last}").format(names=", ".join(shown[:-1]), last=shown[-1])
