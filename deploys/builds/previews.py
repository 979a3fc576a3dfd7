"""What someone asks of previews: make one, keep it longer, note who was told, delete it. Rows only, no network."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now

from deploys import wake
from deploys.builds import actions, preview_limits, rights
from deploys.builds.actions import NotAllowed, TooLate
from deploys.models import Build, EntryVersion, Environment, EnvironmentKind, Preview, Site, User
from deploys.transitions import note

A_DAY = timedelta(days=1)


class NoPreviews(Exception):
    """The site has no place for previews; str() says so in plain words."""

    def __init__(self) -> None:
        super().__init__("This site has no place for previews yet. An admin can set one up.")


class BeingCopied(Exception):
    """The preview's files are being put on the live site; str() says so in plain words."""

    def __init__(self) -> None:
        super().__init__("This preview is being published, so it cannot be deleted now. Try again in a moment.")


def place_of(site: Site) -> Environment | None:
    """Where the previews of a site are made; None when that is not set up. One query."""
    rows = Environment.objects.select_related("site", "gitlab_project")
    place = rows.filter(site=site, kind=EnvironmentKind.PREVIEW).first()
    return place if place and place.target and place.preview_url else None


def newest(site: Site) -> Preview | None:
    """The newest preview that is neither over nor failed, under way or not. One query."""
    rows = Preview.objects.kept().select_related("build__environment__site", "build__site", "build__release")
    well = rows.filter(build__site=site, expires_at__gt=now()).exclude(build__state__in=["failed", "canceled", "lost"])
    return well.order_by("-build__number").first()


def holds(preview: Preview, version: EntryVersion) -> bool:
    """True when the preview was made of this version of an entry, or a later reading of its source. One query."""
    contents = preview.build.contents.filter(source=version.source_id, seq__gte=version.first_seq)
    return contents.exists()


@transaction.atomic
def request(*, environment: Environment, actor: User, hours: float | None = None, key: str = "") -> Build:
    """Ask for a preview of everything saved, drafts too; one that waits in line is joined.

    `environment` is any of the site's. Raises NoPreviews, NotAllowed, NotConfigured, TooManyPreviews.
    """
    place = place_of(environment.site)
    if place is None:
        raise NoPreviews
    if not rights.may_preview(rights.role_of(actor, place.site), place):
        raise NotAllowed(rights.who_may_publish(place))
    build = actions.request(environment=place, actor=actor, key=key)
    if hours is not None:
        until = min(now() + timedelta(hours=hours), preview_limits.latest_end(build))
        # Whoever joined keeps what was asked for longest.
        Preview.objects.filter(build=build, expires_at__lt=until).update(expires_at=until)
    return build


@transaction.atomic
def extend(*, build: Build, actor: User) -> None:
    """Keep the preview a day longer than it would stay. Raises NotAllowed, TooLate."""
    preview = _locked(build, actor)
    until = min(preview.expires_at + A_DAY, preview_limits.latest_end(build))
    if until <= preview.expires_at:
        return
    Preview.objects.filter(pk=preview.pk).update(expires_at=until)
    note(build, f"{actor.name} kept the preview longer", actor=actor)


@transaction.atomic
def share(*, build: Build, actor: User, names: str) -> None:
    """Note who got the link. Raises NotAllowed, TooLate."""
    preview = _locked(build, actor)
    listed = "\n".join(dict.fromkeys(name for line in names.splitlines() if (name := line.strip()[:200])))
    Preview.objects.filter(pk=preview.pk).update(shared_with=listed[:4000])
    note(build, f"{actor.name} noted who got the link", actor=actor)


@transaction.atomic
def delete(*, build: Build, actor: User) -> None:
    """Have the preview deleted from the web host now. Raises NotAllowed, TooLate, BeingCopied."""
    preview = _locked(build, actor)
    if build.is_open:
        raise TooLate
    if preview.is_being_copied():
        raise BeingCopied
    Preview.objects.filter(pk=preview.pk).update(delete_asked_at=now(), delete_asked_by=actor, next_try_at=None)
    note(build, f"{actor.name} deleted the preview", actor=actor)
    pk = preview.pk
    transaction.on_commit(lambda: wake.delete_preview(pk))


def _locked(build: Build, actor: User) -> Preview:
    """The preview, which nobody else changes until the transaction ends. Raises NotAllowed, TooLate."""
    if not rights.may_preview(rights.role_of(actor, build.site), build.environment):
        raise NotAllowed(rights.who_may_publish(build.environment))
    preview = Preview.objects.select_for_update().filter(build=build).first()
    if preview is None or preview.is_over(now()):
        raise TooLate
    return preview
