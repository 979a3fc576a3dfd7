"""The weekly rules of a file. One that is there already, by day, time, zone and owner, is left as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.timezone import now

from deploys.models import Environment, Schedule, Site, User
from deploys.portable.checking import Problems
from deploys.portable.writing import DAYS

KNOWN = ("environment", "days", "at", "zone", "owner", "only_if_changes", "is_paused")


def read_rules(
    site: Site, rows: list[dict[str, Any]], problems: Problems
) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Make the rules that the site does not have; gives what each is called, and how it reads."""
    for at, given in enumerate(rows):
        path = f"schedules[{at}]"
        before = len(problems.found)
        problems.unknown(path, given, KNOWN)
        row = _rule(site, given, path, problems)
        if row is None or len(problems.found) > before or _is_there(row):
            continue
        row.save()
        words = f"{', '.join(given['days'])} at {row.at:%H:%M} {row.zone}"
        yield f"Rule of {row.environment.name}", {"When": ["–", words], "Owner": ["–", row.owner.name]}


def _rule(site: Site, given: dict[str, Any], path: str, problems: Problems) -> Schedule | None:
    slug, owner = problems.text(path, given, "environment"), problems.text(path, given, "owner")
    environment = Environment.objects.filter(site=site, slug=slug).first()
    person = User.objects.filter(username=owner, is_active=True).first()
    if slug and environment is None:
        problems.add(f"{path}.environment", f"there is no environment {slug}.")
    if owner and person is None:
        problems.add(f"{path}.owner", f"there is nobody called {owner} here; invite them first, or name somebody else.")
    weekdays, at, zone = _days(given, path, problems), _time(given, path, problems), _zone(given, path, problems)
    flags = {name: given.get(name, default) for name, default in (("only_if_changes", True), ("is_paused", False))}
    for name, value in flags.items():
        if not isinstance(value, bool):
            problems.add(f"{path}.{name}", f"{value!r} is not true or false.")
    if environment is None or person is None or at is None:
        return None
    return Schedule(
        environment=environment,
        owner=person,
        weekdays=weekdays,
        at=at,
        zone=zone,
        only_if_changes=flags["only_if_changes"],
        paused_at=now() if flags["is_paused"] else None,
        paused_by=person if flags["is_paused"] else None,
    )


def _days(given: dict[str, Any], path: str, problems: Problems) -> int:
    days = given.get("days")
    if not isinstance(days, list) or not days or not all(day in DAYS for day in days):
        problems.add(f"{path}.days", f"a list of days is needed here, of {', '.join(DAYS)}.")
        return 0
    return sum(1 << DAYS.index(day) for day in set(days))


def _time(given: dict[str, Any], path: str, problems: Problems) -> time | None:
    text = given.get("at")
    if not isinstance(text, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        problems.add(f"{path}.at", "a time in quotes is needed here, such as '09:00'.")
        return None
    return time.fromisoformat(text)


def _zone(given: dict[str, Any], path: str, problems: Problems) -> str:
    name = problems.text(path, given, "zone")
    try:
        ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        problems.add(f"{path}.zone", f"{name!r} is no time zone, such as Europe/Lisbon.")
    return name


def _is_there(row: Schedule) -> bool:
    same = {"weekdays": row.weekdays, "at": row.at, "zone": row.zone, "owner": row.owner}
    return Schedule.objects.kept().filter(environment=row.environment, day=None, **same).exists()
