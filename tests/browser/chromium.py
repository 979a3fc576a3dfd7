"""Finds a Chromium: the one named by CHROMIUM_PATH, Playwright's own, or what the machine has."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Any

from playwright.sync_api import BrowserType
from playwright.sync_api import Error as PlaywrightError

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_A_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # No name but this machine's own resolves, so nothing that a page asks for can leave it.
    "--host-resolver-rules=MAP *.localhost 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class NoChromium(RuntimeError):
    """There is none here; the message says how to get one."""


def launch_arguments(given: dict[str, Any], browser_type: BrowserType) -> dict[str, Any]:
    """What Playwright's `launch` gets so that it starts a Chromium that is here. Raises NoChromium."""
    arguments = dict(given)
    arguments["args"] = [*given.get("args", ()), *FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    if os.environ.get("CHROMIUM_PATH") or not _starts(browser_type, arguments):
        arguments["executable_path"] = _installed()
    return arguments


def _starts(browser_type: BrowserType, arguments: dict[str, Any]) -> bool:
    """True when Playwright's own Chromium is installed."""
    try:
        browser_type.launch(**arguments).close()
    except PlaywrightError as error:
        if "Executable doesn't exist" in str(error):
            return False
        raise
    return True


def _installed() -> str:
    candidates = [os.environ.get("CHROMIUM_PATH"), *map(shutil.which, NAMES)]
    candidates += ON_A_MAC if sys.platform == "darwin" else ()
    found = next((path for path in candidates if path and os.path.exists(path)), None)  # noqa: PTH110 - may be None
    if found is None:
        raise NoChromium("No Chromium here: run `playwright install chromium`, or name one in CHROMIUM_PATH.")
    return found
