"""Which previews may go live as they are, and what is said of those that may not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils.timezone import now

from deploys.builds import copies
from deploys.models import Build, BuildContent, ContentSource, Preview, Release
from tests import scenes
from tests.hosted import pages
from tests.preview_scenes import SHA, PreviewHost
from tests.scenes import make_entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def host(tmp_path: Path) -> PreviewHost:
    """A live site of one page, and a place for previews."""
    found = PreviewHost(tmp_path)
    found.holds(make_entry("hours"))
    found.publish(pages("hours", "prices"))
    return found


def said(host: PreviewHost, preview: Preview) -> str:
    """Why it may not go live; empty when it may."""
    build = Build.objects.select_related("environment__site", "site", "preview", "release").get(pk=preview.build_id)
    host.live.environment.refresh_from_db()
    return copies.why_not_promoted(build, host.live.environment)


def test_the_same_content_and_design_may(host: PreviewHost) -> None:
    """Nothing but published entries is in it."""
    assert said(host, host.preview(pages("hours", "prices"))) == ""


def test_a_draft_may_not_until_it_is_published_as_it_was(host: PreviewHost) -> None:
    """Then the pages are those that a build of the live site would make."""
    host.holds(make_entry("hours"), make_entry("cafe", status="draft"))
    preview = host.preview(pages("hours", "prices", "cafe"))
    assert "Not everything in it is published: “Cafe”." in said(host, preview)
    host.holds(make_entry("hours"), make_entry("cafe"))
    assert said(host, preview) == ""


@pytest.mark.parametrize(
    "later",
    [
        {"title": "Another title"},
        {"fields": {"body": "Another text"}},
        {"url": "/elsewhere/"},
        {"expire_at": now() + timedelta(days=9)},
    ],
)
def test_a_draft_that_was_published_with_other_words_may_not(host: PreviewHost, later: dict[str, Any]) -> None:
    """Whatever part of it changed."""
    host.holds(make_entry("hours"), make_entry("cafe", status="draft"))
    preview = host.preview(pages("hours", "prices", "cafe"))
    host.holds(make_entry("hours"), make_entry("cafe", **later))
    assert "Something was saved since it was made" in said(host, preview)


def test_the_cms_word_for_the_version_counts(host: PreviewHost) -> None:
    """It stands on the page."""
    host.holds(make_entry("hours"), make_entry("cafe", status="draft", marker="cafe 1"))
    preview = host.preview(pages("hours", "prices", "cafe"))
    host.holds(make_entry("hours"), make_entry("cafe", marker="cafe 2"))
    assert "Something was saved since it was made: “Cafe”." in said(host, preview)


def test_a_planned_entry_may_when_its_time_has_come(host: PreviewHost) -> None:
    """And not before, nor after its end."""
    soon = now() + timedelta(hours=1)
    host.holds(make_entry("hours"), make_entry("cafe", publish_at=soon))
    planned = host.preview(pages("hours", "prices", "cafe"))
    assert "“Cafe”" in said(host, planned)
    with time_machine.travel(soon + timedelta(seconds=1), tick=False):
        assert said(host, planned) == ""
    host.holds(make_entry("hours"), make_entry("cafe", expire_at=now() - timedelta(hours=1)))
    assert "Not everything in it is published: “Cafe”." in said(host, host.preview(pages("hours", "prices", "cafe")))


@pytest.mark.parametrize(
    ("later", "words"),
    [
        ([make_entry("hours", fields={"body": "We open at 10."})], "Something was saved since it was made: “Hours”."),
        ([make_entry("hours"), make_entry("news")], "Something was saved since it was made: “News”."),
        ([], "Not everything in it is published: “Hours”."),
        ([make_entry("hours", status="draft")], "Not everything in it is published: “Hours”."),
        ([make_entry("hours"), make_entry("news", status="draft")], ""),
    ],
    ids=["edited", "new", "deleted", "taken offline", "another draft"],
)
def test_what_was_saved_since_counts_if_visitors_would_see_it(host: PreviewHost, later: list[Any], words: str) -> None:
    """A preview made before shows something else than a publish would now."""
    preview = host.preview(pages("hours", "prices"))
    host.holds(*later)
    found = said(host, preview)
    assert (words in found, bool(found)) == (True, bool(words))


def test_many_titles_are_counted(host: PreviewHost) -> None:
    """Three are named."""
    host.holds(make_entry("hours"), *(make_entry(f"draft-{number}", status="draft") for number in range(5)))
    assert "“Draft 0”, “Draft 1”, “Draft 2” and 2 more." in said(host, host.preview(pages("hours", "prices")))


def test_nobody_guesses_what_is_in_it(host: PreviewHost) -> None:
    """A reading that has not come or does not count, an edit while it was made, a site whose content is not read."""
    preview = host.preview(pages("hours", "prices"))
    contents = BuildContent.objects.filter(build=preview.build)
    contents.update(seq_after=None)
    assert "We look whether somebody saved" in said(host, preview)
    contents.update(seq_after=99)
    assert "edited meanwhile" in said(host, preview)
    contents.update(seq_after=host.source.seq)
    ContentSource.objects.update(trouble="shrunk")
    assert "could not be read" in said(host, preview)
    ContentSource.objects.update(trouble="")
    other = scenes.make_source(site=host.site)
    assert "Nobody knows for sure" in said(host, preview)
    other.delete()
    contents.delete()
    ContentSource.objects.update(is_active=False)
    assert "Buildhub does not read this site's content" in said(host, preview)


def test_one_below_the_live_sites_address_says_why(host: PreviewHost) -> None:
    """Its links lead into the preview, whatever is in it; the same for a path of a host of its own."""
    preview = host.preview(pages("hours", "prices"))
    for pattern in ("https://www.example.org/previews/{label}/", "https://{label}.example.org/site/"):
        type(host.place).objects.filter(pk=host.place.pk).update(preview_url=pattern)
        assert "so its links lead into the preview" in said(host, preview)


def test_pages_that_name_the_preview_may_not(host: PreviewHost) -> None:
    """The real publisher looks; one that did not look lets nothing through."""
    files = pages("hours", "prices")
    preview = host.preview(files | {"a.html": "https://preview.example/"}, address="https://preview.example/")
    assert "Its pages name the address of this preview. Publish Live site instead." in said(host, preview)
    assert "Nobody looked" in said(host, host.preview(files, address=None))
    hidden = {path: f'<meta name="robots" content="noindex">{text}' for path, text in files.items()}
    assert "ask search engines to leave them out" in said(host, host.preview(hidden))


def test_another_design_may_not(host: PreviewHost) -> None:
    """Made of another commit than the newest build of the branch that the live site is made of."""
    preview = host.preview(pages("hours", "prices"), sha="b" * 40)
    assert said(host, preview) == ""  # it is the newest itself
    host.publish(pages("hours", "prices"), sha="c" * 40)
    assert said(host, preview) == "The design of the live site is another one by now."
    type(host.place).objects.filter(pk=host.place.pk).update(ref="drafts")
    assert said(host, host.preview(pages("hours", "prices"), sha="d" * 40)).startswith("The design of the live site")
    assert said(host, host.preview(pages("hours", "prices"), sha="c" * 40)) == ""
    assert said(host, host.preview(pages("hours", "prices"), sha="")).startswith("Nobody knows whether it has the")


def test_a_banner_on_every_page_is_noticed(host: PreviewHost) -> None:
    """Of the same design, pages that were not edited are the same on both sites."""
    files = {path: f"This is a preview. {text}" for path, text in pages("hours", "prices").items()}
    assert "Every page of it differs from the live site" in said(host, host.preview(files))
    Release.objects.exclude(environment=host.place).get()  # one live version
    Build.objects.filter(environment=host.live.environment).update(sha="b" * 40)
    assert "Every page" not in said(host, host.preview(files, sha=SHA))


def test_one_that_is_over_may_not(host: PreviewHost) -> None:
    """Its files leave the web host any moment."""
    preview = host.preview(pages("hours", "prices"))
    Preview.objects.update(expires_at=now())
    assert "It cannot be opened (any more)" in said(host, preview)
