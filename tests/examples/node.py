"""Node for the example site: what is needed, where it is, and the words when it is not there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

SITE = Path(__file__).parents[2] / "examples" / "astro-site"
LEAST = (22, 12)
# `make node` puts one here where the machine has none, and the site's modules into the site.
OWN = Path(sys.prefix) / "node" / "node_modules"
MODULES = SITE / "node_modules"
MISSING = (
    "THE ASTRO SITE WAS NOT BUILT: this needs Node >= 22.12 and the site's modules. `make endurance` brings both where "
    "npm is there; by hand: `npm ci` in examples/astro-site, with such a Node first in PATH."
)


def folder() -> Path | None:
    """The folder of a Node that is new enough, if the site's modules are there too."""
    found = [shutil.which("node"), *sorted(OWN.glob("node-*/bin/node"))]
    programs = [Path(one) for one in found if one is not None]
    if not (MODULES / "astro").is_dir():
        return None
    return next((one.parent for one in programs if _version(one) >= LEAST), None)


def _version(program: Path) -> tuple[int, ...]:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except OSError:
        return ()
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])
