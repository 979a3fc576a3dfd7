"""How much processor time a process and its children have used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROC = Path("/proc")


def cpu_seconds(pid: int) -> float:
    """Seconds of processor time (user and system) of a process and all that live below it."""
    rows = _from_proc() if sys.platform == "linux" else _from_ps()
    family, grown = {pid}, True
    while grown:
        children = {child for child, (parent, _) in rows.items() if parent in family} - family
        family, grown = family | children, bool(children)
    return sum(seconds for child, (_, seconds) in rows.items() if child in family)


def _from_proc() -> dict[int, tuple[int, float]]:
    """Parent and seconds by process id (Linux, proc(5): fields 4, 14 and 15 of stat)."""
    ticks = os.sysconf("SC_CLK_TCK")
    rows: dict[int, tuple[int, float]] = {}
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        rows[int(stat.parent.name)] = (int(fields[1]), (int(fields[11]) + int(fields[12])) / ticks)
    return rows


def _from_ps() -> dict[int, tuple[int, float]]:
    """The same from ps, which on macOS tells hundredths of a second."""
    told = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,time="], capture_output=True, text=True, check=True)
    rows: dict[int, tuple[int, float]] = {}
    for line in told.stdout.splitlines():
        pid, parent, time = line.split()
        seconds = 0.0
        for part in time.replace("-", ":").split(":"):
            seconds = seconds * 60 + float(part)
        rows[int(pid)] = (int(parent), seconds)
    return rows
