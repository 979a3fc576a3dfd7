"""Looking at the public site: does it show the release that should be there?"""

from __future__ import annotations

from datetime import timedelta

import httpx
from django.utils.timezone import now

from deploys.models import Build, Kind, Proof, Release, ReleasePages
from deploys.releases import actions, places, reports, served
from deploys.releases.hosting import Host
from deploys.releases.served import NotServed
from deploys.transitions import note
from publisher.errors import PublisherError
from publisher.results import as_json

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
MISSING_AFTER = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(hours=1)


class Replaced(Exception):
    """The site shows a later release already; str() says which."""


def confirm(release: Release, transport: httpx.BaseTransport | None = None) -> None:
    """Look once at the site, after the report of the pipeline where there is one, and take over what is seen."""
    trouble = _take_report(release) if release.environment.target and release.reported_at is None else ""
    try:
        with served.client(transport) as http:
            proof = _proof(release, http)
    except Replaced as finding:
        Release.objects.filter(pk=release.pk).update(replaced_at=now(), next_check_at=None, finding=str(finding))
    except NotServed as finding:
        _look_again(release, trouble or str(finding))
    else:
        actions.mark_live(release, proof)


def _take_report(release: Release) -> str:
    """Take over what the pipeline left on the web host. Returns what is wrong in plain words, else ""."""
    host = Host.of(release.build)
    try:
        found = (host.report(name) for name in _names(release.build))
        report = next((one for one in found if one is not None), None)
        if report is None or report.published is None:
            return "The build left no report on the web host."
        pages = host.pages(report.published.release)
        reports.take(release, as_json(report.published), pages)
    except PublisherError as error:
        return f"The web host: {error}"[:300]
    return ""


def _names(build: Build) -> list[str]:
    """What the report may be filed under, the likeliest first."""
    if not build.is_foreign:
        return [build.release_name]
    jobs = build.jobs.filter(status="success").order_by("-job_id").values_list("job_id", flat=True)
    return [*(f"{build.release_name}-{job}" for job in jobs), build.release_name]


def _proof(release: Release, http: httpx.Client) -> Proof:
    """Return how it is known that visitors get this release. Raises NotServed, Replaced."""
    environment = release.environment
    proof = None
    marker_url = places.marker_of(release.build)
    if marker_url:
        _check_marker(release, served.read_marker(marker_url, http))
        proof = Proof.MARKER
    pages = ReleasePages.of(release) if environment.target and environment.checks_pages else None
    if pages and served.check_pages(places.address_of(release.build), pages, served.sample(release, pages), http):
        proof = proof or Proof.PAGES
    if proof is None:
        raise NotServed("The environment has no marker, and no page of the build could be compared.")
    return proof


def _check_marker(release: Release, shown: str) -> None:
    if shown == release.host_id:
        return
    if release.build.is_foreign and release.build.is_called(shown):
        Release.objects.filter(pk=release.pk).update(host_id=shown)
        return
    other = actions.build_called(release.environment, shown)
    if other is None:
        raise NotServed("The site names another build.")
    if other.number > release.build.number:
        raise Replaced(f"The site already shows build {other.number}.")
    raise NotServed(f"The site still shows build {other.number}.")


def _look_again(release: Release, finding: str) -> None:
    """Set the next look: soon at first, then slower; after two minutes people are told, after an hour it ends."""
    age = now() - release.created_at
    pause = timedelta(seconds=min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(release.checks, 10)))
    is_new_finding = age > MISSING_AFTER and release.proof == Proof.PENDING
    Release.objects.filter(pk=release.pk).update(
        checks=release.checks + 1,
        finding=finding[:300],
        next_check_at=None if age > GIVE_UP_AFTER else now() + pause,
        proof=Proof.MISSING if age > MISSING_AFTER else Proof.PENDING,
    )
    if is_new_finding:
        note(release.build, f"Not seen on the site yet. {finding}"[:300], tells=Kind.UNPROVED)
