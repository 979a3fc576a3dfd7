"""Orders of the stagehand about previews: a site that makes them, a preview whose time is over, and all conditions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.timezone import now

from deploys.content.actions import request_reading
from deploys.lifecycle import State
from deploys.models import Build, ContentSource, EnvironmentKind, HostState, Page, Preview, ReleasePages, Role, Site
from tests import scenes
from tests.preview_scenes import SHA, make_preview, make_preview_place


def equip(site: Site, *, like: Site) -> dict[str, Any]:
    """Give a site a place for previews and a source of content, as another one has them."""
    model = like.environments.select_related("gitlab_project").get(kind=EnvironmentKind.PREVIEW)
    facts = {name: getattr(model, name) for name in ("url", "preview_url", "target", "gitlab_project", "ref")}
    make_preview_place(site, **facts)
    source = like.sources.get()
    source.pk, source.site, source.seq, source.hook_key = None, site, 0, f"hook-{site.slug}"
    source.tried_from = source.wanted_at = source.reading_until = source.next_read_at = None
    source._state.adding = True
    source.save()
    request_reading(source=source, actor=None)
    return {"previews": f"/sites/{site.slug}/previews/", "entries": f"/sites/{site.slug}/entries/{source.pk}/"}


def expire(site: str) -> None:
    """The time of all previews of a site is over."""
    Preview.objects.filter(build__site__slug=site).update(expires_at=now())


def make() -> dict[str, Any]:
    """Previews in every condition; the newest holds what the live site would show, and there is a live version."""
    live = scenes.make_environment(target="/srv/live")
    site = live.site
    person = scenes.make_person(Role.EDITOR, site=site, first_name="Mei", last_name="Okafor")
    make_preview_place(site, preview_url="https://{label}.preview.example.org/", gitlab_project=live.gitlab_project)
    source = scenes.make_source(site=site)
    scenes.store_entries(source, [scenes.make_entry("hours")])
    published = scenes.make_build(environment=live, state=State.SUCCEEDED, requested_by=person, sha=SHA)
    release = scenes.make_release(build=published, pages=2)
    scenes.carry(published, source, seq_after=source.seq)
    HostState.objects.create(environment=live, kept=[release.host_id])
    ReleasePages.keep(release, {"index.html": Page(10, "a"), "404.html": Page(10, "b")})
    hours, draft = scenes.make_entry("hours"), scenes.make_entry("boat-parade", status="draft")
    scenes.store_entries(source, [hours, draft, scenes.make_entry("new-opening-hours", status="draft")])
    facts = {"requested_by": person, "sha": SHA}
    made = {
        "failed": make_preview(site, state=State.FAILED, error_class="build_command", **facts),
        "over": make_preview(site, expires_at=now() - timedelta(hours=1), deleted_at=now(), **facts),
        "troubled": make_preview(site, expires_at=now(), trouble="The web host refused.", **facts),
        "draft": make_preview(site, shared_with="Board\nana@museum.example", **facts),
        "running": make_preview(site, state=State.RUNNING, **facts),
    }
    _finish(made["draft"].build, source)
    scenes.store_entries(source, [hours, draft])
    made["ready"] = make_preview(site, **facts)
    _finish(made["ready"].build, source)
    scenes.store_entries(source, [hours, scenes.make_entry("boat-parade")])
    pages = {f"{name}_page": preview.build.get_absolute_url() for name, preview in made.items()}
    return pages | {"person": person, "previews": f"/sites/{site.slug}/previews/", "publish": live.get_absolute_url()}


def _finish(build: Build, source: ContentSource) -> None:
    """Its pipeline left a report, and nothing was saved while it ran."""
    scenes.carry(build, source, seq_after=source.seq)
    build.release.report = {"bound_to": {"files": 0, "noindex": 0}}
    build.release.pages = 2
    build.release.save()
    ReleasePages.keep(build.release, {"index.html": Page(10, "c"), "404.html": Page(10, "b")})
