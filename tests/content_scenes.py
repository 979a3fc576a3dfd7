"""The content of a museum, as it is live and after a morning of editing: for tests and pictures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.timezone import now

from deploys.content.sources.types import Entry
from deploys.models import Build, ContentSource, Site
from tests.scenes import carry, make_entry, make_source, store_entries

CMS = "https://cms.example/entries/"
ROOMS = ("chart room", "long hall", "tower", "quay", "workshop", "library", "boat house", "attic", "garden")
HOURS = "\n\n".join(
    (
        "We are open every day from 10:00 to {close}. Last entry is {last} minutes before closing.{more}",
        *(f"The {room} is open to everybody, all year round." for room in ROOMS),
        "The harbour café opens {early} earlier.",
    )
)


def source_of(site: Site) -> ContentSource:
    """The site's source, made when there is none."""
    return site.sources.first() or make_source(site=site, name="Museum CMS")


def publish(build: Build) -> ContentSource:
    """The build carries the content as it was before the morning."""
    source = source_of(build.site)
    store_entries(source, before().values())
    carry(build, source, read_at=build.requested_at)
    return source


def edit(site: Site) -> ContentSource:
    """Five entries were edited, one is new and one is gone."""
    source = source_of(site)
    store_entries(source, after().values())
    return source


def edit_again(site: Site) -> None:
    """A minute later one more page was saved for the first time, and an edited one again."""
    entries = after()
    entries["contact"] = _entry("contact", "Contact", "page", "Mei Okafor", 1, body="Write to us.")
    entries["footer"] = _entry("footer", "Footer", "site_setting", "Tomás Lind", 1, phone="+351 210 000 141")
    store_entries(source_of(site), entries.values())


def carry_now(build: Build) -> None:
    """The build carries the content as it stands."""
    carry(build, source_of(build.site))


def trouble(site: Site) -> None:
    """The last reading does not count."""
    note = "The source answered with 3 entries; before there were 60. Check its token."
    since = now() - timedelta(minutes=20)
    ContentSource.objects.filter(site=site).update(trouble="shrunk", trouble_note=note, trouble_since=since)


def unread(site: Site) -> None:
    """A reading was due twenty minutes ago, and nobody reads."""
    ContentSource.objects.filter(site=site).update(next_read_at=now() - timedelta(minutes=20))


def before() -> dict[str, Entry]:
    """What visitors see."""
    hours = HOURS.format(close="17:00", last=45, more="", early="half an hour")
    introduction = "Bring your class to the harbour. Guided visits last 60 minutes and suit pupils aged 7 to 14."
    return _by_key(
        _entry("hours", "Opening hours", "page", "Ana Ribeiro", 300, body=hours, summary="Open daily, 10:00 to 17:00"),
        _entry(
            "school",
            "Visit with a school group",
            "page",
            "Mei Okafor",
            300,
            price="£4.50",
            introduction=introduction,
            gallery=["boats.jpg", "quay.jpg", "tide-pool.jpg"],
        ),
        _entry(
            "low-tide",
            "Low tide walk, 14 November",
            "event",
            "Ana Ribeiro",
            300,
            body="Meet at the slipway at low tide for a two hour walk along the shore.",
        ),
        _entry("cutter", "Pilot cutter “Kindly Light”", "image_description", "Mei Okafor", 300, description="Boat"),
        _entry("menu", "Main menu", "navigation", "Tomás Lind", 300, order=["Visit", "Events", "Shop", "Learn"]),
        _entry("footer", "Footer", "site_setting", "Tomás Lind", 300, phone="+351 210 000 100"),
        _entry("about", "About us", "page", "Ana Ribeiro", 300, body="Join our <a href='/low-tide/'>walk</a>."),
    )


def after() -> dict[str, Entry]:
    """What is in the CMS now."""
    more = " On Thursdays in December we stay open until 21:00."
    hours = HOURS.format(close="18:00", last=30, more=more, early="one hour")
    introduction = "Bring your class to the harbour. Guided visits last 75 minutes and suit children aged 7 to 14."
    entries = before() | _by_key(
        _entry("hours", "Opening hours", "page", "Ana Ribeiro", 29, body=hours, summary="Open daily, 10:00 to 18:00"),
        _entry(
            "school",
            "Visit with a school group",
            "page",
            "Mei Okafor",
            51,
            price="£5.00",
            introduction=introduction,
            gallery=["boats.jpg", "quay.jpg", "rock-pool-2026.jpg"],
        ),
        _entry(
            "lens",
            "Lighthouse lens returns after two years",
            "news",
            "Tomás Lind",
            70,
            body="The great lens of the harbour lighthouse is back on show from Saturday.",
            picture="/media/lens.jpg",
        ),
        _entry("cutter", "Pilot cutter “Kindly Light”", "image_description", "Mei Okafor", 139, description="A cutter"),
        _entry("menu", "Main menu", "navigation", "Tomás Lind", 163, order=["Visit", "Events", "Learn", "Shop"]),
        _entry("footer", "Footer", "site_setting", "Tomás Lind", 180, phone="+351 210 000 140"),
    )
    del entries["low-tide"]
    return entries


def _entry(key: str, title: str, kind: str, who: str, minutes: int, **fields: Any) -> Entry:
    return make_entry(
        key,
        title=title,
        kind=kind,
        edit_url=f"{CMS}{key}",
        changed_by=who,
        changed_at=_ago(minutes),
        fields=fields,
    )


def _ago(minutes: int) -> datetime:
    return now() - timedelta(minutes=minutes)


def _by_key(*entries: Entry) -> dict[str, Entry]:
    return {entry.key: entry for entry in entries}
