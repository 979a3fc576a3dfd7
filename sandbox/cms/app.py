"""The CMS as a Flask application."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from . import feed, mailbox_pages, media, pages
from .clock import ZONE_NAME, in_words, now, stored
from .desk import EDITORS, Desk, current_editor, initials
from .entries import SECTIONS, STATUSES, TYPE_NAMES
from .mailbox import Mailbox
from .seed import plant
from .store import Store
from .telling import Teller

LARGEST_REQUEST_BYTES = 1_000_000
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, kw_only=True)
class CMSOptions:
    """Where the CMS keeps its data, who may read its feed, where its links lead, and whom it tells of changes."""

    data: Path
    content_token: str
    dashboard_url: str = ""
    site_url: str = ""
    hook_url: str = ""
    hook_token: str = ""


def create_cms(options: CMSOptions) -> Flask:
    """The application; an empty data folder is filled with the museum's first content."""
    store = Store(options.data / "cms.sqlite3")
    plant(store, now())
    app = Flask("sandbox.cms", root_path=str(Path(__file__).parent))
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST_BYTES
    app.extensions["mailbox"] = Mailbox(options.data / "mailbox")
    app.extensions["desk"] = Desk(store=store, content_token=options.content_token)
    for blueprint in (pages.blueprint, media.blueprint, mailbox_pages.blueprint, feed.blueprint):
        app.register_blueprint(blueprint)
    app.before_request(refuse_other_sites)
    app.after_request(add_headers)
    Teller(options.hook_url, options.hook_token).attach(app)
    app.register_error_handler(HTTPException, show_error)
    app.jinja_env.globals.update(
        SECTIONS=SECTIONS,
        STATUSES=STATUSES,
        TYPE_NAMES=TYPE_NAMES,
        ZONE_NAME=ZONE_NAME,
        EDITORS=EDITORS,
        dashboard_url=options.dashboard_url,
        site_url=options.site_url,
        editor=current_editor,
    )
    app.jinja_env.filters.update(words=lambda moment: in_words(moment, now()), iso=stored, initials=initials)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    return app


def refuse_other_sites() -> Response | None:
    """A form on another site must not change content in an editor's name."""
    origin = request.headers.get("Origin")
    if request.method != "POST" or origin is None or urlsplit(origin).netloc == request.host:
        return None
    return Response("This form was sent from another site.\n", status=403, mimetype="text/plain")


def add_headers(response: Response) -> Response:
    """Every answer forbids scripts and framing; pages are never kept by the browser."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if response.mimetype == "text/html":
        response.headers["Cache-Control"] = "no-store"
    return response


def show_error(error: HTTPException) -> Response | tuple[str, int]:
    """Errors in the editors' words; the feed's errors as JSON."""
    code = error.code or 500
    if request.path.startswith("/api/"):
        return feed.refusal(code, error.name.lower().replace(" ", "_"), error.description or error.name)
    sentences = {
        404: f"This {'message' if request.blueprint == 'mailbox' else 'entry'} does not exist, or not any more.",
        413: "That was too much text for one entry.",
    }
    return render_template("error.html", sentence=sentences.get(code, error.description)), code
