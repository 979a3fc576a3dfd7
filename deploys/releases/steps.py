"""Looking at the public site: does it name the build whose release should be there?"""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import httpx
from django.utils.timezone import now

from deploys.models import Build, Proof, Release
from deploys.releases import actions
from deploys.transitions import note

TIMEOUT = httpx.Timeout(5)
MOST_BYTES = 64 * 1024
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
MISSING_AFTER = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(hours=1)


class NoMarker(Exception):
    """The marker could not be read; str() says why in plain words."""


def confirm(release: Release, transport: httpx.BaseTransport | None = None) -> None:
    """Look once at the environment's marker and take over what it says."""
    try:
        shown = read_marker(release.environment.marker_url, transport)
    except NoMarker as reason:
        _look_again(release, str(reason))
        return
    if shown == str(release.build.key):
        actions.mark_live(release)
        return
    other = Build.objects.filter(environment=release.environment, key=shown).first() if _is_key(shown) else None
    if other is not None and other.number > release.build.number:
        finding = f"The site already shows build {other.number}."
        Release.objects.filter(pk=release.pk).update(replaced_at=now(), next_check_at=None, finding=finding)
        return
    _look_again(release, f"The site still shows build {other.number}." if other else "The site names another build.")


def read_marker(url: str, transport: httpx.BaseTransport | None = None) -> str:
    """Return the build id in the marker file at this address, past any cache. Raises NoMarker."""
    headers = {"Cache-Control": "no-cache", "Accept": "application/json"}
    try:
        with (
            httpx.Client(transport=transport, timeout=TIMEOUT, follow_redirects=False) as client,
            client.stream("GET", url, headers=headers, params={"buildhub": uuid4().hex}) as reply,
        ):
            if reply.status_code != httpx.codes.OK:
                raise NoMarker(f"The site answers {reply.status_code} for its marker.")
            body = b"".join(_up_to(reply, MOST_BYTES))
    except httpx.HTTPError as error:
        raise NoMarker("The site does not answer.") from error
    try:
        return str(json.loads(body)["build"])
    except (ValueError, KeyError, TypeError) as error:
        raise NoMarker("The site's marker cannot be read.") from error


def _up_to(reply: httpx.Response, most: int) -> list[bytes]:
    pieces, size = [], 0
    for piece in reply.iter_bytes():
        size += len(piece)
        if size > most:
            raise NoMarker("The site's marker is too large.")
        pieces.append(piece)
    return pieces


def _is_key(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4 and all(c in "0123456789abcdef-" for c in text)


def _look_again(release: Release, finding: str) -> None:
    """Set the next look: soon at first, then slower; after two minutes people are told, after an hour it ends."""
    age = now() - release.created_at
    pause = timedelta(seconds=min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(release.checks, 10)))
    is_new_finding = age > MISSING_AFTER and release.proof == Proof.PENDING
    Release.objects.filter(pk=release.pk).update(
        checks=release.checks + 1,
        finding=finding,
        next_check_at=None if age > GIVE_UP_AFTER else now() + pause,
        proof=Proof.MISSING if age > MISSING_AFTER else Proof.PENDING,
    )
    if is_new_finding:
        note(release.build, f"Not seen on the site yet. {finding}")
