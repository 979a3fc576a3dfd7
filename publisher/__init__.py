"""Puts a built site on its host, keeps what it was as releases, and brings any of them back.

Two kinds of target: `s3://bucket[/prefix]` and a folder. The same code serves a command line, a pipeline and a worker:

    from publisher import Options, publish
    result = publish(Path("dist"), "s3://example-site", options=Options(distribution="E123"), on_progress=print)

The operations are imported when they are first asked for, so that `import publisher` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from publisher.bringing_back import bring_back
    from publisher.erasing import erase
    from publisher.options import Options
    from publisher.privacy import records_are_public
    from publisher.promoting import promote
    from publisher.publishing import plan, publish
    from publisher.records import bound_to, list_releases, prune, release_files, status, verify
    from publisher.reports import read_report

__all__ = [
    "Options",
    "bound_to",
    "bring_back",
    "erase",
    "list_releases",
    "plan",
    "promote",
    "prune",
    "publish",
    "read_report",
    "records_are_public",
    "release_files",
    "status",
    "verify",
]
_HOMES = {
    "Options": "publisher.options",
    "bound_to": "publisher.records",
    "bring_back": "publisher.bringing_back",
    "erase": "publisher.erasing",
    "publish": "publisher.publishing",
    "plan": "publisher.publishing",
    "promote": "publisher.promoting",
    "records_are_public": "publisher.privacy",
    "status": "publisher.records",
    "verify": "publisher.records",
    "list_releases": "publisher.records",
    "prune": "publisher.records",
    "release_files": "publisher.records",
    "read_report": "publisher.reports",
}


def __getattr__(name: str) -> Any:
    """Import an operation when it is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
