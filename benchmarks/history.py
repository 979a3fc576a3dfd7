"""The history of a site with a million builds in five years: every way of choosing, searching and turning pages.

`python benchmarks/history.py [--builds N]`. The builds are made by SQL: three of four on the live site, the others on
staging; 50 people, schedules and the CMS ask; one of twenty fails in one of twelve ways, one of thirty is stopped. Each
carries three titles out of 5,000. Each page is asked for as a browser would, in this process: session, rights, all
queries, the template. Rare and common choices, words that one build holds and words that most hold, days long ago, and
pages far back are asked for alike; a combination that nothing matches is among them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import timedelta

import _ready  # noqa: F401 - Django and its servers first
from _people import make_users
from _report import Figure, median, report, share
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from deploys.models import Build, Environment, Role, User
from tests import scenes

BUILDS = 1_000_000
PEOPLE = 50
ROUNDS = 10
MOST_MS = 80
ERRORS = (
    "asset_missing",
    "content_invalid",
    "link_broken",
    "template_error",
    "build_command",
    "timeout",
    "check_failed",
    "held_back",
    "upload_failed",
    "service_unreachable",
    "job_failed",
    "runner",
)

MAKE = """
INSERT INTO deploys_build (site_id, environment_id, number, key, state, cause, requested_by_id, requested_at,
    claimed_at, started_at, finished_at, attempts, pipeline_id, pipeline_url, pipeline_status, sha, waiting_note,
    error_class, error_facts, change_counts, titles, usual, reason, through_freeze, anyway, percent_floor)
SELECT %(site)s, CASE WHEN n %% 4 = 3 THEN %(staging)s ELSE %(live)s END, n, gen_random_uuid(), state,
    CASE WHEN n %% 3 = 0 THEN CASE WHEN n %% 2 = 0 THEN 'schedule' ELSE 'cms' END ELSE 'person' END,
    CASE WHEN n %% 3 = 0 THEN NULL ELSE (%(people)s::bigint[])[1 + (n * 7 + n / 13) %% %(crowd)s] END,
    asked, asked + interval '4 seconds', asked + interval '6 seconds',
    asked + interval '200 seconds' + n %% 97 * interval '1 second', 1, 1000 + n,
    'https://gitlab.example/-/pipelines/' || n, 'success', encode(sha256(n::text::bytea), 'hex'), '',
    CASE WHEN state = 'failed' THEN (%(errors)s::text[])[1 + (n / 20) %% 12] ELSE '' END,
    CASE WHEN state = 'failed' THEN jsonb_build_object(
        'page', 'Page ' || (n * 31) %% 5000, 'file', 'img' || n || '.svg')
        ELSE '{}' END,
    '{"edited": 3}',
    'Opening hours of house ' || (n * 17) %% 5000 || E'\\nTickets ' || (n * 31) %% 5000
        || E'\\nTour number ' || n %% 5000,
    '{}', '', false, false, 0
FROM (
    SELECT n, %(begin)s + n * (%(end)s::timestamptz - %(begin)s::timestamptz) / %(count)s AS asked,
        CASE WHEN n %% 20 = 7 THEN 'failed' WHEN n %% 30 = 11 THEN 'canceled' WHEN n %% 200 = 13 THEN 'superseded'
            ELSE 'succeeded' END AS state
    FROM generate_series(1, %(count)s) AS n
) AS made
"""
RELEASE = """
INSERT INTO deploys_release (environment_id, build_id, host_id, created_at, proof, live_at, replaced_at, checks,
    finding, pages_changed, report)
SELECT environment_id, id, key::text, finished_at, 'marker', finished_at, finished_at + interval '1 hour', 1,
    '', 9, '{}'
FROM deploys_build WHERE state = 'succeeded'
"""
BRING_BACK = """
UPDATE deploys_build SET brings_back_id = (SELECT min(id) FROM deploys_build WHERE state = 'succeeded')
WHERE state = 'succeeded' AND number %% 5000 = 0
"""
JOBS = """
INSERT INTO deploys_job (build_id, job_id, name, stage, step, status, allow_failure, failure_reason, web_url,
    started_at, finished_at, progress)
SELECT id, number * 4 + at, step, step, step, 'success', false, '', '', requested_at + at * interval '40 seconds',
    requested_at + (at + 1) * interval '40 seconds', '{}'
FROM deploys_build, unnest(ARRAY['collecting', 'building', 'checking', 'going_live']) WITH ORDINALITY AS part(step, at)
WHERE number > %(count)s - 1000
"""

# Filling the tables first and indexing them then is quicker; those of constraints stay.
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename IN ('deploys_build', 'deploys_release')
    AND indexname NOT IN (SELECT conname FROM pg_constraint) AND indexdef NOT LIKE '%UNIQUE%'
"""


