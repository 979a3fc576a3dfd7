"""The regular look at a web host: does it still show and hold what was published, and who can read its records?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
from django.utils.timezone import now

from deploys.models import Environment, HostState, HostTrouble, ReleasePages
from deploys.releases import actions, served
from deploys.releases.hosting import Host
from deploys.releases.served import NotServed
from publisher import records_are_public
from publisher.errors import Busy, PublisherError, Unavailable

EVERY = timedelta(minutes=15)
COMPARE_EVERY = timedelta(hours=6)  # every file: one request for each thousand of them
PRUNE_EVERY = timedelta(hours=24)
MOST_PATHS = 200


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One trouble and its plain words."""

    trouble: HostTrouble
    words: str
    paths: list[str] = field(default_factory=list)


def check(state: HostState, transport: httpx.BaseTransport | None = None) -> None:
    """Look once and store what was found. The state comes with its environment and that one's release and build."""
    environment, moment = state.environment, now()
    found: list[Finding | None] = [_shown(environment, transport)]
    if environment.target:
        found += _on_the_host(state, moment)
    trouble = next((finding for finding in found if finding), None)
    _store(state, trouble, moment)


def _shown(environment: Environment, transport: httpx.BaseTransport | None) -> Finding | None:
    """Whether the marker of the site names the release that is said to be live."""
    live = environment.live_release
    if live is None or not live.is_proved or not environment.marker_url or environment.builds.moving().exists():
        return None
    try:
        with served.client(transport) as http:
            shown = served.read_marker(environment.marker_url, http)
    except NotServed as reason:
        return Finding(trouble=HostTrouble.UNREACHABLE, words=str(reason))
    if shown == live.host_id:
        return None
    other = actions.release_called(environment, shown)
    if other is None:
        words = f"The site shows a version that Buildhub does not know, not build {live.build.number}."
        return Finding(trouble=HostTrouble.OTHER_RELEASE, words=words)
    if other.build.number < live.build.number or other.live_at is not None:
        actions.found_live(other)
    return None


def _on_the_host(state: HostState, moment: datetime) -> list[Finding | None]:
    host = Host(state.environment)
    try:
        releases = host.releases()
        state.kept = [one.id for one in releases.releases]
        state.storage = releases.storage
        state.invalidated_paths = dict(host.status().invalidated_paths)
        found = (
            _compared(state, host, moment) if _is_due(state.compared_at, COMPARE_EVERY, moment) else [_as_before(state)]
        )
        if _is_due(state.pruned_at, PRUNE_EVERY, moment):
            _prune(state, host, moment)
    except Unavailable as error:
        return [Finding(trouble=HostTrouble.UNREACHABLE, words=str(error))]
    except PublisherError as error:
        return [Finding(trouble=HostTrouble.REFUSED, words=str(error))]
    return found


def _is_due(last: datetime | None, every: timedelta, moment: datetime) -> bool:
    return last is None or moment - last >= every


def _as_before(state: HostState) -> Finding | None:
    """What the last comparison found, until the next one."""
    if state.trouble not in {HostTrouble.CHANGED_BY_HAND, HostTrouble.PUBLIC_RECORDS}:
        return None
    return Finding(trouble=HostTrouble(state.trouble), words=state.finding, paths=list(state.differing))


def _compared(state: HostState, host: Host, moment: datetime) -> list[Finding | None]:
    """Ask the public address for the records, and compare every file on the host. Not while something goes live."""
    if state.environment.builds.moving().exists():
        return [_as_before(state)]
    state.compared_at = moment
    return [_public_records(state.environment), _changed_by_hand(host) if state.kept else None]


def _public_records(environment: Environment) -> Finding | None:
    try:
        if not records_are_public(environment.url):
            return None
    except Unavailable:
        return None  # the site itself is asked for by other looks
    words = "Visitors can read the folder .releases/, which names every version. Deny it in the rules of the web host."
    return Finding(trouble=HostTrouble.PUBLIC_RECORDS, words=words)


def _changed_by_hand(host: Host) -> Finding | None:
    seen = host.verify()
    if seen.is_as_published:
        return None
    paths = sorted({*seen.missing, *seen.changed, *seen.headers_changed})
    words = f"{len(paths)} of {seen.checked} files on the web host are not as published: somebody changed them there."
    return Finding(trouble=HostTrouble.CHANGED_BY_HAND, words=words, paths=paths[:MOST_PATHS])


def _prune(state: HostState, host: Host, moment: datetime) -> None:
    environment = state.environment
    try:
        pruned = host.prune(keep=environment.keep_releases, keep_days=environment.keep_days)
    except Busy:
        return  # somebody publishes: the next look tries again
    state.pruned_at = moment
    if pruned.releases:
        state.kept = [one for one in state.kept if one not in pruned.releases]
    ReleasePages.objects.filter(environment=environment).exclude(host_id__in=state.kept).delete()


def _store(state: HostState, found: Finding | None, moment: datetime) -> None:
    is_news = (found.trouble if found else "") != state.trouble
    if is_news:
        state.trouble_since = moment if found else None
    state.trouble = found.trouble if found else HostTrouble.NONE
    state.finding = found.words[:300] if found else ""
    state.differing = found.paths if found else []
    state.checked_at, state.next_check_at = moment, moment + EVERY
    state.save()
    if is_news:
        state.environment.touch()
