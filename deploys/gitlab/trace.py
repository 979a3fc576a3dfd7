"""How to ask for a piece of a job's log so that any GitLab's answer can be understood."""

from dataclasses import dataclass
from typing import Self

from deploys.gitlab.types import Trace

# Up to this offset we ask for the log from its start and cut the piece ourselves.
_ALWAYS_FROM_START = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Which bytes to ask for: GitLab's byte_offset and byte_limit.

    Newer GitLab gives just these bytes; older GitLab ignores both parameters and gives the whole log, with
    the same status and headers. So we never ask for more bytes than were before the offset: an answer
    longer than byte_limit can then only be a whole log. Near the start, where that leaves too little, we
    ask from the start and both agree.
    """

    offset: int
    limit: int
    byte_offset: int
    byte_limit: int

    @classmethod
    def at(cls, offset: int, limit: int) -> Self:
        """Plan to read up to limit bytes at offset (both in bytes)."""
        if offset <= _ALWAYS_FROM_START:
            return cls(offset=offset, limit=limit, byte_offset=0, byte_limit=offset + limit)
        return cls(offset=offset, limit=limit, byte_offset=offset, byte_limit=min(limit, offset - 1))

    @property
    def enough(self) -> int:
        """How many bytes of the answer to read, part or whole log; the last one shows that it goes on."""
        return self.offset + self.limit + 1

    def is_whole_log(self, answer: bytes) -> bool:
        """Say whether these bytes start at the start of the log and not at offset."""
        return self.byte_offset == 0 or len(answer) > self.byte_limit

    def cut(self, answer: bytes) -> Trace:
        """Give the piece that was wanted out of what the server sent."""
        if self.is_whole_log(answer):
            end = self.offset + self.limit
            more = len(answer) > end or (self.byte_offset == 0 and len(answer) == self.byte_limit)
            return Trace.of(answer[self.offset : end], offset=self.offset, more=more)
        return Trace.of(answer, offset=self.offset, more=len(answer) == self.byte_limit)
