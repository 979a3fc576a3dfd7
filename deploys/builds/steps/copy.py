"""Copying a kept release on the web host: bring one back, or promote staging's. No pipeline, no build.

The publisher works in a thread of its own while this one renews the lease of the build. Every step may be killed and
run again: the publisher finishes a broken run by its journal.
"""

from __future__ import annotations

import threading
from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now

from deploys.builds import hosts
from deploys.builds.line import wake_next
from deploys.builds.steps.carry_preview import Differs, carry_preview
from deploys.builds.steps.claim import claim
from deploys.builds.steps.collect import StillReading, what_changes
from deploys.builds.steps.postpone import postpone
from deploys.content import comparison
from deploys.lifecycle import State
from deploys.models import Build, BuildContent, Environment
from deploys.releases import actions as releases
from deploys.releases import reports
from deploys.releases.hosting import Host
from deploys.transitions import advance, learn, note
from publisher.errors import Busy, HeldBack, LostClaim, NotKept, PublisherError, Unavailable
from publisher.results import Progress, Published, as_json

RENEW_EVERY = 10.0
LEASE = timedelta(seconds=60)
AGAIN = (Unavailable, Busy, LostClaim)  # the same call may be made again (docs/publishing.md)
ENDS = {HeldBack: "held_back", NotKept: "not_kept"}


class StoppedMeanwhile(Exception):
    """Another worker has taken the build over, or it has ended: what this one knows does not count any more."""


def run(build_id: int) -> None:
    """Bring a copy from the line to the web host, or say why not. Safe to run at any time, any number of times."""
    build = claim(build_id)
    if build is None:
        return
    copied = build.copied
    if copied is None:
        raise ValueError(f"{build} has a pipeline of its own.")
    try:
        _carry(build, copied)
    except StillReading:
        postpone(build, now(), "Reading the content from the CMS.")
        return
    except Differs as reason:
        _end(build, "preview_differs", {"detail": str(reason)[:300]})
        return
    if build.attempts == 1:
        note(build, "Copying the kept files on the web host")
    try:
        _finish(build, _Run(build, copied).result())
    except AGAIN as error:
        postpone(build, None, f"The web host: {error}"[:300])
    except PublisherError as error:
        _refused(build, error)
    except StoppedMeanwhile:
        return


def _carry(build: Build, copied: Build) -> None:
    """Note what the copy carries and what that changes for visitors. Once. Raises StillReading, Differs."""
    if build.base_id or build.contents.exists():
        return
    if copied.environment.is_for_previews:
        carry_preview(build, copied)
    else:
        _carry_release(build, copied)


@transaction.atomic
def _carry_release(build: Build, copied: Build) -> None:
    """The same as its original did."""
    rows = BuildContent.objects.filter(build=copied)
    contents = [
        BuildContent(
            build=build,
            source_id=one.source_id,
            seq=one.seq,
            read_at=one.read_at,
            seq_after=one.seq_after,
            gone_at=one.gone_at,
        )
        for one in rows
    ]
    BuildContent.objects.bulk_create(contents, ignore_conflicts=True)
    live = build.environment.live_release
    base = live.build if live else None
    found = comparison.between(base, build, now())
    learn(build, base=base, **what_changes(found))


class _Run:
    """One call of the publisher in a thread, watched by this one."""

    def __init__(self, build: Build, copied: Build) -> None:
        live = build.environment.live_release
        self._build = build
        self._name = copied.release.host_id
        self._is_live = live is not None and live.host_id == self._name
        self._host, self._source = Host(build.environment), Host.of(copied)
        self._progress = Progress(stage="")
        self._published: Published | None = None
        self._error: BaseException | None = None

    def result(self) -> Published:
        """Wait for the end. Raises PublisherError, StoppedMeanwhile."""
        thread = threading.Thread(target=self._work, name=f"copy-{self._build.pk}", daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(RENEW_EVERY)
            self._renew()
        if self._error is not None:
            raise self._error
        if self._published is None:
            raise Unavailable("The web host gave no answer.")
        return self._published

    def _work(self) -> None:
        try:
            self._published = self._call()
        except BaseException as error:  # noqa: BLE001 - handed over to the thread that waits
            self._error = error

    def _call(self) -> Published:
        """Runs beside the thread that waits: it must not touch the database."""
        anyway = self._build.anyway
        if self._build.promotes_id:
            key = str(self._build.key)
            return self._host.promote(self._source, self._name, as_release=key, anyway=anyway, told=self._told)
        return self._host.bring_back(self._name, anyway=anyway, mend=self._is_live, told=self._told)

    def _told(self, progress: Progress) -> None:
        self._progress = progress

    def _renew(self) -> None:
        """Keep the lease while the publisher works. Raises StoppedMeanwhile."""
        mine = Build.objects.filter(pk=self._build.pk, state=State.STARTING, attempts=self._build.attempts)
        if not mine.update(lease_until=now() + LEASE):
            raise StoppedMeanwhile


def _finish(build: Build, published: Published) -> None:
    """It is on the host: record the release, whose proof is looked for like any other. Raises PublisherError."""
    told = as_json(published)
    pages = Host(build.environment).pages(published.release) if build.promotes_id else None
    with transaction.atomic():
        Environment.objects.select_for_update().get(pk=build.environment_id)
        if not advance(build, State.SUCCEEDED, attempt=build.attempts, note="The web host holds it"):
            return
        release = releases.record(build, host_id=published.release)
        reports.take(release, told, pages)
        releases.hold(build)
        hosts.look_after_mending(build.environment)
        wake_next(build.environment_id)


def _refused(build: Build, error: PublisherError) -> None:
    facts: dict[str, object] = {"detail": str(error)[:300]}
    if isinstance(error, HeldBack):
        live = build.environment.live_release
        facts |= reports.held_back_facts(error.removed, (live.pages if live else None) or 0, str(error))
    _end(build, ENDS.get(type(error), "host_refused"), facts)


def _end(build: Build, error_class: str, facts: dict[str, object]) -> None:
    words = "Nothing was copied" if error_class == "preview_differs" else "The web host did not take it"
    with transaction.atomic():
        advance(
            build,
            State.FAILED,
            attempt=build.attempts,
            note=words,
            error_class=error_class,
            error_facts=facts,
        )
        wake_next(build.environment_id)