def main() -> int:
    """Make the builds, visit the pages, print; 1 when a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--builds", type=int, default=BUILDS)
    count = parser.parse_args().builds
    environment, people = make(count)
    client = Client(HTTP_HOST="localhost")
    client.force_login(people[0])
    address = f"/sites/{environment.site.slug}/history/"
    ways = dict(addresses(count, people))
    for query in ways.values():
        _visit(client, address + query)  # once to warm up
    taken = {name: [_visit(client, address + query) for _ in range(ROUNDS)] for name, query in ways.items()}
    queries = {name: _queries(client, address + query) for name, query in ways.items()}
    every = [one for each in taken.values() for one in each]
    figures = [
        Figure(name="a page of the history, p95", value=share(every, 95), unit="ms", most=MOST_MS),
        Figure(name="the same, median", value=median(every), unit="ms"),
        Figure(name="queries of the newest page", value=queries["newest"], unit=""),
        Figure(name="most queries of another page", value=max(queries.values()), unit="", most=queries["newest"]),
        *(Figure(name=f"median, {name}", value=median(each), unit="ms") for name, each in taken.items()),
        Figure(name="indexes of the builds", value=_megabytes("pg_indexes_size"), unit="MB"),
        Figure(name="builds without them", value=_megabytes("pg_table_size"), unit="MB"),
    ]
    how = f"{count:,} builds of one site, {len(ways)} pages of its history, each {ROUNDS} times"
    report("The history of a million builds", how, figures)
    return 0 if all(figure.is_met for figure in figures) else 1


def addresses(count: int, people: list[User]) -> Iterator[tuple[str, str]]:
    """The pages that are asked for, by what they are."""
    someone, today = people[7].pk, now().date()
    long_ago, later = today - timedelta(days=1400), today - timedelta(days=1300)
    yield "newest", ""
    yield "older, half way back", f"?before={count // 2}"
    yield "newer, from the first", "?after=5"
    yield "published", "?result=published"
    yield "failed", "?result=failed"
    yield "stopped", f"?result=stopped&before={count // 3}"
    yield "brought back", "?result=brought_back"
    yield "held back", "?result=held_back"
    yield "staging", "?environment=staging"
    yield "failed on staging", "?environment=staging&result=failed"
    yield "one person", f"?by={someone}"
    yield "one person, failed", f"?by={someone}&result=failed"
    yield "by schedule", "?by=schedule"
    yield "by command: none", "?by=command"
    yield "one class of failure", "?error=link_broken"
    yield "one class, one person", f"?error=timeout&by={someone}"
    yield "class and result that never meet", "?error=timeout&result=published"
    yield "days long ago", f"?from={long_ago}&to={later}"
    yield "days long ago, one person, failed", f"?from={long_ago}&to={later}&by={someone}&result=failed"
    yield "days before the first", "?to=2001-01-01"
    yield "search: a number", f"?q={count // 3}"
    yield "search: a commit", "?q=6b86b273ff34"
    yield "search: words of one failure", f"?q=img{count // 20 * 20 - 13}.svg"
    yield "search: words that every build holds", "?q=opening"
    yield "search: words of one in 5,000", "?q=tickets+4242"
    yield "search: words of one in 45", "?q=number+42"
    yield "search: words of a class", "?q=links+lead"
    yield "search: words that no build holds", "?q=zeppelin"
    yield "search: words that never meet", "?q=tickets+zeppelin&result=failed"
    yield "search: common words, one person, failed", f"?q=tickets&by={someone}&result=failed"


def make(count: int) -> tuple[Environment, list[User]]:
    """A site with so many builds and 50 people, the first of them an admin."""
    live = scenes.make_environment()
    staging = scenes.make_environment(site=live.site, name="Staging", slug="staging")
    people = make_users(PEOPLE, site=live.site)
    people[0].memberships.update(role=Role.ADMIN)
    given = {
        "site": live.site.pk,
        "live": live.pk,
        "staging": staging.pk,
        "people": [one.pk for one in people],
        "crowd": len(people),
        "errors": list(ERRORS),
        "begin": now() - timedelta(days=5 * 365),
        "end": now(),
        "count": count,
    }
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no look-up of foreign keys for each row
        cursor.execute(INDEXES)
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        for statement in (MAKE, RELEASE, BRING_BACK, JOBS):
            cursor.execute(statement, given)
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("UPDATE deploys_site SET last_number = %(count)s WHERE id = %(site)s", given)
        cursor.execute("VACUUM ANALYZE")
    print(f"{Build.objects.count():,} builds made in {time.perf_counter() - begun:.0f} s.", flush=True)
    return live, people


def _visit(client: Client, address: str) -> float:
    begun = time.perf_counter()
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return (time.perf_counter() - begun) * 1000


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        _visit(client, address)
    return len(asked)


def _megabytes(measure: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {measure}('deploys_build')")
        return float(cursor.fetchone()[0]) / 1e6


if __name__ == "__main__":
    sys.exit(main())
