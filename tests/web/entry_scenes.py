"""Entries with a past, for pictures and browser tests: several versions in several builds at two environments."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.timezone import now

from deploys.content.sources.types import Entry
from deploys.lifecycle import State
from deploys.models import Build, ContentSource, EntryProof, EntryVersion, Environment, Release, User
from deploys.releases import actions
from tests.content.hostile import ATTACKS, HTML
from tests.scenes import carry, make_build, make_entry, make_environment, make_release, make_source, store_entries
from tests.web import card_scenes

BODY = (
    "We are open every day from 10:00 to {close}.",
    "The chart room is open to everybody, all year round.",
    "The long hall is open to everybody, all year round.",
    "The tower is closed in strong wind.",
    "The harbour café opens {early} earlier.",
)


def make() -> dict[str, Any]:
    """The addresses of the pages, and the person who looks."""
    environment, person = card_scenes.place()
    staging = make_environment(site=environment.site, name="Staging", slug="staging", position=1, marker_url="")
    source = make_source(site=environment.site, name="Museum CMS", proof_meta="buildhub:entry")
    moment = now()
    _read(source, moment, hours=("17:00", 300), tide="walk")
    first = _publish(environment, source, person, minutes=280)
    _read(source, moment, hours=("17:30", 200), tide="walk")
    second = _publish(environment, source, person, minutes=180, base=first)
    _read(source, moment, hours=("18:00", 90))
    third = _publish(environment, source, person, minutes=80, base=second)
    actions.record(_build(staging, source, person, minutes=70, base=None))
    _prove(environment, EntryVersion.objects.get(source=source, entry_key="hours", last_seq=None))
    seq = source.seq
    _read(source, moment, hours=("18:30", 20), lens=True)
    third.contents.update(seq_after=seq)
    running = make_build(environment=environment, state=State.RUNNING, base=third, requested_by=person)
    carry(running, source)
    _read(source, moment, hours=("19:00", 1), lens=True)
    running.contents.update(seq_after=source.seq)
    slug = environment.site.slug
    pages = {key: reverse("entry", args=[slug, source.pk, key]) for key in ("hours", "tide", "lens", "hostile/entry")}
    return {
        "person": person,
        "site": slug,
        "entry": pages["hours"],
        "removed": pages["tide"],
        "new": pages["lens"],
        "hostile": pages["hostile/entry"],
        "build_page": third.get_absolute_url(),
        "running_page": running.get_absolute_url(),
    }


def _read(
    source: ContentSource, moment: datetime, *, hours: tuple[str, int], tide: str = "", lens: bool = False
) -> None:
    close, minutes = hours
    text = "\n\n".join(BODY).format(close=close, early="half an hour" if close < "18" else "one hour")
    who = "Ana Ribeiro" if minutes > 100 else "Mei Okafor"
    entries = [
        _entry("hours", "Opening hours", who, moment - timedelta(minutes=minutes), body=text, summary=f"Until {close}"),
        _entry(
            "hostile/entry",
            ATTACKS[0],
            ATTACKS[1],
            moment,
            kind=ATTACKS[3],
            url="javascript:window.hacked='url'",
            edit_url="javascript:window.hacked='edit'",
            body=f"{HTML} {close}",
        ),
    ]
    if tide:
        entries.append(_entry("tide", "Low tide walk, 14 November", "Ana Ribeiro", moment - timedelta(hours=5)))
    if lens:
        entries.append(_entry("lens", "Lighthouse lens returns", "Tomás Lind", moment - timedelta(minutes=30)))
    store_entries(source, entries)


def _entry(key: str, title: str, who: str, at: datetime, **facts: Any) -> Entry:
    fields = {name: facts.pop(name) for name in ("body", "summary") if name in facts}
    given = {"edit_url": f"https://cms.example/{key}", "kind": "page"}
    marker = f"{key} {fields.get('summary', '')}"
    return make_entry(key, title=title, changed_by=who, changed_at=at, fields=fields, marker=marker, **given | facts)


def _build(environment: Environment, source: ContentSource, who: User, *, minutes: int, base: Build | None) -> Build:
    begun = now() - timedelta(minutes=minutes)
    facts = {"requested_by": who, "requested_at": begun, "finished_at": begun + timedelta(minutes=4), "base": base}
    build = make_build(environment=environment, state=State.SUCCEEDED, **facts)
    carry(build, source, read_at=now())
    return build


def _publish(
    environment: Environment, source: ContentSource, who: User, *, minutes: int, base: Build | None = None
) -> Build:
    build = _build(environment, source, who, minutes=minutes, base=base)
    live_at = build.finished_at
    before = environment.live_release
    if before:
        Release.objects.filter(pk=before.pk).update(replaced_at=live_at)
    make_release(build=build, live_at=live_at)
    environment.refresh_from_db()
    return build


def _prove(environment: Environment, version: EntryVersion) -> None:
    EntryProof.objects.create(
        environment=environment,
        version=version,
        is_shown=True,
        finding="The page names this version.",
        checked_at=now() - timedelta(minutes=75),
    )
