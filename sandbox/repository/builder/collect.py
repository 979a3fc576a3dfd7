"""The collect job: read every page of the CMS feed and the images its entries use.

Writes ``content.json`` (visible entries only) and ``images/``. An image that the CMS does not have is
noted there; the build job decides about it, with the page in hand.
"""

from __future__ import annotations

import json
import shutil
import time
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import Request, urlopen

from .content import CONTENT_FILE, IMAGES_FOLDER, Entry, now
from .report import BuildStopped, Problem, paced, progress, run, say
from .settings import Settings

TIMEOUT_SECONDS = 10
ATTEMPTS = 3
PAUSE_SECONDS = 0.2
PER_PAGE = 10


def main() -> None:
    settings = Settings.from_environment()
    if urlsplit(settings.content_url).scheme not in ("http", "https"):
        raise BuildStopped([_dependency("CONTENT_URL is not set to an http or https address")])
    items = read_feed(settings)
    moment = now()
    visible = [item for item in items if settings.is_preview or Entry.parse(item).is_visible(moment)]
    drafts = ", drafts too" if settings.is_preview else ""
    say("content", f"{len(visible)} entries to publish{drafts}, {len(items) - len(visible)} not due or expired")
    missing = fetch_images(settings, sorted({item["image"] for item in visible if item["image"]}))
    stored = {"collected_at": moment.isoformat(), "items": visible, "missing_images": missing}
    CONTENT_FILE.write_text(json.dumps(stored, ensure_ascii=False, indent=1), encoding="utf-8")


def read_feed(settings: Settings) -> list[dict[str, Any]]:
    """Every published entry, by following ``next``.

    Raises BuildStopped when the CMS cannot be reached, refuses the token, or answers with fewer entries
    than it says there are.
    """
    address: str | None = (
        f"{settings.content_url}?page=1&per_page={PER_PAGE}{'&drafts=1' if settings.is_preview else ''}"
    )
    found: dict[str, dict[str, Any]] = {}
    total = 0
    while address:
        total, items, following = _page(fetch(address, settings.content_token))
        found.update((str(item["id"]), item) for item in items)
        say("content", f"{len(found)}/{total} entries")
        progress("collecting", len(found), total)
        paced(settings.pace, -(-total // PER_PAGE))
        address = following
    if len(found) != total:
        raise BuildStopped([_dependency(f"the CMS sent {len(found)} of {total} entries")])
    return list(found.values())


def fetch_images(settings: Settings, paths: list[str]) -> dict[str, dict[str, str]]:
    """Store the images under ``images/``; returns what the CMS says about each one it does not have."""
    shutil.rmtree(IMAGES_FOLDER, ignore_errors=True)
    IMAGES_FOLDER.mkdir()
    missing: dict[str, dict[str, str]] = {}
    for path in paths:
        name = Path(path).name
        try:
            (IMAGES_FOLDER / name).write_bytes(fetch(urljoin(settings.content_url, path), settings.content_token))
        except HTTPError as error:
            with error:
                missing[name] = _what_is_known(error.read())
            say("media", f"warn {name} is not in the media library ({error.code})")
    say("media", f"{len(paths) - len(missing)} images fetched")
    return missing


def fetch(address: str, token: str) -> bytes:
    """The body behind an address of the CMS.

    Raises HTTPError for 404 and 410, BuildStopped for every other failure (after three attempts).
    """
    request = Request(address, headers={"Authorization": f"Bearer {token}", "Accept": "*/*"})
    reason = ""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return bytes(answer.read())
        except HTTPError as error:
            if error.code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
                raise
            with error:
                reason = f"the CMS answered {error.code}"
            if error.code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                raise BuildStopped([Problem(kind="auth_expired", detail=reason, rule="the CMS")]) from None
        except (URLError, HTTPException, OSError) as error:
            reason = f"the CMS cannot be reached ({getattr(error, 'reason', error)})"
        say("content", f"warn {reason} (attempt {attempt} of {ATTEMPTS})")
        time.sleep(PAUSE_SECONDS * attempt)
    raise BuildStopped([_dependency(reason)])


def _page(body: bytes) -> tuple[int, list[dict[str, Any]], str | None]:
    """Total, entries and next address of one page. Raises BuildStopped when the body is no page of the feed."""
    try:
        answer = json.loads(body)
        items = answer["items"]
        for item in items:
            Entry.parse(item)
        return int(answer["total"]), items, answer["next"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BuildStopped([_dependency("the CMS answered with something that is not its feed")]) from error


def _dependency(reason: str) -> Problem:
    return Problem(kind="dependency", detail=reason, rule="the CMS")


def _what_is_known(body: bytes) -> dict[str, str]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return {key: str(answer[key]) for key in ("deleted_by", "deleted_at") if answer.get(key)}


if __name__ == "__main__":
    run("collect", main)
