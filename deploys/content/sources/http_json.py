"""A source that answers with JSON over HTTP: every page of every list, checked against the source's own count."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from hashlib import blake2b

import httpx
import orjson

from deploys.content.sources.addresses import Guard
from deploys.content.sources.config import HttpJsonConfig
from deploys.content.sources.fetching import Fetcher
from deploys.content.sources.guarded_transport import GuardedTransport
from deploys.content.sources.one_pass import Pass
from deploys.content.sources.paging import one_page_tells_all
from deploys.content.sources.patience import Patience, Sleep
from deploys.content.sources.probing import findings_of
from deploys.content.sources.secret_headers import SecretHeaders
from deploys.content.sources.types import Entry, Progress, Report

# Counts up when the same settings would map the same answer otherwise than before: older etags are void then.
_MAPPING_VERSION = 1
_LONGEST_ETAG = 300


class HttpJsonSource:
    """See Source for what the attributes say. findings: what the token may not see, as the probe told.

    secrets: values that the headers refer to. guard: which addresses may be connected to. transport: used instead of
    a guarded connection. etag: `etag` after the last reading that counted. sleep: waits (seconds).
    """

    def __init__(
        self,
        config: HttpJsonConfig,
        secrets: Mapping[str, str] | None = None,
        *,
        guard: Guard | None = None,
        transport: httpx.BaseTransport | None = None,
        etag: str = "",
        sleep: Sleep = time.sleep,
    ) -> None:
        self.total: int | None
        self.warnings: list[str]
        self.findings: list[str]
        self._probed: bool
        self.is_partial = config.partial
        self._config = config
        self._headers = SecretHeaders(config.headers, secrets or {})
        self._guard = guard or Guard()
        self._transport = transport
        self._last_etag = etag
        self._sleep = sleep
        self._forget()

    def read(self, *, on_progress: Report | None = None) -> Iterator[Entry]:
        """Give every entry, page by page; some come again when the list moved and had to be read once more.

        Raises SourceError.
        """
        self._forget()
        patience = Patience(seconds=self._config.deadline, sleep=self._sleep)
        with self._fetcher(patience) as fetcher:
            etag = self._known_etag()
            if not etag:
                # What is wrong with the token is said best by the request that is made for it.
                self._probe(fetcher)
            first = Pass(self._config, fetcher, etag=etag, pause=patience.rest)
            yield from self._carried_out(first, fetcher, on_progress, "Reading")
            last = first
            if not first.is_consistent:
                last = Pass(self._config, fetcher, etag="", pause=patience.rest)
                yield from self._carried_out(last, fetcher, on_progress, "Reading once more, as entries moved")
            self._conclude(first, last)

    def _fetcher(self, patience: Patience) -> Fetcher:
        return Fetcher(
            headers=self._headers,
            transport=self._transport or GuardedTransport(self._guard),
            patience=patience,
            timeout=self._config.timeout,
            most=self._config.max_bytes,
            hint=self._config.token_hint,
        )

    def _carried_out(self, one: Pass, fetcher: Fetcher, on_progress: Report | None, note: str) -> Iterator[Entry]:
        def tell() -> None:
            if on_progress and one.pages:
                on_progress(Progress(read=len(one.seen), total=one.before, note=f"{note}: page {one.pages}"))

        try:
            yield from one.entries(on_answer=lambda: self._probe(fetcher), on_page=tell)
        finally:
            # Who stops early, as a trial does, is told what was odd until then.
            self.warnings = one.notes.sentences()

    def _probe(self, fetcher: Fetcher) -> None:
        if self._config.probe and not self._probed:
            self._probed = True
            self.findings = findings_of(self._config.probe, fetcher)

    def _conclude(self, first: Pass, last: Pass) -> None:
        self.etag_unchanged = last.unchanged
        self.total = last.after
        self.shortfall = _shortfall(first, last)
        self.is_complete = not self.shortfall
        if last.unchanged:
            self.etag = self._last_etag
        elif self.is_complete and last.pages == 1 and last.etag and one_page_tells_all(self._config):
            etag = f"{self._fingerprint()}:{last.etag}"
            self.etag = etag if len(etag) <= _LONGEST_ETAG else ""

    def _forget(self) -> None:
        self.total = None
        self.warnings = []
        self.findings = []
        self._probed = False
        self.is_complete = False
        self.shortfall = "The reading was not finished."
        self.etag_unchanged = False
        self.etag = ""

    def _known_etag(self) -> str:
        """Give the source's own etag, if it was had with the same settings."""
        fingerprint, _, etag = self._last_etag.partition(":")
        return etag if fingerprint == self._fingerprint() and one_page_tells_all(self._config) else ""

    def _fingerprint(self) -> str:
        settings = orjson.dumps([_MAPPING_VERSION, self._config.as_data()], option=orjson.OPT_SORT_KEYS)
        return blake2b(settings, digest_size=6).hexdigest()


def _shortfall(first: Pass, last: Pass) -> str:
    if not last.is_consistent:
        if last.before is None or last.after is None:
            return "Entries moved between the pages while they were read, twice: give the list a fixed order, by id."
        if last.before != last.after:
            return (
                f"The source counted {last.before} entries at first and {last.after} in the end, twice: "
                "it is being changed all the time, or its paging has no fixed order."
            )
        return (
            f"The source says that it has {last.after} entries, but gave {len(last.seen) + last.unusable}, twice: "
            "check the paging settings and whether the key is unique."
        )
    gone = sum(key not in last.seen for key in first.seen) if first is not last else 0
    if gone:
        return f"{gone} entries were removed in the middle of the reading: the next one will be right."
    return ""
