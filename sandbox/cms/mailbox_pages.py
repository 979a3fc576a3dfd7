"""The pages of the mailbox, and the addresses that stand in for Slack, Teams and a receiver of webhooks."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from .clock import now
from .mailbox import KINDS, Mailbox, Received

blueprint = Blueprint("mailbox", __name__, url_prefix="/mailbox")
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; frame-src 'self'"
)


@blueprint.get("/")
def message_list() -> str:
    found = mailbox().messages()
    shown = request.args.get("show", "all")
    counts = {name: sum(one.kind == name for one in found) for name in KINDS}
    filters = {"all": ("All", len(found))} | {name: (KINDS[name], count) for name, count in counts.items()}
    kept = [one for one in found if shown not in KINDS or one.kind == shown]
    return render_template("mailbox.html", messages=kept, filters=filters, shown=shown if shown in KINDS else "all")


@blueprint.get("/messages/<name>")
def message(name: str) -> Response:
    found = _message_or_404(name)
    page = Response(render_template("message.html", message=found, moment=now()))
    page.headers["Content-Security-Policy"] = PAGE_POLICY
    return page


@blueprint.get("/messages/<name>/html")
def message_html(name: str) -> Response:
    """The second form of a mail, as a mail program shows it: no script runs, links open in a new tab."""
    html = _message_or_404(name).html
    if not html:
        abort(404)
    page = Response(html.replace("<head>", '<head><base target="_blank">', 1), mimetype="text/html")
    page.headers["Content-Security-Policy"] = FRAME_POLICY
    return page


@blueprint.post("/hooks/<kind>")
def take(kind: str) -> Response:
    """Take a post as the real service would."""
    if kind not in KINDS or kind == "email":
        abort(404)
    mailbox().take(kind, dict(request.headers), request.get_data())
    return Response("" if kind == "teams" else "ok", status=202 if kind == "teams" else 200, mimetype="text/plain")


@blueprint.post("/empty")
def empty() -> Answer:
    mailbox().empty()
    return redirect(url_for("mailbox.message_list"), 303)


def mailbox() -> Mailbox:
    """The mailbox of this application."""
    found = current_app.extensions["mailbox"]
    if not isinstance(found, Mailbox):
        raise TypeError("This application has no mailbox.")
    return found


def _message_or_404(name: str) -> Received:
    found = mailbox().message(name)
    if found is None:
        abort(404)
    return found
