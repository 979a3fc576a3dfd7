"""Serves the release that ``current`` points to: the live site at ``/``, staging at ``/staging/``,
previews at ``/previews/<label>/`` and, as a site of its own, at ``<label>.localhost``.

``root/<site>/`` is a folder that the publisher fills. Its records (``.releases``) lie beside ``current``, and no
part of an address may begin with a dot, so that visitors never see them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from flask import Flask, redirect, request, send_file
from werkzeug.security import safe_join
from werkzeug.wrappers import Response

FILES = Path(__file__).parent / "files"
STAGING = "staging"
PREVIEWS = "previews"
OWN_HOSTS = "localhost"  # every name below it is this machine: https://www.rfc-editor.org/rfc/rfc6761#section-6.3
LABEL = re.compile(r"[a-z0-9][a-z0-9-]{8,61}[a-z0-9]")
CONTENT_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".xml": "application/xml",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}
UNKNOWN_TYPE = "application/octet-stream"
PROOF = "buildhub.json"
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


def create_site(root: Path, others: Mapping[str, Path] | None = None) -> Flask:
    """The application that serves ``root/live`` and ``root/staging``; either may not exist yet.

    others: further sites below a name of their own, each with the folder that its publisher fills.
    """
    app = Flask("sandbox.site", static_folder=None)

    app.before_request(lambda: _preview_by_host(root))

    @app.get("/healthz")
    def health() -> tuple[str, int, dict[str, str]]:
        return "ok\n", 200, {"Content-Type": "text/plain"}

    @app.get("/-/nothing.css")
    def nothing_style() -> Response:
        return _answer(FILES / "nothing.css", cache=ASK_AGAIN)

    @app.get("/staging")
    def staging_without_slash() -> Response:
        return redirect(f"/{STAGING}/", 308)

    @app.get(f"/{STAGING}/", defaults={"path": ""})
    @app.get(f"/{STAGING}/<path:path>")
    def staging_file(path: str) -> Response:
        return serve(root / STAGING, path)

    _add_previews(app, root)
    for name, folder in (others or {}).items():
        _add_other(app, name, folder)

    @app.get("/", defaults={"path": ""})
    @app.get("/<path:path>")
    def live_file(path: str) -> Response:
        return serve(root / "live", path)

    return app


def _add_previews(app: Flask, root: Path) -> None:
    """Serve the previews that have no host names of their own."""

    @app.get("/previews/<label>")
    def preview_without_slash(label: str) -> Response:
        return _hidden(redirect(f"/{PREVIEWS}/{label}/", 308))

    @app.get("/previews/<label>/", defaults={"path": ""})
    @app.get("/previews/<label>/<path:path>")
    def preview_file(label: str, path: str) -> Response:
        return _hidden(serve(preview_folder(root, label), path))


def _add_other(app: Flask, name: str, folder: Path) -> None:
    """Serve another site at ``/<name>/``."""

    def other_file(path: str) -> Response:
        return serve(folder, path)

    app.add_url_rule(f"/{name}/", f"{name}_home", other_file, defaults={"path": ""})
    app.add_url_rule(f"/{name}/<path:path>", f"{name}_file", other_file)


def _preview_by_host(root: Path) -> Response | None:
    """The answer for a name that a preview has as its own; None for the other sites."""
    label, _, rest = request.host.partition(":")[0].partition(".")
    if rest != OWN_HOSTS or request.path.startswith("/-/"):
        return None
    return _hidden(serve(preview_folder(root, label), request.path.removeprefix("/")))


def preview_folder(root: Path, label: str) -> Path:
    """Where a preview lies. A label that could be another folder is none: without the link nothing is there."""
    return root / PREVIEWS / (label if LABEL.fullmatch(label) else "none")


def _hidden(answer: Response) -> Response:
    """The same for those who have the link only: no search engine lists it, and nothing of it is kept on the way."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def serve(site: Path, path: str) -> Response:
    """The file behind a path of one site, or that site's 404 page."""
    while (release := current_release(site)) is not None:
        answer = _from_release(release, path)
        # The publisher removes a release as soon as another one is shown, maybe while this answer was made of it.
        if answer is not None and (answer.status_code < 400 or current_release(site) == release):
            return answer
        if answer is not None:
            answer.close()
    return _answer(FILES / "nothing.html", cache="no-store", status=404)


def _from_release(release: Path, path: str) -> Response | None:
    """What this release answers; None when it vanished meanwhile."""
    try:
        return _shown(release, path)
    except FileNotFoundError:
        return None


def _shown(release: Path, path: str) -> Response:
    file = file_in(release, path)
    if file is None:
        return _answer(release / "404.html", cache=ASK_AGAIN, status=404)
    if file.is_dir():
        return redirect(f"{request.path}/", 308)
    return _answer(file, cache=cache_rule(path))


def current_release(site: Path) -> Path | None:
    """The folder of the release that visitors see; read once per request, so one answer never mixes two."""
    try:
        release = (site / "current").resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    return release if release.is_relative_to(site.resolve()) else None


def file_in(release: Path, path: str) -> Path | None:
    """The file or folder meant by a path; None when there is none, or when it lies outside the release."""
    joined = safe_join(str(release), path)
    if joined is None or "\0" in path or any(part.startswith(".") for part in path.split("/")):
        return None
    file = Path(joined)
    try:
        if path == "" or path.endswith("/"):
            file = file / "index.html"
        elif file.is_dir() and not (file / "index.html").is_file():
            return None
        found = file.resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    return found if found.is_relative_to(release) else None


def cache_rule(path: str) -> str:
    """How long browsers may keep a file: hashed assets for ever, the proof never, the rest after asking."""
    if path == PROOF:
        return "no-store"
    name = path.rsplit("/", 1)[-1]
    is_hashed = path.startswith("assets/") and name.count(".") == 2
    return FOREVER if is_hashed else ASK_AGAIN


def _answer(file: Path, *, cache: str, status: int = 200) -> Response:
    if not file.is_file():
        return Response("Not found\n", status=404, mimetype="text/plain")
    content_type = CONTENT_TYPES.get(file.suffix, UNKNOWN_TYPE)
    response = send_file(file, mimetype=content_type, conditional=status == 200, etag=True)
    if response.status_code == 200:
        response.status_code = status
    del response.headers["Content-Disposition"]
    response.headers["Cache-Control"] = cache
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = POLICY
    return response
