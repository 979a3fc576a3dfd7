"""What is asked of releases: rows only, no network."""

from __future__ import annotations

from django.db import transaction
from django.utils.timezone import now

from deploys import wake
from deploys.models import Build, Environment, Proof, Release
from deploys.transitions import note


def record(build: Build) -> Release:
    """Note that a build put its release on the host; the proof is looked for from now on.

    An environment without a marker cannot be checked: its newest release counts as the one there, and says so.
    """
    proof = Proof.PENDING if build.environment.marker_url else Proof.UNCHECKED
    release, _ = Release.objects.update_or_create(
        build=build,
        defaults={
            "environment": build.environment,
            "created_at": now(),
            "proof": proof,
            "live_at": None,
            "replaced_at": None,
            "next_check_at": now() if proof == Proof.PENDING else None,
        },
    )
    if proof == Proof.UNCHECKED:
        put_in_place(release)
    return release


def mark_live(release: Release) -> None:
    """The site names this release's build: it is what visitors get."""
    with transaction.atomic():
        put_in_place(release)
        moment = now()
        Release.objects.filter(pk=release.pk).update(
            proof=Proof.MARKER, live_at=moment, next_check_at=None, finding="The site names this build."
        )
        note(release.build, "Live: the site shows this build")
        if release.build.site.sources.active().exclude(proof_meta="").exists():
            transaction.on_commit(lambda: wake.prove_entries(release.pk))


def put_in_place(release: Release) -> None:
    """Make the release the environment's own, unless a later build's is there already."""
    with transaction.atomic():
        environment = Environment.objects.select_for_update().get(pk=release.environment_id)
        before = environment.live_release
        if before is not None and before.build.number > release.build.number:
            return
        if before is not None and before.pk != release.pk:
            Release.objects.filter(pk=before.pk).update(replaced_at=now(), next_check_at=None)
        Environment.objects.filter(pk=environment.pk).update(live_release=release)
        environment.touch()
