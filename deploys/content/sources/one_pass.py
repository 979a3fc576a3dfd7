"""One way through all lists of a source, page by page, and what it counted on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

import httpx

from deploys.content.sources.config import HttpJsonConfig
from deploys.content.sources.errors import ErrorClass, SourceMalformed, SourceRefused, SourceTooLarge
from deploys.content.sources.expressions import search
from deploys.content.sources.fetching import Answer, Fetcher, Question
from deploys.content.sources.mapping import Mapper
from deploys.content.sources.notes import Notes, SeenKeys
from deploys.content.sources.paging import Place, Trail, first_place, next_place, question_for, total_of
from deploys.content.sources.refusals import graphql_refusal
from deploys.content.sources.types import JSON, Entry


class Pass:
    """Reads every list once. entries() may be used once; the attributes are true when it is exhausted.

    seen: the keys. unusable: items that could not be mapped. vanished: items that were gone when their details were
    asked for. unchanged: nothing changed since the etag. etag: that of the first page.
    """

    def __init__(self, config: HttpJsonConfig, fetcher: Fetcher, *, etag: str, pause: Callable[[float], None]) -> None:
        self.notes = Notes()
        self.seen = SeenKeys(self.notes)
        self.unusable = self.vanished = self.pages = 0
        self.unchanged = False
        self.etag = ""
        self._before: list[int | None] = []
        self._after: list[int | None] = []
        self._config = config
        self._fetcher = fetcher
        self._asked_etag = etag
        self._pause = pause
        self._mapper = Mapper(config, self.notes)

    def entries(self, *, on_answer: Callable[[], None], on_page: Callable[[], None]) -> Iterator[Entry]:
        """Give the entries. on_answer is called once, when it is known that there is something to read."""
        for url in self._config.urls:
            for items in self._pages(url):
                if not self.pages:
                    on_answer()
                self.pages += 1
                on_page()
                yield from self._mapped(items, kind=_last_part(url))
        on_page()
        if self.unusable and not len(self.seen):
            raise SourceMalformed(f"No item can be used: {self.notes.sentences()[0]}", error_class=ErrorClass.NO_KEYS)

    @property
    def before(self) -> int | None:
        """Entries in all lists, as counted on their first pages."""
        return _sum(self._before, len(self._config.urls))

    @property
    def after(self) -> int | None:
        """Entries in all lists, as counted on their last pages."""
        return _sum(self._after, len(self._config.urls))

    @property
    def is_consistent(self) -> bool:
        """Say whether what was read is what the source counts, before and after; without counts: nothing moved."""
        if self._config.partial or self.unchanged:
            return True
        if self.before is None or self.after is None:
            return not self.seen.moved and not self.vanished
        return self.before == self.after == len(self.seen) + self.unusable

    def _pages(self, url: str) -> Iterator[list[JSON]]:
        place: Place | None = first_place(self._config, url)
        trail = Trail()
        self._before.append(None)
        self._after.append(None)
        while place is not None:
            answer = self._fetcher.fetch(question_for(self._config, place, etag="" if self.pages else self._asked_etag))
            self.unchanged = answer.unchanged
            if answer.unchanged or answer.past_end:
                return
            items = self._items(answer)
            trail.step(place, items)
            total = total_of(self._config, answer)
            self._note_total(total, answer)
            yield items
            place = next_place(self._config, place, answer, count=len(items), total=total)
            if place is not None:
                self._pause(self._config.pause)

    def _note_total(self, total: int | None, answer: Answer) -> None:
        if total is not None:
            self._before[-1] = total if self._before[-1] is None else self._before[-1]
            self._after[-1] = total
        if not self.pages:
            self.etag = answer.headers.get("ETag", "")

    def _items(self, answer: Answer) -> list[JSON]:
        refusal = graphql_refusal(answer.data, self._fetcher.hide) if self._config.is_graphql else None
        if refusal:
            raise refusal
        items = search(self._config.items, "items", answer.data)
        if isinstance(items, list):
            return items
        has = f" It has: {', '.join(list(answer.data)[:8])}." if isinstance(answer.data, dict) else ""
        raise SourceMalformed(
            f"The answer has no list of entries at “{self._config.items[:80]}”: "
            f"check the setting “items” and the address.{has}"
        )

    def _mapped(self, items: list[JSON], *, kind: str) -> Iterator[Entry]:
        for item in items:
            try:
                whole = self._with_details(item)
            except SourceRefused as gone:
                if gone.error_class != ErrorClass.NOT_FOUND:
                    raise
                self.vanished += 1
                self.notes.add("{count} entries were gone when their details were asked for.")
                continue
            entry = self._mapper.entry(whole, kind=kind)
            if entry is None:
                self.unusable += 1
                continue
            self.seen.see(entry.key, self.pages)
            if len(self.seen) > self._config.max_entries:
                raise SourceTooLarge(
                    f"The source has more than {self._config.max_entries} entries: "
                    "read fewer kinds, or raise “max_entries”.",
                    error_class=ErrorClass.TOO_MANY_ENTRIES,
                )
            yield entry

    def _with_details(self, item: JSON) -> JSON:
        key = self._mapper.key(item) if self._config.detail and isinstance(item, dict) else None
        if key is None:
            return item
        self._pause(self._config.pause)
        address = self._config.detail.replace("{key}", quote(key, safe=""))
        details = self._fetcher.fetch(Question(url=address)).data
        return {**item, **details} if isinstance(details, dict) else item


def _sum(counts: list[int | None], lists: int) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == lists else None


def _last_part(url: str) -> str:
    """Give the last part of an address's path: the name of what it lists."""
    parts = [part for part in httpx.URL(url.replace("{", "").replace("}", "")).path.split("/") if part]
    return parts[-1].removesuffix(".json") if parts else ""
