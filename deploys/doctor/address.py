"""What visitors get at an environment's address, and whether the marker that proves what is live is there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from deploys.doctor import web
from deploys.doctor.model import CannotLook, Finding, Look, Thing
from deploys.models import Environment

ADDRESS = Thing("host.address", "Address of the site")
MARKER = Thing("host.marker", "Marker of the build")
_CLIENT_ERROR, _SERVER_ERROR, _REDIRECT = 400, 500, range(300, 400)


def address_looks(environment: Environment) -> tuple[Look, ...]:
    """None for previews, each of which has an address of its own."""
    if environment.is_for_previews:
        return ()
    looks = [Look(thing=ADDRESS, run=partial(_address, environment))]
    if environment.marker_url:
        looks.append(Look(thing=MARKER, run=partial(_marker, environment)))
    return tuple(looks)


def _address(environment: Environment) -> Iterator[Finding]:
    url = environment.url
    try:
        with web.client() as http:
            status = web.answer_of(url, http).status
    except web.BadCertificate:
        yield ADDRESS.wrong(
            f"Browsers refuse the certificate of {url}.", "Have the host renew it, or give it one for this name."
        )
        return
    except CannotLook:
        yield ADDRESS.wrong(
            f"{url} does not answer.",
            "Check the address for a typing mistake, that its name leads to the host (DNS), and that the host is up.",
        )
        return
    yield _of_status(environment, status)


def _of_status(environment: Environment, status: int) -> Finding:
    url = environment.url
    if status >= _SERVER_ERROR:
        return ADDRESS.wrong(f"{url} answers with an error ({status}).", "Look at the host.")
    if status in _REDIRECT:
        return ADDRESS.wrong(f"{url} leads on to another address ({status}).", "Enter that one here.", is_needed=False)
    if status >= _CLIENT_ERROR:
        if environment.live_release_id is None:
            return ADDRESS.unknown(
                f"{url} answers, with {status}: nothing is published there yet.",
                "Publish once and look again.",
                is_needed=False,
            )
        return ADDRESS.wrong(f"{url} answers with {status}, though a version is live there.", "Look at the host.")
    return ADDRESS.ok(f"{url} answers.")


def _marker(environment: Environment) -> Iterator[Finding]:
    """Before the first publish there is none."""
    url = environment.marker_url
    try:
        with web.client() as http:
            answer = web.answer_of(url, http)
    except (web.BadCertificate, CannotLook):
        return  # the address says it
    if answer.status == web.FINE and answer.start.lstrip().startswith(b"{"):
        yield MARKER.ok("It is there.")
    elif environment.live_release_id is None:
        yield MARKER.unknown(
            f"{url} is not there yet.", "The first publish brings it. Publish once and look again.", is_needed=False
        )
    else:
        yield MARKER.wrong(
            f"{url} is not the JSON file that names the build (it answers with {answer.status}).",
            "Let the build write it, or correct the address of the marker; without it nothing is proved to be live.",
        )
