"""A world with a CMS and the ticks of plans, at any time: for flows of what goes live by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import time_machine
from django.utils.timezone import now

from deploys.content import steps as content
from deploys.models import Build, ContentSource, Plan
from deploys.schedules import steps
from tests.content.feeds import Feed, page
from tests.flows.world import World


class Stage:
    """The world at one moment; `at` moves the clock, `tick` does what beat does within a few seconds."""

    def __init__(self, world: World, feed: Feed) -> None:
        self.world, self.feed = world, feed
        self.source: ContentSource = feed.source(world.environment.site)
        self.begin = now().replace(microsecond=0)
        content.read_source(self.source.pk)

    @contextmanager
    def at(self, minutes: float) -> Iterator[None]:
        """So many minutes after the beginning."""
        with time_machine.travel(self.begin + timedelta(minutes=minutes), tick=True):
            yield

    def when(self, minutes: float) -> datetime:
        """The moment so many minutes after the beginning."""
        return self.begin + timedelta(minutes=minutes)

    def dated(self, key: str, minutes: float, **facts: Any) -> dict[str, Any]:
        """An entry of the CMS that goes live then, saved at the beginning."""
        return page(key, publish_at=self.when(minutes).isoformat(), changed_at=self.begin.isoformat(), **facts)

    def save(self, *entries: dict[str, Any]) -> None:
        """Editors save; the CMS is read."""
        self.feed.entries = [*self.feed.entries, *entries]
        self.read()

    def read(self) -> None:
        """The regular reading."""
        self.source.want()
        content.read_source(self.source.pk)

    def tick(self) -> None:
        """The ticks of one minute: look ahead, ask, read, ask again."""
        steps.look_ahead(now())
        for _ in range(2):
            steps.keep(now())
            self.world.run_told()

    def live(self) -> Build:
        """Somebody presses Publish, and the build goes live."""
        return self.world.say(self.world.built(), "success")

    def newest(self) -> Build:
        """The newest build."""
        return self.world.environment.builds.order_by("-number")[0]

    def builds(self) -> int:
        """How many there are."""
        return self.world.environment.builds.count()

    def plan(self, key: str = "") -> Plan:
        """The plan of a dated entry, or the only plan."""
        plans = Plan.objects.select_related("build")
        return plans.get(entry_key=key) if key else plans.get()
