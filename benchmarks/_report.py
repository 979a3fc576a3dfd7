"""What a benchmark prints: how it was taken, then one line per figure with its target beside it."""

from __future__ import annotations

import importlib.metadata
import math
import os
import platform
import re
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path

import _ready  # noqa: F401 - the path first
from _figure import Figure

from buildhub.up import postgres, valkey

PACKAGES = ("Django", "gunicorn", "celery", "httpx", "psycopg")


def report(title: str, how: str, figures: Sequence[Figure]) -> None:
    """Print the table, and a clear last line when a target was missed."""
    print(title)
    print(f"  {how}")
    print(f"  {machine()}")
    print(f"  load average now (1, 5, 15 minutes): {' '.join(f'{one:.2f}' for one in os.getloadavg())}")
    for figure in figures:
        print(figure.line())
    missed = [figure.name for figure in figures if not figure.is_met]
    print(f"  TARGET MISSED: {'; '.join(missed)}" if missed else "  All targets met.")


def machine() -> str:
    """Cores and versions."""
    versions = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    servers = {"PostgreSQL": postgres.binaries() / "postgres", "Valkey": valkey.binary()}
    versions += [f"{name} {_version(program)}" for name, program in servers.items()]
    return ", ".join([f"{os.cpu_count()} cores", platform.system(), f"Python {platform.python_version()}", *versions])


def share(values: Sequence[float], percent: float) -> float:
    """The value below or at which so many per cent of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def _version(program: Path) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d+\.[\d.]+", said)
    return found[0] if found else "of unknown version"
