"""The build page's section about the web host: what changed, what it cost, what was seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from deploys.lifecycle import State
from deploys.models import Build, EntryVersion, Environment, Proof, Release, Role
from tests import content_scenes
from tests.scenes import make_build, make_person, make_release
from tests.web import card_scenes, host_scenes
from tests.web.reading import HTMX, find, packed, parse, words

pytestmark = pytest.mark.django_db


def section_of(client: Client, build: Build, query: str = "") -> Element:
    """The section on the build's page."""
    page = parse(client.get(f"{build.get_absolute_url()}{query}"))
    return find(page, "section", id="on-host")[0]


def published(client: Client, **facts: Any) -> tuple[Environment, Build]:
    """A build that is live, whose report says this; Ana is signed in."""
    environment, ana = card_scenes.place(target=host_scenes.TARGET)
    build = card_scenes.live_since(environment, ana)
    host_scenes.reported(build, **facts)
    client.force_login(ana)
    return environment, build


def test_it_says_how_much_changed_and_what_that_took(client: Client) -> None:
    """Pages and when they went live, files and bytes sent, the size of the site, what the CDN was told."""
    _environment, build = published(client)
    said = words(section_of(client, build))
    assert "8 of 257 pages changed, live since today at" in said or "live since yesterday at" in said
    assert "10 files sent, 1.5 MB in 2.1 s" in said
    assert "256 pages, 12.4 MB in all" in said
    assert "told to drop 8 addresses" in said
    assert "and 3 other files" in said


def test_the_pages_are_listed_with_title_address_and_size(client: Client) -> None:
    """New and changed ones lead to the public site; a removed one leads nowhere."""
    environment, ana = host_scenes.published_pages()
    build = environment.builds.get()
    client.force_login(ana)
    section = section_of(client, build)
    rows = [words(row) for row in find(section, "li")]
    assert rows[:4] == [
        "/lens/ New · 14.2 kB",
        "Low tide walk, 14 November Removed · /low-tide/",
        "Front page Changed · / · 14.2 kB",
        "Opening hours Changed · /hours/ · 14.2 kB",
    ]
    links = [link.attrib["href"] for link in find(section, "a")]
    assert links[:2] == ["https://harbourmuseum.example/lens/", "https://harbourmuseum.example/"]
    assert not any("low-tide" in link for link in links)


def test_titles_of_what_was_not_published_stay_hidden(client: Client) -> None:
    """A draft's title is nobody's business here."""
    environment, ana = host_scenes.published_pages()
    EntryVersion.objects.filter(entry_key="hours").update(is_published=False)
    client.force_login(ana)
    said = words(section_of(client, environment.builds.get()))
    assert "Opening hours" not in said
    assert "/hours/" in said


def test_titles_of_later_content_do_not_appear(client: Client) -> None:
    """The list speaks of what the build carried."""
    environment, ana = host_scenes.published_pages()
    content_scenes.edit(environment.site)
    client.force_login(ana)
    assert "Lighthouse lens" not in words(section_of(client, environment.builds.get()))


def test_of_many_pages_the_first_twenty_are_shown_and_all_on_demand(client: Client) -> None:
    """The page stays small; what was not stored is counted."""
    paths = [f"news/{n}/index.html" for n in range(2500)]
    _environment, build = published(client, changed=paths, added=[], removed=[], pages=3000)
    section = section_of(client, build)
    assert len(find(section, "li")) == 20
    assert words(find(section, "a", id="on-host-all")[0]) == "Show all 2,000 pages"
    every = section_of(client, build, "?pages=all")
    assert len(find(every, "li")) == 2000
    assert "and 500 more pages" in words(every)
    assert "2,500 of 3,000 pages changed" in words(every)


def test_addresses_stay_on_the_site(client: Client) -> None:
    """A path of a report is quoted and never leads to another host."""
    hostile = ["//evil.example/index.html", "javascript:alert(1).html", '"><script>.html']
    _environment, build = published(client, added=hostile, changed=[], removed=[])
    for link in find(section_of(client, build), "a"):
        assert link.attrib["href"].startswith("https://harbourmuseum.example/")


def test_a_publish_that_changed_nothing_says_so(client: Client) -> None:
    """Visitors saw this already."""
    _environment, build = published(client, was_live=True, added=[], changed=[], removed=[], sent_bytes=0)
    said = words(section_of(client, build))
    assert "Nothing on the site had to change; visitors saw this already." in said
    assert "sent" not in said


def test_a_first_publish_is_all_new(client: Client) -> None:
    """No number of changed pages where there was nothing to change."""
    _environment, build = published(client, added=["index.html", "a.html"], changed=[], removed=[], pages=2)
    assert "The site was put there for the first time, 2 pages." in words(section_of(client, build))


