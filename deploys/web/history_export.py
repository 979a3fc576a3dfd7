"""The builds that match as a table for spreadsheets, sent while it is read: it may be long."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime

from django.http import StreamingHttpResponse
from django.utils import translation

from deploys.builds import finding
from deploys.builds.finding import Known, Wanted
from deploys.content.payload import harmless
from deploys.models import Build, Site
from deploys.web import change_words, listing

AT_ONCE = 500
COLUMNS = (
    "build",
    "environment",
    "result",
    "started_by",
    "cause",
    "requested_at",
    "finished_at",
    "seconds",
    "changes",
    "about",
    "error_class",
    "commit",
)


class _Line:
    """What `csv` writes to: it hands each line back."""

    def write(self, text: str) -> str:
        return text


def csv_answer(site: Site, wanted: Wanted, known: Known) -> StreamingHttpResponse:
    """All builds that match, newest first; times in UTC."""
    headers = {"Content-Disposition": f'attachment; filename="history-{site.slug}.csv"'}
    lines = _lines(site, wanted, known, translation.get_language() or "en")
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _lines(site: Site, wanted: Wanted, known: Known, language: str) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for build in finding.walk(site, wanted, known, size=AT_ONCE):
        with translation.override(language):
            yield writer.writerow([harmless(value) for value in _row(build)])


def _row(build: Build) -> list[object]:
    line = listing.line_of(build)
    return [
        build.number,
        build.environment.name,
        line.pill.word,
        line.who,
        build.cause,
        _utc(build.requested_at),
        _utc(build.finished_at),
        None if line.seconds is None else round(line.seconds),
        change_words.total_of(build),
        line.reason,
        build.error_class,
        build.sha,
    ]


def _utc(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""
