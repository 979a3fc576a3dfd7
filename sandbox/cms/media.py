"""The media library: list, delete, undo, and the image files themselves."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, abort, redirect, render_template, request, send_from_directory, url_for
from werkzeug.wrappers import Response

from .clock import now, stored
from .desk import current_editor, desk
from .entries import Entry
from .feed import refusal

blueprint = Blueprint("media", __name__)
FILES = Path(__file__).parent / "media"
FILE_POLICY = "default-src 'none'; sandbox"


@blueprint.get("/media/")
def media_list() -> str:
    store = desk().store
    users: dict[str, list[Entry]] = {}
    for entry in store.entries():
        if entry.image:
            users.setdefault(entry.image, []).append(entry)
    return render_template(
        "media.html",
        images=store.images(),
        deleted=store.images(deleted=True),
        users=users,
        done=request.args.get("done"),
        name=request.args.get("name", ""),
    )


@blueprint.post("/media/<name>/delete")
def delete_image(name: str) -> Response:
    if not desk().store.mark_image(name, deleted_by=current_editor(), at=now()):
        abort(404)
    return redirect(url_for("media.media_list", done="deleted", name=name), 303)


@blueprint.post("/media/<name>/restore")
def restore_image(name: str) -> Response:
    if not desk().store.mark_image(name, deleted_by=None, at=now()):
        abort(404)
    return redirect(url_for("media.media_list", done="restored", name=name), 303)


@blueprint.get("/api/media/<name>")
def image_file(name: str) -> Response:
    """The image; 404 with who deleted it and when. ``?deleted=1`` is for the trash's thumbnails."""
    image = desk().store.image(name)
    if image is None:
        return refusal(404, "not_found", f"There is no image called {name}.")
    if image.deleted_at and "deleted" not in request.args:
        about = {"deleted_by": image.deleted_by or "", "deleted_at": stored(image.deleted_at) or ""}
        return refusal(404, "deleted", f"{image.deleted_by} deleted {name} from the media library.", **about)
    response = send_from_directory(FILES, name, conditional=True, etag=True)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response
