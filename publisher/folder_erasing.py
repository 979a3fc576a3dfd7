"""Erasing a target that is a folder."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from publisher.errors import Refused
from publisher.pointer import POINTER


def erase(root: Path, paths: Collection[str], *, current: str, trees: str) -> None:
    """The link goes first, so that visitors see nothing from then on; the last record takes the folder along."""
    (root / current).unlink(missing_ok=True)
    try:
        shutil.rmtree(root / trees, ignore_errors=True)
        for path in paths:
            (root / path).unlink(missing_ok=True)
        if POINTER in paths:
            shutil.rmtree(root)
    except OSError as error:
        raise Refused(f"The folder cannot be deleted: {error}. Check its owner.") from error
