"""The web host of an environment through the publisher: the only place of the dashboard that calls it.

Needs the network, so only the worker comes here. Credentials for S3 are those of the worker's own process: boto3's
chain (https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import publisher
from deploys.models import Build, Environment, Page
from publisher.model import is_page

if TYPE_CHECKING:
    from publisher.results import Erased, Progress, Pruned, Published, Releases, Report, Status, Verified

type Told = Callable[[Progress], None]
WAIT = 240.0  # seconds that a copy waits for a pipeline that publishes at the same moment
PATIENCE = 20.0  # seconds for one request of a look, so that a silent host does not hold the worker up
LOOKS = 2  # tries of such a request


class Host:
    """The web host of one environment. Every method asks it and raises publisher.errors.PublisherError."""

    def __init__(self, environment: Environment, target: str = "") -> None:
        """target: a place of its own at this host, which a preview has."""
        self.target = target or environment.target
        self._settings: dict[str, Any] = {"distribution": environment.distribution}
        if environment.endpoint:
            self._settings["endpoint"] = environment.endpoint

    @classmethod
    def of(cls, build: Build) -> Host:
        """Where this build publishes to."""
        environment = build.environment
        return cls(environment, build.preview.target if environment.is_for_previews else "")

    def report(self, release: str) -> Report | None:
        """What the pipeline handed over under this release id; None when there is nothing (yet)."""
        return publisher.read_report(self.target, release, options=self._looking())

    def pages(self, release: str) -> dict[str, Page]:
        """The pages of a kept release, by path. Raises NotKept too."""
        files = publisher.release_files(self.target, release, options=self._looking())
        return {
            # A page that is stored compressed reaches visitors with other bytes: its hash could prove nothing.
            path: Page(file.size, "" if file.headers.content_encoding else file.sha256)
            for path, file in files.items()
            if is_page(path)
        }

    def status(self) -> Status:
        """What is live on the host and who is at work there."""
        return publisher.status(self.target, options=self._looking())

    def releases(self) -> Releases:
        """The kept releases and what keeping them costs."""
        return publisher.list_releases(self.target, options=self._looking())

    def verify(self) -> Verified:
        """Compare every file with the live release."""
        return publisher.verify(self.target, options=self._looking())

    def bring_back(self, release: str, *, anyway: bool, mend: bool = False, told: Told) -> Published:
        """Show a kept release again; with `mend`, look at what really is there and put it right."""
        options = self._options(anyway=anyway, verify=mend, wait=WAIT)
        return publisher.bring_back(self.target, release, options=options, on_progress=told)

    def promote(self, source: Host, release: str, *, as_release: str, anyway: bool, told: Told) -> Published:
        """Show the release that another host keeps, by copies alone."""
        return publisher.promote(
            source.target,
            self.target,
            release,
            as_release=as_release,
            options=self._options(anyway=anyway, wait=WAIT),
            source_options=source._looking(),
            on_progress=told,
        )

    def prune(self, *, keep: int, keep_days: int) -> Pruned:
        """Give up releases that are neither among the newest nor young."""
        return publisher.prune(self.target, keep=keep, keep_days=keep_days, options=self._options(wait=0))

    def erase(self) -> Erased:
        """Delete everything that was published to this place."""
        return publisher.erase(self.target, options=self._options(wait=0))

    def _looking(self) -> publisher.Options:
        return self._options(timeout=PATIENCE, tries=LOOKS)

    def _options(self, **chosen: Any) -> publisher.Options:
        return publisher.Options(**self._settings, **chosen)
