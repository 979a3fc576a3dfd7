"""Reading answers of HTTP/1.1 from a socket: lines, heads and bodies, with as little work for each as a head allows."""

from __future__ import annotations

from typing import Any

_AT_ONCE = 65536
_LONGEST_LINE = 65536
_MOST_LINES = 200


class Broken(OSError):
    """The other side closed the connection or said what is no HTTP."""


class Answers:
    """What comes over one socket, in order. Every method raises OSError, of which Broken says what was wrong."""

    def __init__(self, source: Any) -> None:
        """source: a connected socket, of plain TCP or TLS."""
        self._source = source
        self._unread = b""

    def head(self) -> list[str]:
        """The lines up to an empty one, which is left out."""
        if not self._unread:
            self._more()
        end = self._unread.find(b"\r\n\r\n")
        # Nearly always the whole head came at once; a bare \n ends a line too (RFC 9112, 2.2).
        if end > 0 and self._unread.count(b"\n", 0, end) == self._unread.count(b"\r\n", 0, end):
            lines = self._unread[:end].decode("latin-1").split("\r\n")
            if "" not in lines:
                self._unread = self._unread[end + 4 :]
                return _few(lines)
        lines = []
        while line := self.line():
            lines.append(line)
            _few(lines)
        return lines

    def line(self) -> str:
        """One line without its end."""
        while (end := self._unread.find(b"\n")) < 0:
            if len(self._unread) >= _LONGEST_LINE:
                raise Broken("a line of the answer is too long")
            self._more()
        line, self._unread = self._unread[:end], self._unread[end + 1 :]
        return line.rstrip(b"\r").decode("latin-1")

    def exactly(self, size: int) -> bytes:
        """So many bytes."""
        if len(self._unread) < size:
            parts = [self._unread]
            missing = size - len(self._unread)
            self._unread = b""
            while missing > 0:
                self._more()
                parts.append(self._unread[:missing])
                self._unread = self._unread[missing:]
                missing -= len(parts[-1])
            return b"".join(parts)
        body, self._unread = self._unread[:size], self._unread[size:]
        return body

    def rest(self) -> bytes:
        """Everything until the other side closes."""
        parts = [self._unread]
        self._unread = b""
        while block := self._source.recv(_AT_ONCE):
            parts.append(block)
        return b"".join(parts)

    def _more(self) -> None:
        block = self._source.recv(_AT_ONCE)
        if not block:
            raise Broken("the answer ended too early")
        self._unread += block


def _few(lines: list[str]) -> list[str]:
    if len(lines) > _MOST_LINES:
        raise Broken("the answer has too many headers")
    return lines