def test_a_change_without_pages_names_the_files(client: Client) -> None:
    """A new feed is no new page."""
    _environment, build = published(client, added=[], changed=["feed.xml"], removed=[])
    said = words(section_of(client, build))
    assert "No page changed." in said
    assert "1 other file changed" in said


def test_copied_files_were_not_sent(client: Client) -> None:
    """A bring back uploads nothing."""
    _environment, build = published(client, sent_bytes=0)
    assert "10 files in 2.1 s, copied there" in words(section_of(client, build))


def test_a_cdn_that_is_slow_is_not_called_done(client: Client) -> None:
    """Some visitors may still see old pages."""
    _environment, build = published(client, invalidation={"paths": ["/a/"], "completed": False})
    assert "The CDN has not confirmed yet that it dropped the old pages" in words(section_of(client, build))


def test_warnings_are_for_those_who_read_logs(client: Client) -> None:
    """Publishers read what could not be kept and what belongs to nobody; editors do not."""
    warnings = ["The published version of a.html cannot be kept."]
    environment, build = published(client, warnings=warnings, unknown=["x.txt", "y.txt"])
    said = words(section_of(client, build))
    assert warnings[0] in said
    assert "2 files on the web host belong to no version; they were left there." in said
    client.force_login(make_person(Role.EDITOR, site=environment.site))
    assert "cannot be kept" not in words(section_of(client, build))


def test_what_is_not_proved_is_not_called_live(client: Client) -> None:
    """While it is looked for, and after it was not seen, the last look speaks."""
    _environment, build = published(client)
    facts: dict[str, Any] = {"live_at": None, "finding": "The page /hours/ does not show the new version yet."}
    Release.objects.update(proof=Proof.PENDING, **facts)
    said = words(section_of(client, build))
    assert "We look whether visitors see it." in said
    assert "The last look: The page /hours/ does not show the new version yet." in said
    Release.objects.update(proof=Proof.MISSING)
    assert "visitors may see either version" in words(section_of(client, build))
    assert "live since" not in words(section_of(client, build))


def test_a_replaced_release_says_from_when_until_when(client: Client) -> None:
    """An old build page does not claim to be live."""
    _environment, build = published(client)
    Release.objects.update(replaced_at=now() - timedelta(hours=1))
    said = words(section_of(client, build))
    assert "8 of 257 pages changed. It was live from" in said


def test_a_missing_report_is_told_only_when_it_matters(client: Client) -> None:
    """Nothing for a plain pipeline; the finding while the site does not show it."""
    environment, ana = card_scenes.ready()
    client.force_login(ana)
    assert "hidden" in section_of(client, environment.builds.get()).attrib
    build = make_build(environment=environment, state=State.SUCCEEDED)
    finding = "The build left no report on the web host."
    make_release(build=build, live=False, proof=Proof.MISSING, finding=finding)
    assert finding in words(section_of(client, build))


def test_the_news_come_with_the_poll(client: Client) -> None:
    """The report arrives after the build has ended: the answer of the poll carries the section along."""
    environment, ana = card_scenes.confirming()
    build = environment.builds.order_by("-number")[0]
    client.force_login(ana)
    page = client.get(build.get_absolute_url())
    region = find(parse(page), "div", id="build")[0]
    host_scenes.reported(build)
    answer = client.get(region.attrib["hx-get"], **HTMX).content.decode()
    assert 'id="on-host"' in answer
    assert 'hx-swap-oob="true"' in answer
    assert "8 of 257 pages changed." in answer


def test_the_section_costs_two_queries_more_and_stays_small(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The pages of the release, and their titles, however many there are."""
    environment, ana = host_scenes.published_pages()
    build = environment.builds.get()
    client.force_login(ana)
    Release.objects.update(reported_at=None)
    client.get(build.get_absolute_url())  # what waits is counted once and then known
    with CaptureQueriesContext(connection) as before:
        client.get(build.get_absolute_url())
    host_scenes.reported(build, changed=[f"news/{n}/index.html" for n in range(1000)])
    with django_assert_num_queries(len(before) + 2):
        answer = client.get(build.get_absolute_url())
    assert packed(answer.content) <= 12 * 1024


def test_lists_say_how_many_pages(client: Client) -> None:
    """In the history, beside the number of changes where that is known."""
    environment, ana = host_scenes.published_pages()
    client.force_login(ana)
    history = f"/sites/{environment.site.slug}/history/"
    assert "8 of 257 pages changed" in words(find(parse(client.get(history)), "table")[0])
    Build.objects.update(change_counts={"edited": 7})
    assert "Published 7 changes · 8 pages" in words(find(parse(client.get(history)), "table")[0])
