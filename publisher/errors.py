"""What can go wrong, in words for a person, each with the exit code of the command line."""

from __future__ import annotations

from collections.abc import Sequence


class PublisherError(Exception):
    """Something kept the work from being done; str() says what, and what to do next."""

    exit_code = 1


class Unavailable(PublisherError):
    """The host or the network did not answer, or answered that it is overloaded: the same call may work later."""

    exit_code = 1


class HeldBack(PublisherError):
    """Too much of the site would vanish. Nothing was written."""

    exit_code = 3

    def __init__(self, message: str, *, removed: Sequence[str]) -> None:
        super().__init__(message)
        self.removed = tuple(removed)


class Busy(PublisherError):
    """Another run holds the target, and did so until the time to wait was over. Nothing was written."""

    exit_code = 4


class Refused(PublisherError):
    """The host, the build or the request is not as it must be; trying again alone does not help."""

    exit_code = 5


class NotKept(Refused):
    """The release that was asked for is not kept, or not whole."""


class LostClaim(PublisherError):
    """Another run took over because this one was silent too long. It stopped; the other one finishes the work."""

    exit_code = 4


class Conflict(PublisherError):
    """A conditional write found something else than it expected. Never leaves this package."""
