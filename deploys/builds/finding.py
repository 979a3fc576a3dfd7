"""Finding builds of a site among very many: each way of choosing reads an index in order and stops after a page.

What was typed is looked for in several places. Each is a query of its own that stops after a page too, and they are
put together, because PostgreSQL cannot read one index in order for any of several conditions. Words that many builds
hold are soon met from the newest on; the index of words knows no order, so it is only asked for words that are rarer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import F, Subquery
from django.db.models.functions import Coalesce
from psycopg import sql

from deploys.lifecycle import State
from deploys.models import Build, Environment, Site, User
from deploys.models.build import BuildQuerySet
from deploys.models.build_words import BuildText, BuildWords, PlainBuildWords, parts_of, search_for

BIGGEST_NUMBER = 2**31 - 1
NEAR, NEAR_CHOSEN = 3000, 500  # builds that are looked through for words before the index of words is asked
FEWEST_OF_A_COMMIT = 5  # characters of a commit's name below which it is taken for a word
CLOCKS_DIFFER = timedelta(hours=1)  # numbers follow the time of the request, but for clocks of machines that differ


BESIDE = ("release", "base", "brings_back", "promotes", "superseded_by", "preview")
_NAMED = {"id", "number", "environment"}  # of another build that a line names
NOT_NAMED = (
    "titles",
    "release__report",
    *(
        f"{other}__{column.name}"
        for other in ("base", "brings_back", "promotes", "superseded_by")
        for column in Build._meta.concrete_fields
        if column.name not in _NAMED
    ),
)


@dataclass(frozen=True, kw_only=True)
class Known:
    """The environments of a site and the people who asked for its builds, by id."""

    environments: dict[int, Environment]
    people: dict[int, User]

    @classmethod
    def of(cls, environments: Iterable[Environment], people: Iterable[User]) -> Known:
        """Take what was read."""
        return cls(
            environments={environment.pk: environment for environment in environments},
            people={person.pk: person for person in people},
        )


class Result(StrEnum):
    """How a build ended, in the words that people choose by."""

    PUBLISHED = "published"
    FAILED = "failed"
    STOPPED = "stopped"
    BROUGHT_BACK = "brought_back"
    HELD_BACK = "held_back"
    REPLACED = "replaced"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is looked for; what is None or empty does not matter. `since` counts, `until` does not.

    `classes` are the error classes whose words hold the text.
    """

    environment: Environment | None = None
    result: Result | None = None
    person: int | None = None
    cause: str = ""
    error_class: str = ""
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    classes: tuple[str, ...] = ()

    @property
    def chooses_nothing(self) -> bool:
        """True when words are all that is looked for."""
        return self == Wanted(text=self.text, classes=self.classes)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A page of the list: so many builds before or after a number, the newest ones if neither is given."""

    size: int
    before: int | None = None
    after: int | None = None

    @property
    def is_upward(self) -> bool:
        """True when it goes from older to newer builds."""
        return self.after is not None

    @property
    def is_first(self) -> bool:
        """True when it begins with the newest."""
        return self.before is None and self.after is None

    @property
    def order(self) -> str:
        """The order in which builds are read."""
        return "number" if self.is_upward else "-number"


def find(site: Site, wanted: Wanted, turn: Turn) -> list[int]:
    """The numbers of the builds of a page, newest first. One query; two where words are looked for that are rare."""
    rows = _within(_chosen(site, wanted), turn)
    if not wanted.text:
        return _numbers([rows], turn)
    ways, query = _exact_ways(rows, wanted), search_for(wanted.text)
    if query is None:
        return _numbers(ways, turn)
    having = rows.alias(words=BuildWords()).filter(words=query)
    found = _numbers([*ways, _near(site, rows, query, wanted, turn)], turn)
    if len(found) == turn.size:
        return found
    # Sorted by what no index holds, so that PostgreSQL takes the index of words, however it reckons.
    order = F("number") + 0
    everywhere = having.order_by(order.asc() if turn.is_upward else order.desc()).values_list("number", flat=True)
    both = sorted({*found, *everywhere[: turn.size]})
    return (both[: turn.size] if turn.is_upward else both[-turn.size :])[::-1]


def _numbers(ways: list[BuildQuerySet], turn: Turn) -> list[int]:
    """The numbers that any of these ways leads to, as many as a page holds, newest first."""
    if not ways:
        return []
    pages = [way.order_by(turn.order).values_list("number", flat=True)[: turn.size] for way in ways]
    found = pages[0].union(*pages[1:]).order_by(turn.order)[: turn.size] if len(pages) > 1 else pages[0]
    return sorted(found, reverse=True)


def _near(site: Site, rows: BuildQuerySet, query: SearchQuery, wanted: Wanted, turn: Turn) -> BuildQuerySet:
    """Those with the words among the nearest builds only: words that many hold are found there at once."""
    # Each word is part of the text; PostgreSQL looks for that first, as it is the cheaper question.
    having = rows.alias(words=PlainBuildWords()).filter(words=query)
    for part in parts_of(wanted.text):
        having = having.alias(text=BuildText()).filter(text__icontains=part)
    if wanted.chooses_nothing:
        # Numbers have no gaps. PostgreSQL knows how few builds lie between two numbers, and reads them in order.
        if turn.is_upward:
            return having.filter(number__lte=(turn.after or 0) + NEAR)
        return having.filter(number__gte=(turn.before or site.last_number) - NEAR)
    last = Subquery(rows.order_by(turn.order).values("number")[NEAR_CHOSEN - 1 : NEAR_CHOSEN])
    if turn.is_upward:
        return having.filter(number__lte=Coalesce(last, BIGGEST_NUMBER))
    return having.filter(number__gte=Coalesce(last, 0))


def walk(site: Site, wanted: Wanted, known: Known, *, size: int) -> Iterator[Build]:
    """All builds that match, newest first, read so many at a time. Three queries each at most."""
    before: int | None = None
    while numbers := find(site, wanted, Turn(size=size, before=before)):
        yield from load(site, numbers, known)
        before = numbers[-1]


def load(site: Site, numbers: list[int], known: Known) -> list[Build]:
    """The builds with these numbers, newest first, with all that a list names beside them. One query.

    What is known of the site already is not read once for each build.
    """
    rows = site.builds.filter(number__in=numbers).select_related(*BESIDE).defer(*NOT_NAMED)
    builds = list(rows.order_by("-number"))
    for build in builds:
        build.site = site
        if place := known.environments.get(build.environment_id):
            build.environment = place
        if person := known.people.get(build.requested_by_id or 0):
            build.requested_by = person
        if build.promotes and (place := known.environments.get(build.promotes.environment_id)):
            build.promotes.environment = place
    return builds


def classes_of(site: Site) -> list[str]:
    """The error classes that builds of the site ended with, however many builds there are. One query."""
    return [value for (value,) in _distinct(site, "error_class", "")]


def people_of(site: Site) -> list[User]:
    """Those who asked for builds of the site, however many builds there are, by name. Two queries."""
    ids = [value for (value,) in _distinct(site, "requested_by_id", 0)]
    return sorted(User.objects.filter(pk__in=ids), key=lambda user: user.name.casefold())


def _chosen(site: Site, wanted: Wanted) -> BuildQuerySet:
    rows: BuildQuerySet = Build.objects.filter(site=site)
    if wanted.environment:
        rows = rows.filter(environment=wanted.environment)
    if wanted.result:
        rows = _ended(rows, wanted.result)
    if wanted.person is not None:
        rows = rows.filter(requested_by=wanted.person)
    if wanted.cause:
        rows = rows.filter(cause=wanted.cause)
    if wanted.error_class:
        rows = rows.exclude(error_class="").filter(error_class=wanted.error_class)
    return _dated(rows, site, wanted)


def _ended(rows: BuildQuerySet, result: Result) -> BuildQuerySet:
    if result == Result.STOPPED:
        return rows.filter(state=State.CANCELED)
    if result == Result.REPLACED:
        return rows.filter(state=State.SUPERSEDED)
    ways = {
        Result.PUBLISHED: rows.published,
        Result.FAILED: rows.failed,
        Result.BROUGHT_BACK: rows.brought_back,
        Result.HELD_BACK: rows.held_back,
    }
    return ways[result]()


def _dated(rows: BuildQuerySet, site: Site, wanted: Wanted) -> BuildQuerySet:
    """Days long ago are found by the numbers that builds had then: reading back from the newest would take long."""
    timed = Build.objects.filter(site=site)
    if wanted.since:
        first = timed.filter(requested_at__gte=wanted.since - CLOCKS_DIFFER).order_by("requested_at")
        rows = rows.filter(requested_at__gte=wanted.since, number__gte=Subquery(first.values("number")[:1]))
    if wanted.until:
        last = timed.filter(requested_at__lt=wanted.until + CLOCKS_DIFFER).order_by("-requested_at")
        rows = rows.filter(requested_at__lt=wanted.until, number__lte=Subquery(last.values("number")[:1]))
    return rows


def _within(rows: BuildQuerySet, turn: Turn) -> BuildQuerySet:
    if turn.after is not None:
        return rows.filter(number__gt=turn.after)
    return rows if turn.before is None else rows.filter(number__lt=turn.before)


def _exact_ways(rows: BuildQuerySet, wanted: Wanted) -> list[BuildQuerySet]:
    """The builds with this number, this commit, or these words about their failure."""
    ways = [rows.exclude(error_class="").filter(error_class=each) for each in wanted.classes]
    number = re.fullmatch(r"(?:\w+\s+)?#?([0-9]{1,10})", wanted.text)
    if number and int(number[1]) <= BIGGEST_NUMBER:
        ways.append(rows.filter(number=int(number[1])))
    if len(wanted.text) >= FEWEST_OF_A_COMMIT and re.fullmatch(r"[0-9a-fA-F]{1,64}", wanted.text):
        ways.append(rows.filter(sha__startswith=wanted.text.lower()))
    return ways


def _distinct(site: Site, column: str, floor: str | int) -> list[tuple[Any]]:
    """The values of a column, hopping from one to the next along its index (PostgreSQL has no skip scan for DISTINCT).

    floor: less than each of them.

    Source: the PostgreSQL wiki, "Loose indexscan".
    """
    name = sql.Identifier(column)
    # The condition of the index, where it has one.
    rest = sql.SQL("AND {} <> ''").format(name) if column == "error_class" else sql.SQL("")
    step = sql.SQL("(SELECT {0} FROM deploys_build WHERE site_id = %s AND {0} > {1} {2} ORDER BY {0} LIMIT 1)")
    query = sql.SQL(
        "WITH RECURSIVE found(value) AS ({} UNION ALL SELECT {} FROM found WHERE found.value IS NOT NULL) "
        "SELECT value FROM found WHERE value IS NOT NULL"
    ).format(step.format(name, sql.Literal(floor), rest), step.format(name, sql.SQL("found.value"), rest))
    with connection.cursor() as cursor:
        cursor.execute(query, [site.pk, site.pk])
        found: list[tuple[Any]] = cursor.fetchall()
    return found
