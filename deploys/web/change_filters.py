"""Which changes a page lists: read from its address, and written into the addresses of its links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from deploys.content.changes import Change, ChangeKind, Reason
from deploys.content.outlook import who_changed
from deploys.models import User

ALL, MINE, SCHEDULED = "all", "mine", "scheduled"
LABELS: dict[str, str | Promise] = {
    ALL: _("All"),
    MINE: _("Mine"),
    ChangeKind.EDITED.value: _("Edited"),
    ChangeKind.NEW.value: _("New"),
    ChangeKind.REMOVED.value: _("Removed"),
    SCHEDULED: _("Scheduled"),
}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the person chose. `names` are those under which the CMS may know the person, in small letters.

    `fixed` are parts of the address that every link keeps.
    """

    show: str = ALL
    section: str = ""
    by: str = ""
    technical: bool = False
    page: int = 1
    opens_all: bool = False
    names: frozenset[str] = frozenset()
    fixed: tuple[tuple[str, int], ...] = ()

    @classmethod
    def read(cls, given: Mapping[str, str], user: User) -> Filters:
        """Read an address; what it does not know counts as not chosen."""
        show, page = given.get("show", ALL), given.get("page", "")
        return cls(
            show=show if show in LABELS else ALL,
            section=given.get("section", ""),
            by=given.get("by", ""),
            technical=given.get("technical") == "1",
            page=int(page) if page.isdecimal() and 0 < len(page) < 6 and int(page) else 1,
            opens_all=given.get("open") == "all",
            names=user.known_as,
        )

    @property
    def is_any(self) -> bool:
        """True when something was chosen that hides changes."""
        return bool(self.show != ALL or self.section or self.by)

    def matches(self, change: Change) -> bool:
        """True for a change that the page lists."""
        return self.allows(change) and self.shows(change)

    def allows(self, change: Change) -> bool:
        """True for a change of the chosen section and person."""
        if self.section and change.version.kind != self.section:
            return False
        return not self.by or who_changed(change) == self.by

    def shows(self, change: Change) -> bool:
        """True for a change under the chosen word."""
        if self.show == MINE:
            return who_changed(change).casefold() in self.names
        if self.show == SCHEDULED:
            return change.reason in {Reason.SCHEDULE, Reason.EXPIRED}
        return self.show in {ALL, change.kind.value}

    @property
    def query(self) -> str:
        """The address of this choice, after the question mark."""
        chosen: dict[str, str | int] = {
            "show": self.show if self.show != ALL else "",
            "section": self.section,
            "by": self.by,
            "technical": "1" if self.technical else "",
            "page": self.page if self.page > 1 else "",
            "open": "all" if self.opens_all else "",
        }
        return urlencode({name: value for name, value in (dict(self.fixed) | chosen).items() if value})
