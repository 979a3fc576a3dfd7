"""Odd things seen while reading: counted, with a few examples, however many there are."""

from __future__ import annotations

from collections.abc import Iterator

EXAMPLES = 3


class Notes:
    """Counts sentences by kind. A sentence may hold {count} and {examples}."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._examples: dict[str, list[str]] = {}

    def add(self, sentence: str, example: str = "") -> None:
        """Count this sentence once more."""
        self._counts[sentence] = self._counts.get(sentence, 0) + 1
        examples = self._examples.setdefault(sentence, [])
        if example and len(examples) < EXAMPLES and example not in examples:
            examples.append(example[:80])

    def sentences(self) -> list[str]:
        """The sentences, filled in, in the order they first came up."""
        return list(self._filled())

    def _filled(self) -> Iterator[str]:
        for sentence, count in self._counts.items():
            examples = ", ".join(self._examples[sentence])
            yield sentence.replace("{count}", str(count)).replace("{examples}", examples)


class SeenKeys:
    """Notes keys that come up twice: within a page the mapping is at fault, across pages the entries moved.

    moved: how often a key came up again on a later page.
    """

    def __init__(self, notes: Notes) -> None:
        self.moved = 0
        self._notes = notes
        self._page_of: dict[str, int] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._page_of

    def __iter__(self) -> Iterator[str]:
        return iter(self._page_of)

    def __len__(self) -> int:
        return len(self._page_of)

    def see(self, key: str, page: int) -> None:
        """Remember a key and the page it was on."""
        before = self._page_of.get(key)
        if before is None:
            self._page_of[key] = page
        elif before == page:
            self._notes.add(
                "{count} entries share a key with another on the same page ({examples}): "
                "the expression for “key” is not unique.",
                key,
            )
        else:
            self.moved += 1
            self._notes.add(
                "{count} entries came twice, on different pages ({examples}): "
                "entries moved while they were read, or the paging has no fixed order.",
                key,
            )
