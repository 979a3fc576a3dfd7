"""Words about changes: how many, of which kind, in which section, by whom. The same on every page."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deploys.content.changes import ChangeKind, Reason
from deploys.models import Build

# The word, the icon and the tone of its chip.
KINDS: dict[ChangeKind, tuple[str | Promise, str, str]] = {
    ChangeKind.EDITED: (gettext_lazy("Edited"), "edit", "edit"),
    ChangeKind.NEW: (gettext_lazy("New"), "plus", "new"),
    ChangeKind.REMOVED: (gettext_lazy("Removed"), "minus", "gone"),
}
_REASONS = {
    Reason.SCHEDULE: gettext_lazy("New, by schedule"),
    Reason.EXPIRED: gettext_lazy("Removed, expired"),
    Reason.UNPUBLISHED: gettext_lazy("Removed, taken offline"),
}


def total_of(build: Build) -> int | None:
    """How many changes a build carries; None when that is not known."""
    return None if build.change_counts is None else sum(build.change_counts.values())


def kind_words(kind: ChangeKind, reason: Reason) -> str:
    """The kind, with the reason where it is no plain edit."""
    return str(_REASONS.get(reason, KINDS[kind][0]))


def meta_words(kind: ChangeKind, reason: Reason, section: str) -> str:
    """Kind and section: "Edited · Page"."""
    return " · ".join(part for part in (kind_words(kind, reason), section_words(section)) if part)


def section_words(section: str) -> str:
    """The CMS's own word for a section, with a capital."""
    return section[:1].upper() + section[1:].replace("_", " ")


def counts_words(counts: Mapping[str, int]) -> str:
    """How many of each kind: "5 edited · 1 new · 1 removed"; empty without any."""
    words = {
        ChangeKind.EDITED: _("{count} edited"),
        ChangeKind.NEW: _("{count} new"),
        ChangeKind.REMOVED: _("{count} removed"),
    }
    return " · ".join(text.format(count=counts[kind]) for kind, text in words.items() if counts.get(kind))


def publish_label(count: int) -> str:
    """What the button does: "Publish 7 changes"."""
    return ngettext("Publish {count} change", "Publish {count} changes", count).format(count=count)


def waiting_headline(count: int) -> str:
    """What the card says first when something waits."""
    text = ngettext("{count} change is waiting to go live", "{count} changes are waiting to go live", count)
    return text.format(count=count)


def still_waiting(count: int) -> str:
    """After a build that did not go live."""
    return ngettext("{count} change is still waiting.", "{count} changes are still waiting.", count).format(count=count)


def newer_waiting(count: int) -> str:
    """About what was saved since the build under way began."""
    text = ngettext(
        "{count} newer change waits for the next publish.", "{count} newer changes wait for the next publish.", count
    )
    return text.format(count=count)


def published(count: int) -> str:
    """A build in a list: "Published 12 changes"."""
    return ngettext("Published {count} change", "Published {count} changes", count).format(count=count)


def publishing(count: int) -> str:
    """A build under way: "Publishing 7 changes"."""
    return ngettext("Publishing {count} change", "Publishing {count} changes", count).format(count=count)
