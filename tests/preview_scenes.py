"""Previews at a state, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils.timezone import now

from deploys.content.sources.types import Entry
from deploys.lifecycle import State
from deploys.models import Build, ContentSource, Environment, EnvironmentKind, Preview, Proof, Site
from deploys.releases import actions, reports
from publisher.results import as_json
from tests import scenes
from tests.hosted import Hosted

SHA = "a" * 40  # the commit that everything is built of


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


class PreviewHost:
    """A live site on a web host, and beside it the place of its previews, which have host names of their own."""

    def __init__(self, folder: Path, **facts: Any) -> None:
        self.live = Hosted(folder / "live")
        self.site = self.live.environment.site
        given = {
            "url": "https://preview.example.org/",
            "preview_url": "https://{label}.preview.example.org/",
            "target": str(folder / "previews"),
            "gitlab_project": self.live.environment.gitlab_project,
        }
        self.place = make_preview_place(self.site, **given | facts)
        self.source = scenes.make_source(site=self.site)

    def publish(self, files: Mapping[str, str], **facts: Any) -> Build:
        """The live site is built and seen."""
        build = self.live.live(files)
        Build.objects.filter(pk=build.pk).update(**{"sha": SHA} | facts)
        scenes.carry(build, self.source, seq_after=self.source.seq)
        return Build.objects.get(pk=build.pk)

    def preview(self, files: Mapping[str, str], *, address: str | None = "", **facts: Any) -> Preview:
        """A preview is made by the real publisher, reported, and seen at its address; `address` None: nobody looks."""
        build = scenes.make_build(environment=self.place, state=State.SUCCEEDED, **{"sha": SHA} | facts)
        made = Preview.create_for(build, lasts=timedelta(hours=24))
        looks = {} if address is None else {"address": address or made.url}
        published = self.live.publish(build, files, to=made.target, **looks)
        release = actions.record(build)
        reports.take(release, as_json(published), self.live.pages_of(published.release, at=made.target))
        actions.mark_live(release, Proof.MARKER)
        scenes.carry(build, self.source, seq_after=self.source.seq)
        return Preview.objects.select_related("build__environment__site", "build__site").get(pk=made.pk)

    def holds(self, *entries: Entry) -> None:
        """The content is read: these entries, drafts too. No reading is due for an hour."""
        scenes.store_entries(self.source, entries)
        ContentSource.objects.filter(pk=self.source.pk).update(tried_from=now() + timedelta(hours=1))
        self.source.refresh_from_db()
