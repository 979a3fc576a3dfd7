"""After a prune at any age every page that another page leads to still opens, and says what is gone."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.utils.timezone import now

from deploys.models import Build, ContentSource, Environment, HostState, JobLog, PruneRun, Retention, Step, User
from deploys.retention import prune
from tests import scenes
from tests.retention.scenes import later, long_past, old_build, publish, read_at

pytestmark = pytest.mark.django_db

NOT_ASKED = re.compile(r"/sign-out|/static/|\.csv|/health/|/sources/")
MOST = 200


def a_museum() -> tuple[Environment, ContentSource, list[Build]]:
    """Published at every age, once brought back, with entries that came, changed and went, and one waiting edit."""
    environment, source, builds = long_past(800, 400, 200, 170, 100, 60, 13, 1)
    HostState.objects.update(kept=[build.release.host_id for build in (builds[1], builds[6], builds[7])])
    old_build(environment, 300, state="failed", error_class="script", base=builds[1])
    back = old_build(environment, 0, brings_back=builds[1], base=builds[7])
    scenes.carry(back, source, seq=2, read_at=back.requested_at)
    read_at(source, 0, hours="Waits.", prices="Free.")
    return environment, source, builds


def crawl(client: Client, start: list[str]) -> dict[str, str]:
    """Every page that can be reached from these, with its text; fails at the first that does not open."""
    found: dict[str, str] = {}
    wanted = list(start)
    while wanted and len(found) < MOST:
        address = wanted.pop()
        if address in found or NOT_ASKED.search(address):
            continue
        answer = client.get(address, follow=True)
        assert answer.status_code in {200, 204}, f"{address}: {answer.status_code}"
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found[address] = text = unescape(body.decode())
        for link in re.findall(r'(?:href|hx-get)="([^"#]+)', text):
            target = urlsplit(urljoin(address, link))
            if not target.netloc:
                wanted.append(target.path + (f"?{target.query}" if target.query else ""))
    return found


@pytest.fixture
def admin(client: Client) -> Client:
    """Somebody who may see everything."""
    client.force_login(scenes.make_person(None, is_superuser=True))
    return client


def prune_in(client: Client, days: int) -> None:
    """So many days from now; whoever was signed in has to do it again."""
    prune.prune(None, later(days))
    client.force_login(User.objects.get(is_superuser=True))


@pytest.mark.parametrize("days", [pytest.param(30, marks=pytest.mark.endurance), 4000])
def test_everything_that_a_page_offers_still_opens(admin: Client, days: int) -> None:
    """Builds, logs, comparisons, versions of entries, bringing back: from the publish page by every link."""
    environment, _source, builds = a_museum()
    slug = environment.site.slug
    prune_in(admin, days)
    pages = crawl(admin, [environment.get_absolute_url(), f"/sites/{slug}/history/", builds[0].get_absolute_url()])
    assert len(pages) > 40
    assert any("/compare/" in address for address in pages)
    assert any("/entries/" in address for address in pages)


@pytest.mark.parametrize("days", [0, 120, 4000])
def test_a_comparison_is_the_same_as_before_or_refused(admin: Client, days: int) -> None:
    """Of every two builds: never another answer."""
    environment, _source, builds = a_museum()
    address = f"/sites/{environment.site.slug}/compare.json"
    pairs = [(old.number, new.number) for old in builds for new in builds if old.number < new.number]
    before = {pair: admin.get(address, {"from": pair[0], "to": pair[1], "diff": 1}).json() for pair in pairs}
    prune_in(admin, days)
    refused = 0
    for pair in pairs:
        answer = admin.get(address, {"from": pair[0], "to": pair[1], "diff": 1})
        if answer.status_code == 404:
            refused += 1
            assert "no longer kept (after 180 days)" in answer.json()["problem"]
        else:
            assert answer.json() == before[pair]
    assert refused < len(pairs)
    assert (refused > 0) is (days > 0)


def test_a_build_says_that_log_and_content_are_gone(admin: Client) -> None:
    """With the days of this site, and without a link to a log of nothing."""
    environment, _source, builds = a_museum()
    Retention.objects.create(site=environment.site, log_days=30, content_days=100)
    prune.prune(None, now())
    page = admin.get(builds[2].get_absolute_url()).content.decode()
    assert "This log is no longer kept (after 30 days)." in page
    assert f"What was in build {builds[2].number} is no longer kept (after 100 days)." in page
    assert "Open the log as text" not in page
    text = admin.get(f"{builds[2].get_absolute_url()}log.txt")
    assert b"".join(text.streaming_content).decode() == "This log is no longer kept (after 30 days).\n"


def test_a_log_that_was_never_fetched_is_not_fetched_when_its_time_is_over(
    admin: Client, told: list[tuple[str, int]]
) -> None:
    """GitLab may still hold it; what is promised counts."""
    build = old_build(scenes.make_environment(), 91)
    JobLog.objects.all().delete()
    page = admin.get(build.get_absolute_url()).content.decode()
    assert "This log is no longer kept (after 90 days)." in page
    assert ("builds.tasks.fetch_logs", build.pk) not in told


def test_an_entry_says_that_older_versions_are_gone(admin: Client) -> None:
    """Below the last version that is left."""
    environment, source, _builds = long_past(800, 700, 600, 500)
    prune.prune(None, now())
    page = admin.get(f"/sites/{environment.site.slug}/entries/{source.pk}/hours/", follow=True).content.decode()
    assert "Older versions are no longer kept (after 180 days)." in page


def test_health_says_when_it_was_cleaned_up_last(admin: Client) -> None:
    """And how much that was."""
    assert "Not yet; Buildhub does it by itself once a day" in admin.get("/health/").content.decode()
    old_build(scenes.make_environment(), 91)
    prune.prune_if_due()
    assert PruneRun.last() is not None
    assert "1 row removed" in admin.get("/health/").content.decode()


def test_a_build_in_line_for_an_old_version_still_finds_it() -> None:
    """A press on bringing back an old version waits in line while the cleaning goes by."""
    environment, source, builds = long_past(800, 700, 600, 500)
    HostState.objects.update(kept=[])
    waiting = scenes.make_build(environment=environment, brings_back=builds[0])
    prune.prune(None, now())
    assert not builds[0].contents.exclude(gone_at=None).exists()
    assert waiting.is_open
    assert publish(environment, source, 0).jobs.filter(step=Step.BUILDING).exists()
