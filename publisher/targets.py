"""Which kind of target an address names."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from publisher.contract import Target
from publisher.errors import Refused
from publisher.options import Options


@contextlib.contextmanager
def opened(address: str, options: Options) -> Iterator[Target]:
    """The target at s3://bucket[/prefix] or in a folder. Raises Refused."""
    target = _target(address, options)
    try:
        yield target
    finally:
        target.close()


def _target(address: str, options: Options) -> Target:
    if address.startswith("s3://"):
        from publisher.s3_target import S3Target

        return S3Target(address, options)
    if "://" in address or not address:
        raise Refused(f"{address or 'An empty address'} is no target. Write s3://bucket[/prefix], or a folder.")
    from publisher.folder_target import FolderTarget

    return FolderTarget(address, options)
