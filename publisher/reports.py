"""The report that a publish hands over in the target, under the release id that was asked for.

A dashboard that waits for a pipeline need not be reachable from it: it looks here. The id of the report is the one that
was asked for; the release in it is what is live, another one when nothing had to be changed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from publisher.contract import Target
from publisher.errors import PublisherError, Refused
from publisher.model import FORMAT, bound_from, pack, unpack
from publisher.options import Options
from publisher.pointer import check_name
from publisher.results import Invalidation, Published, Report, as_json
from publisher.targets import opened

FOLDER = ".releases/reports/"
_ENDING = ".json.gz"


def read_report(target: str, release: str, *, options: Options | None = None) -> Report | None:
    """What the publish that asked for this release id handed over, by one request; None when there is nothing (yet).

    Raises Refused, Unavailable.
    """
    check_name(release)
    with opened(target, options or Options()) as host:
        stored = host.read(key_of(release))
    return decode(stored.body) if stored else None


def key_of(asked: str) -> str:
    """Where the report for this id is kept."""
    return f"{FOLDER}{asked}{_ENDING}"


def asked_in(key: str) -> str:
    """The id that a report's key was made of."""
    return key.removeprefix(FOLDER).removesuffix(_ENDING)


def hand_over(target: Target, asked: str, published: Published) -> None:
    """Write what was done; nothing when no id was asked for. Raises Refused, Unavailable."""
    if asked:
        _write(target, Report(asked=asked, at=target.now(), published=published))


def hand_over_held_back(target: Target, asked: str, words: str, removed: tuple[str, ...], pages_there: int) -> None:
    """Write why nothing was done. What goes wrong here hides nothing: the run says the same by its own error."""
    if not asked:
        return
    try:
        _write(target, Report(asked=asked, at=target.now(), held_back=words, removed=removed, pages_there=pages_there))
    except PublisherError:
        return


def _write(target: Target, report: Report) -> None:
    target.write(key_of(report.asked), encode(report))


def encode(report: Report) -> bytes:
    """The report as compressed JSON."""
    return pack({"format": FORMAT, **as_json(report)})


def decode(body: bytes) -> Report:
    """The report in these bytes; what a newer publisher added is left out. Raises Refused."""
    data = unpack(body, "report")
    try:
        told = data["published"]
        return Report(
            asked=str(data["asked"]),
            at=float(data["at"]),
            published=_published(told) if told is not None else None,
            held_back=str(data["held_back"]),
            removed=tuple(data["removed"]),
            pages_there=int(data["pages_there"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(f"A report on the target cannot be read ({error}). Publish again.") from error


def _published(told: Mapping[str, Any]) -> Published:
    values = _known(Published, told)
    values["bound_to"] = bound_from(values.get("bound_to"))
    values["invalidation"] = Invalidation(**_known(Invalidation, told["invalidation"]))
    return Published(**values)


def _known(kind: type, told: Mapping[str, Any]) -> dict[str, Any]:
    """The values of this kind's fields, lists as tuples."""
    names = {one.name for one in dataclasses.fields(kind)}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in told.items() if name in names}
