"""Looking at the public pages of entries: does a page name the version that should be there?"""

from __future__ import annotations

import time

import httpx
from django.db.models import F
from django.utils.timezone import now

from deploys.content import comparison
from deploys.content.changes import ChangeKind
from deploys.content.pages import page_at
from deploys.models import BuildContent, EntryProof, EntryVersion, Environment, Release
from deploys.releases import public_page
from deploys.releases.public_page import NoPage

MOST_PAGES = 25
LONGEST = 20.0  # seconds for all pages of a release: a slow site must not hold the worker up


def prove(release: Release, transport: httpx.BaseTransport | None = None) -> bool:
    """Look at the pages of what this release changed. False when a page does not show its version yet."""
    environment = release.environment
    if environment.live_release_id != release.pk:
        return True  # a later release is in place: its own pages are looked at
    ends = time.monotonic() + LONGEST
    is_shown = True
    with public_page.client(transport) as http:
        for version in _changed(release):
            if time.monotonic() > ends:
                break
            is_shown &= _look(environment, version, http).is_shown
    return is_shown


def look(environment: Environment, version: EntryVersion, transport: httpx.BaseTransport | None = None) -> EntryProof:
    """Look at the page of one entry now. The version comes with its source and can be proved."""
    with public_page.client(transport) as http:
        return _look(environment, version, http)


def can_be_proved(environment: Environment, version: EntryVersion) -> bool:
    """True when a page of this version can be asked which version it shows. Needs the version's source."""
    return bool(version.source.proof_meta and page_at(environment, version.url))


def _changed(release: Release) -> list[EntryVersion]:
    """Versions that this release brought out and that can be proved, newest first."""
    build = release.build
    if build.base is None:
        found = _newest_of_all(release)
    else:
        changes = comparison.between(build.base, build, now()).changes
        found = [change.new for change in changes if change.kind != ChangeKind.REMOVED and change.new]
    sources = {source.pk: source for source in build.site.sources.all()}
    for version in found:
        version.source = sources[version.source_id]
    return [version for version in found if can_be_proved(release.environment, version)][:MOST_PAGES]


def _newest_of_all(release: Release) -> list[EntryVersion]:
    """Of a first release, which changed everything, the newest entries."""
    found: list[EntryVersion] = []
    for content in BuildContent.objects.filter(build=release.build):
        visible = EntryVersion.objects.filter(source=content.source_id).at(content.seq).visible(content.read_at)
        newest = visible.order_by(F("changed_at").desc(nulls_last=True), "pk")
        found += newest[:MOST_PAGES]
    return found


def _look(environment: Environment, version: EntryVersion, http: httpx.Client) -> EntryProof:
    shown = None
    try:
        found = public_page.metas(page_at(environment, version.url), version.source.proof_meta, http)
    except NoPage as reason:
        is_shown, finding = False, str(reason)
    else:
        is_shown, finding, shown = _meaning(version, found)
    if shown is not None:
        _store(environment, shown, is_shown=True, finding="The page names this version.")
    return _store(environment, version, is_shown=is_shown, finding=finding)


def _meaning(version: EntryVersion, found: list[str]) -> tuple[bool, str, EntryVersion | None]:
    """What a page with these markers proves: of this version, and of another one of the same entry."""
    if not found:
        return False, "The page does not say which version it shows.", None
    versions = EntryVersion.objects.filter(source=version.source_id, entry_key=version.entry_key, is_published=True)
    known = [one for one in versions.order_by("-first_seq") if one.shown_as in found]
    if version.shown_as in found:
        if any(bytes(one.hash) != bytes(version.hash) for one in known if one.shown_as == version.shown_as):
            return False, "What the page says fits several versions, so it proves none.", None
        return True, "The page names this version.", None
    if not known:
        return False, "The page names a version that Buildhub does not know.", None
    if known[0].first_seq > version.first_seq:
        return False, "The page already names a newer version.", known[0] if len(known) == 1 else None
    return False, "The page still names an earlier version.", known[0] if len(known) == 1 else None


def _store(environment: Environment, version: EntryVersion, *, is_shown: bool, finding: str) -> EntryProof:
    facts = {"is_shown": is_shown, "finding": finding, "checked_at": now()}
    proof, _ = EntryProof.objects.update_or_create(environment=environment, version=version, defaults=facts)
    return proof
