"""Storing a reading as validity ranges: an entry that did not change costs nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import connection, transaction

from deploys.content.canonical import compare_hash
from deploys.content.spool import Spool
from deploys.models import ContentSource, ContentState
from deploys.models.content import BLOBS_LOCK

LEAST_SHARE = 0.8
FEW = 2  # so many may always go: one page of a small site is no mass removal
AT_ONCE = 2000

COLUMNS = (
    "source_id, entry_key, hash, compare_hash, kind, title, url, edit_url, is_published, publish_at, expire_at, "
    "changed_at, changed_by, marker, first_seq"
)
TYPES = (
    "int8 text bytea bytea text text text text bool timestamptz timestamptz timestamptz text text int4".split()  # noqa: SIM905
)


class HeldBack(Exception):
    """The reading looks as if the source showed only a part, so it does not count. str() says what to check."""

    def __init__(self, problem: str, finding: str) -> None:
        super().__init__(finding)
        self.problem = problem


@transaction.atomic
def store(
    source: ContentSource, spool: Spool, *, read_from: datetime, read_to: datetime, is_partial: bool = False
) -> ContentState:
    """Store a complete reading and return the state that now counts: a new one, or the old one with a later `read_to`.

    A partial source shows its newest entries only: what it no longer shows is not gone. Raises HeldBack when the
    reading shrank or lost a field everywhere.
    """
    # Rows that name the source may be written meanwhile: whoever does so may hold a lock that we want later.
    source = ContentSource.objects.select_for_update(no_key=True).get(pk=source.pk)
    last = source.last_state
    current = _current_hashes(source)
    changed = [key for key, place in spool.places.items() if current.get(key) != place.hash]
    gone = [] if is_partial else [key for key in current if key not in spool.places]
    if last is not None and not changed and not gone:
        ContentState.objects.filter(pk=last.pk).update(read_from=read_from, read_to=read_to)
        ContentSource.objects.filter(pk=source.pk, accepts_shrinking=True).update(accepts_shrinking=False)
        last.refresh_from_db()
        return last
    if last is not None and not source.accepts_shrinking and not is_partial:
        _guard(last, spool)
    seq = source.seq + 1
    _end_versions(source, [key for key in changed if key in current] + gone)
    _write_blobs(spool, changed)
    _write_versions(source, spool, changed, seq)
    ContentSource.objects.filter(pk=source.pk).update(seq=seq, accepts_shrinking=False)
    return ContentState.objects.create(
        source=source,
        seq=seq,
        read_from=read_from,
        read_to=read_to,
        entries=len(current.keys() | spool.places.keys()) if is_partial else len(spool),
        field_names=sorted(spool.field_names),
    )


def _current_hashes(source: ContentSource) -> dict[str, bytes]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT entry_key, hash FROM deploys_entryversion WHERE source_id = %s AND last_seq IS NULL", [source.pk]
        )
        return {key: bytes(value) for key, value in cursor.fetchall()}


def _guard(last: ContentState, spool: Spool) -> None:
    """Refuse to believe in mass removal: an expired token often yields a smaller public answer, not an error."""
    if len(spool) < min(LEAST_SHARE * last.entries, last.entries - FEW):
        finding = (
            f"The source answered with {len(spool)} entries; before there were {last.entries}. "
            "Check whether its token is still valid and may see everything."
        )
        raise HeldBack("shrunk", finding)
    lost = sorted(set(last.field_names) - spool.field_names)
    if lost and len(spool) > 1:
        finding = f"No entry has a value for {', '.join(lost)} any more. Check the source's token and its mapping."
        raise HeldBack("fields_lost", finding)


def _end_versions(source: ContentSource, keys: list[str]) -> None:
    """The versions of these entries were valid up to the state before."""
    with connection.cursor() as cursor:
        for some in batched(keys, AT_ONCE):
            cursor.execute(
                "UPDATE deploys_entryversion SET last_seq = %s "
                "WHERE source_id = %s AND last_seq IS NULL AND entry_key = ANY(%s)",
                [source.seq, source.pk, list(some)],
            )


def _write_blobs(spool: Spool, keys: list[str]) -> None:
    """Write each content once, whoever else has it."""
    by_hash = {spool.places[key].hash: key for key in keys}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [BLOBS_LOCK])
        for some in batched(list(by_hash), AT_ONCE):
            cursor.execute("SELECT hash FROM deploys_contentblob WHERE hash = ANY(%s)", [list(some)])
            for (known,) in cursor.fetchall():
                del by_hash[bytes(known)]
        with cursor.copy("COPY deploys_contentblob (hash, data) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["bytea", "bytea"])
            for one in spool.read(by_hash.values()):
                copy.write_row((one.hash, one.data))


def _write_versions(source: ContentSource, spool: Spool, keys: Iterable[str], seq: int) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY deploys_entryversion ({COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(TYPES)
        for one in spool.read(keys):
            about: dict[str, Any] = one.about
            copy.write_row(
                (
                    source.pk,
                    one.key,
                    one.hash,
                    compare_hash(one.data),
                    about["kind"],
                    about["title"],
                    about["url"],
                    about["edit_url"],
                    about["is_published"],
                    _moment(about["publish_at"]),
                    _moment(about["expire_at"]),
                    _moment(about["changed_at"]),
                    about["changed_by"],
                    about["marker"],
                    seq,
                )
            )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
