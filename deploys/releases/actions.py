"""What is asked of releases: rows only, no network."""

from __future__ import annotations

import re
import uuid

from django.db import transaction
from django.utils.timezone import now

from deploys import wake
from deploys.lifecycle import OPEN
from deploys.models import Build, Cause, Environment, HandedReport, HostState, Kind, Preview, Proof, Release, User
from deploys.outbox import tell
from deploys.releases import places, reports
from deploys.transitions import note

FINDINGS = {
    Proof.MARKER: "The site names this build.",
    Proof.PAGES: "The site serves the pages of this build.",
}


def record(build: Build, *, host_id: str = "") -> Release:
    """Note that a build put its release on the host; the proof is looked for from now on.

    An environment where nothing can be checked: its newest release counts as the one there, and says so.
    """
    environment = build.environment
    proof = Proof.PENDING if places.marker_of(build) or environment.target else Proof.UNCHECKED
    release, _ = Release.objects.update_or_create(
        build=build,
        defaults={
            "environment": environment,
            "host_id": host_id or build.release_name,
            "created_at": now(),
            "proof": proof,
            "live_at": None,
            "replaced_at": None,
            "reported_at": None,
            "checks": 0,
            "next_check_at": now() if proof == Proof.PENDING else None,
        },
    )
    if environment.is_for_previews:
        # A pipeline that was run again in GitLab after the preview was deleted has put it there once more.
        Preview.objects.filter(build=build, deleted_at__isnull=False).update(deleted_at=None)
    elif environment.target or environment.marker_url:
        HostState.objects.get_or_create(environment=environment)
    if handed := HandedReport.objects.filter(build=build).first():
        reports.take(release, handed.data)
    if proof == Proof.UNCHECKED:
        tell(Kind.LIVE, key=f"finished-{release.pk}-{release.created_at:%Y%m%dT%H%M%S.%f}", build=build)
        if not environment.is_for_previews:
            put_in_place(release)
    return release


def mark_live(release: Release, proof: Proof = Proof.MARKER) -> None:
    """The site shows this release: it is what visitors get, or a preview that can be opened."""
    is_preview = release.environment.is_for_previews
    with transaction.atomic():
        if not is_preview:
            put_in_place(release)
        moment = now()
        Release.objects.filter(pk=release.pk).update(
            proof=proof, live_at=moment, next_check_at=None, finding=FINDINGS[proof]
        )
        words = "The preview can be opened" if is_preview else "Live: the site shows this build"
        note(release.build, words, tells=Kind.LIVE)
        if not is_preview and release.build.site.sources.active().exclude(proof_meta="").exists():
            transaction.on_commit(lambda: wake.prove_entries(release.pk))


def put_in_place(release: Release) -> None:
    """Make the release the environment's own, unless a later build's is there already."""
    with transaction.atomic():
        environment = Environment.objects.select_for_update().get(pk=release.environment_id)
        before = environment.live_release
        if before is not None and before.build.number > release.build.number:
            return
        _replace(environment, before, release)


def found_live(release: Release) -> None:
    """The site was seen to show this earlier release, which nobody brought back here: what is true counts."""
    with transaction.atomic():
        environment = Environment.objects.select_for_update().get(pk=release.environment_id)
        before = environment.live_release
        if before is None or before.pk == release.pk:
            return
        _replace(environment, before, release)
        Release.objects.filter(pk=release.pk).update(replaced_at=None, live_at=now(), proof=Proof.MARKER)
        note(
            release.build, f"The site shows this build again, not build {before.build.number}; it was put there by hand"
        )


def _replace(environment: Environment, before: Release | None, release: Release) -> None:
    """Write that the release is in place of the one before. The environment is locked."""
    if before is not None and before.pk != release.pk:
        Release.objects.filter(pk=before.pk).update(replaced_at=now(), next_check_at=None)
    held_by = release.build if _is_earlier_version(release.build) else None
    Environment.objects.filter(pk=environment.pk).update(live_release=release, held_by=held_by)
    environment.touch()
    if environment.held_by_id and held_by is None:
        note(release.build, "The latest version is live again: automatic publishing goes on")


def hold(build: Build) -> None:
    """From now on nothing replaces the earlier version by itself, though it is not seen on the site yet."""
    if _is_earlier_version(build):
        Environment.objects.filter(pk=build.environment_id).update(held_by=build)


def _is_earlier_version(build: Build) -> bool:
    """True for a bring-back of something else than the newest version that was ever put on the host."""
    if build.brings_back_id is None:
        return False
    newest = Release.objects.filter(environment=build.environment_id, build__brings_back=None)
    last = newest.filter(build__number__lt=build.number).order_by("-build__number").first()
    back = Release.objects.filter(build=build.brings_back_id).first()
    return last is not None and back is not None and last.host_id != back.host_id  # several builds may share files


def held_by(environment: Environment) -> Build | None:
    """The bring-back that keeps automatic builds from replacing what visitors see: one in place, or on its way."""
    coming = environment.builds.filter(brings_back__isnull=False, state__in=OPEN).order_by("-number").first()
    return coming or environment.held_by


def lift_hold(*, environment: Environment, actor: User) -> None:
    """Let automatic builds replace the earlier version that is live. The caller has checked the right."""
    with transaction.atomic():
        environment.lock()
        held = environment.held_by
        if held is None:
            return
        Environment.objects.filter(pk=environment.pk).update(held_by=None)
        note(held, f"{actor.name} let automatic publishing go on", actor=actor)
        environment.held_by = None


def release_called(environment: Environment, host_id: str) -> Release | None:
    """The newest release that the web host knows by this name."""
    rows = Release.objects.select_related("build").filter(environment=environment, host_id=host_id)
    return rows.order_by("-build__number").first()


def build_called(environment: Environment, host_id: str) -> Build | None:
    """The build behind a name that the site shows: of a known release, or one that GitLab has not told the end of."""
    if release := release_called(environment, host_id):
        return release.build
    if pipeline := re.fullmatch(r"pipeline-([0-9]{1,18})(-[0-9]+)?", host_id):
        return environment.builds.filter(pipeline_id=int(pipeline[1]), cause=Cause.GITLAB).first()
    try:
        key = uuid.UUID(host_id)
    except ValueError:
        return None
    return environment.builds.filter(key=key).first()
