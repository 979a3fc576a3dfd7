"""Which pipelines of a list are wanted: the query for GitLab, and the same rules again for what it answers.

GitLab ignores a query parameter that it does not know without a word (created_after and name are newer than
others), so every rule that can be checked here is checked here too.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from deploys.gitlab.types import Pipeline


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Filters and order of https://docs.gitlab.com/api/pipelines/ ; None means any. Times are aware."""

    ref: str | None = None
    source: str | None = None
    name: str | None = None
    status: str | None = None
    username: str | None = None
    updated_after: datetime | None = None
    created_after: datetime | None = None
    order_by: str = "id"
    sort: str = "desc"

    def query(self) -> dict[str, str]:
        """Give the query parameters."""
        asked = {
            "ref": self.ref,
            "source": self.source,
            "name": self.name,
            "status": self.status,
            "username": self.username,
            "updated_after": _stamp(self.updated_after),
            "created_after": _stamp(self.created_after),
            "order_by": self.order_by,
            "sort": self.sort,
        }
        return {key: value for key, value in asked.items() if value is not None}

    def admits(self, pipeline: Pipeline) -> bool:
        """Say whether a pipeline that GitLab listed is one of those asked for.

        A name must be confirmed by the answer; for other parts that the answer leaves out, GitLab's word is
        taken.
        """
        return (
            (self.name is None or pipeline.name == self.name)
            and _agrees(self.ref, pipeline.ref)
            and _agrees(self.source, pipeline.source)
            and _agrees(self.status, pipeline.status)
            and not _is_before(pipeline.updated_at, self.updated_after)
            and not _is_before(pipeline.created_at, self.created_after)
        )

    def is_past(self, pipeline: Pipeline) -> bool:
        """Say whether the list, newest first, has run beyond the time asked for at this pipeline."""
        if self.sort != "desc":
            return False
        if self.order_by == "updated_at":
            return _is_before(pipeline.updated_at, self.updated_after)
        return self.order_by == "id" and _is_before(pipeline.created_at, self.created_after)


def _agrees(wanted: str | None, got: str) -> bool:
    return wanted is None or not got or got == wanted


def _is_before(at: datetime | None, start: datetime | None) -> bool:
    return at is not None and start is not None and at < _in_milliseconds(start)


def _in_milliseconds(at: datetime) -> datetime:
    """Cut to whole milliseconds, as GitLab prints its times."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def _stamp(at: datetime | None) -> str | None:
    if at is None:
        return None
    return _in_milliseconds(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
