"""Which builds the history lists: read from its address, and written into the addresses of its links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from deploys.builds.finding import Result, Wanted
from deploys.models import Cause, Environment
from deploys.web.explanations import class_words

LONGEST = 200  # characters that are looked for
RESULTS: dict[Result, str | Promise] = {
    Result.PUBLISHED: _("Published"),
    Result.FAILED: _("Failed"),
    Result.STOPPED: _("Stopped"),
    Result.BROUGHT_BACK: _("Brought back"),
    Result.HELD_BACK: _("Held back"),
    Result.REPLACED: _("Replaced"),
}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the person chose. `by` is the id of a person or a cause. The last day counts too."""

    text: str = ""
    result: Result | None = None
    by: str = ""
    environment: Environment | None = None
    error_class: str = ""
    first: date | None = None
    last: date | None = None

    @classmethod
    def read(cls, given: Mapping[str, str], environments: Iterable[Environment]) -> Filters:
        """Read an address; what it does not know counts as not chosen."""
        by, result = given.get("by", ""), given.get("result", "")
        is_known = by in Cause.values or (by.isascii() and by.isdecimal() and len(by) < 10)
        return cls(
            text=" ".join(given.get("q", "").replace("\0", " ").split())[:LONGEST],
            result=Result(result) if result in Result else None,
            by=by if is_known else "",
            environment=next((each for each in environments if each.slug == given.get("environment")), None),
            error_class=given.get("error", "").replace("\0", "")[:64],
            first=_day(given.get("from", "")),
            last=_day(given.get("to", "")),
        )

    @property
    def is_any(self) -> bool:
        """True when something was chosen that hides builds."""
        return bool(self.query)

    @property
    def narrows(self) -> bool:
        """The same apart from the environment."""
        return bool(replace(self, environment=None).query)

    def wanted(self, classes: Iterable[str]) -> Wanted:
        """The same for the database, in the active time zone. `classes` are the error classes that occur."""
        text = self.text.casefold()
        return Wanted(
            environment=self.environment,
            result=self.result,
            person=int(self.by) if self.by.isdecimal() else None,
            cause="" if self.by.isdecimal() else self.by,
            error_class=self.error_class,
            since=_midnight(self.first) if self.first else None,
            until=_midnight(self.last + timedelta(days=1)) if self.last else None,
            text=self.text,
            classes=tuple(each for each in classes if text and text in class_words(each).casefold()),
        )

    def with_result(self, result: Result | None) -> str:
        """The address of the same choice with another result."""
        return replace(self, result=result).query

    @property
    def query(self) -> str:
        """The address of this choice, after the question mark."""
        chosen = {
            "q": self.text,
            "result": self.result.value if self.result else "",
            "by": self.by,
            "environment": self.environment.slug if self.environment else "",
            "error": self.error_class,
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
        }
        return urlencode({name: value for name, value in chosen.items() if value})


def _day(text: str) -> date | None:
    """The day that a field holds; days at the ends of time, around which no zone can be reckoned, count as none."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and date.min.year < day.year < date.max.year else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())
