"""Shows what the children write to their logs, each line with the child's name before it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(kw_only=True)
class _Followed:
    name: str
    log: Path
    position: int
    rest: bytes = b""


class Echo:
    """Reads log files as they grow; children write to files themselves and never wait for a reader."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """`tell` gets each whole line."""
        self._tell = tell
        self._followed: list[_Followed] = []

    def follow(self, name: str, log: Path) -> None:
        """Show what is written to `log` from now on."""
        position = log.stat().st_size if log.exists() else 0
        self._followed.append(_Followed(name=name, log=log, position=position))

    def show_new_lines(self) -> None:
        """Pass on the lines written since the last call."""
        for one in self._followed:
            size = one.log.stat().st_size if one.log.exists() else 0
            if size < one.position:  # a new file after it was set aside
                one.position = 0
            if size == one.position:
                continue
            with one.log.open("rb") as file:
                file.seek(one.position)
                new = file.read(size - one.position)
            one.position = size
            *lines, one.rest = (one.rest + new).split(b"\n")
            for line in lines:
                self._tell(f"{one.name:<8} {line.decode(errors='replace')}")
