"""Taking over what a publish did: from the report on the web host, from the pipeline by HTTP, or from our own copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from deploys.models import Build, HandedReport, HostState, Page, Release, ReleasePages
from deploys.transitions import learn

MOST_PATHS = 2000  # of each kind in a row; the counts are those of all
MOST_WARNINGS = 20
LISTS = ("added", "changed", "headers_changed", "removed")
PAGE_ENDINGS = (".html", ".htm")


class NoReport(ValueError):
    """What was handed over is no report of the publisher."""


def take(release: Release, told: Mapping[str, Any], pages: Mapping[str, Page] | None = None) -> None:
    """Store a report (`publisher.results.Published` as plain data) in the release. Raises NoReport."""
    facts = _facts(told)
    with transaction.atomic():
        release.environment.touch()
        Release.objects.filter(pk=release.pk).update(reported_at=now(), **facts)
        for name, value in facts.items():
            setattr(release, name, value)
        release.reported_at = now()
        if pages is not None:
            ReleasePages.keep(release, pages)
            if not release.environment.is_for_previews:  # no preview is ever brought back
                _note_kept(release, told)


def hand_over(build: Build, told: object) -> None:
    """Keep what a pipeline handed over by HTTP, and take it over at once if the build has ended. Raises NoReport."""
    if not isinstance(told, dict):
        raise NoReport("A report is a JSON object.")
    _facts(told)
    HandedReport.objects.update_or_create(build=build, defaults={"data": told, "received_at": now()})
    release: Release | None = getattr(build, "release", None)
    if release is not None and release.reported_at is None:
        take(release, told)


def take_held_back(build: Build, removed: Iterable[str], pages_there: int, words: str) -> None:
    """Store what a publish refused to take off the site, for the page that asks a person."""
    learn(build, error_facts=build.error_facts | held_back_facts(removed, pages_there, words))


def held_back_facts(removed: Iterable[str], pages_there: int, words: str) -> dict[str, Any]:
    """The pages that would vanish, of how many, and the publisher's own words."""
    gone = [path for path in removed if path.endswith(PAGE_ENDINGS)]
    return {"count": len(gone), "pages_there": pages_there, "removed": gone[:MOST_PATHS], "finding": words[:300]}


def _note_kept(release: Release, told: Mapping[str, Any]) -> None:
    """The host keeps this release from now on; which ones it gave up is found out by the next look."""
    host, _ = HostState.objects.select_for_update().get_or_create(environment_id=release.environment_id)
    if release.host_id not in host.kept:
        host.kept = [release.host_id, *host.kept]
        host.save(update_fields=["kept"])


def _facts(told: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a release. Raises NoReport for anything that is not of the right kind."""
    lists = {name: _paths(told, name) for name in LISTS}
    changed = [path for name in ("added", "changed", "removed") for path in lists[name] if path.endswith(PAGE_ENDINGS)]
    invalidation = told.get("invalidation")
    dropped = invalidation if isinstance(invalidation, Mapping) else {}
    report = {
        **{name: paths[:MOST_PATHS] for name, paths in lists.items()},
        "counts": {name: len(paths) for name, paths in lists.items()},
        "kept": len(_paths(told, "kept")),
        "unknown": len(_paths(told, "unknown")),
        "warnings": _paths(told, "warnings")[:MOST_WARNINGS],
        "caches_dropped": len(_paths(dropped, "paths")),
        "caches_completed": dropped.get("completed", True) is True,
        "paths_this_month": _number(dropped, "paths_this_month"),
        "was_live": told.get("was_live") is True,
        "bound_to": _bound(told.get("bound_to")),
    }
    return {
        "host_id": _text(told, "release"),
        "files": _number(told, "files"),
        "pages": _number(told, "pages"),
        "size": _number(told, "size"),
        "sent_bytes": _number(told, "sent_bytes"),
        "seconds": _seconds(told),
        "pages_changed": len(changed),
        "report": report,
    }


def _bound(told: object) -> dict[str, int] | None:
    """How many files name the address they were built for, and how many pages are `noindex`; None: nobody looked."""
    if not isinstance(told, Mapping):
        return None
    return {"files": _number(told, "files"), "noindex": _number(told, "noindex")}


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value or len(value) > 120 or not value.isprintable():
        raise NoReport(f"“{name}” of the report must be a short text.")
    return value


def _number(told: Mapping[str, Any], name: str) -> int:
    value = told.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise NoReport(f"“{name}” of the report must be a number.")
    return value


def _seconds(told: Mapping[str, Any]) -> float:
    value = told.get("seconds", 0)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1e9:
        raise NoReport("“seconds” of the report must be a number.")
    return float(value)


def _paths(told: Mapping[str, Any], name: str) -> list[str]:
    value = told.get(name, [])
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) and "\0" not in one for one in value):
        raise NoReport(f"“{name}” of the report must be a list of texts.")
    return list(value)
