"""Previews at a state, for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from deploys.lifecycle import State
from deploys.models import Environment, EnvironmentKind, Preview, Site
from tests import scenes


def make_preview_place(site: Site, **facts: Any) -> Environment:
    """Where the previews of a site are made: below the live site's address."""
    given: dict[str, Any] = {
        "name": "Previews",
        "slug": "previews",
        "kind": EnvironmentKind.PREVIEW,
        "position": 9,
        "url": "https://www.example.org/previews/",
        "marker_url": "",
        "target": "/srv/site/previews",
        "preview_url": "https://www.example.org/previews/{label}/",
    }
    return scenes.make_environment(site=site, **given | facts)


def make_preview(site: Site, *, state: State = State.SUCCEEDED, release: bool = True, **facts: Any) -> Preview:
    """A preview whose build stands at the state; one that went well can be opened."""
    place = Environment.objects.filter(site=site, kind=EnvironmentKind.PREVIEW).first() or make_preview_place(site)
    columns = {name: facts.pop(name) for name in list(facts) if not hasattr(Preview, name)}
    build = scenes.make_build(environment=place, state=state, **columns)
    preview = Preview.create_for(build, lasts=timedelta(hours=24))
    if facts:
        Preview.objects.filter(pk=preview.pk).update(**facts)
        preview.refresh_from_db()
    if state == State.SUCCEEDED and release:
        scenes.make_release(build=build)
        Environment.objects.filter(pk=place.pk).update(live_release=None)
        build.environment.refresh_from_db()
    return preview
