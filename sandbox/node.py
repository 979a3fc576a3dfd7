"""Node for the example site: what is needed, where it is, and the words when it is not there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

SITE = Path(__file__).parents[1] / "examples" / "astro-site"
LEAST = (22, 12)
# `make node` puts one here where the machine has none, and the site's modules into the site.
OWN = Path(sys.prefix) / "node" / "node_modules"
MODULES = SITE / "node_modules"
MISSING = (
    "this needs Node >= 22.12 and the site's modules. `make node` brings both where npm is there; by hand: `npm ci` in "
    "examples/astro-site, with such a Node first in PATH."
)


def folder() -> Path | None:
    """The folder of a Node that is new enough, if the site's modules are there too."""
    return newest() if (MODULES / "astro").is_dir() else None


def newest() -> Path | None:
    """The folder of a Node that is new enough, whatever it is for."""
    found = [shutil.which("node"), *sorted(OWN.glob("node-*/bin/node"))]
    programs = [Path(one) for one in found if one is not None]
    return next((one.parent for one in programs if _version(one) >= LEAST), None)


def environment(node: Path) -> dict[str, str]:
    """What the site's image would set: its Node and our Python first in the path, and where the modules are."""
    path = os.pathsep.join([str(node), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {"PATH": path, "SITE_MODULES": str(MODULES), "ASTRO_TELEMETRY_DISABLED": "1"}


def _version(program: Path) -> tuple[int, ...]:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except OSError:
        return ()
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])
