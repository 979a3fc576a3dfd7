"""The editors' pages: list, edit, new, trash, and the chooser of who is editing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from .clock import now
from .desk import EDITOR_COOKIE, EDITORS, cookie_value, current_editor, desk
from .entries import Entry
from .forms import LABELS, EntryForm
from .store import AddressTaken, EntryChanged, EntryNotFound

blueprint = Blueprint("pages", __name__)
TAKEN = "Another entry of this section has this address."
YEAR_SECONDS = 365 * 24 * 3600
Page = str | Response | tuple[str, int]
FILTERS: dict[str, tuple[str, Callable[[Entry, datetime], bool]]] = {
    "all": ("All", lambda entry, moment: not entry.deleted_at),
    "pages": ("Pages", lambda entry, moment: not entry.deleted_at and entry.type == "page"),
    "news": ("News", lambda entry, moment: not entry.deleted_at and entry.type == "news"),
    "events": ("Events", lambda entry, moment: not entry.deleted_at and entry.type == "event"),
    "drafts": ("Drafts", lambda entry, moment: entry.state(moment) == "draft"),
    "scheduled": ("Scheduled", lambda entry, moment: entry.state(moment) == "scheduled"),
    "trash": ("Trash", lambda entry, moment: entry.deleted_at is not None),
}


@blueprint.get("/")
def entry_list() -> Page:
    moment = now()
    store = desk().store
    words = request.args.get("q", "").strip()
    shown = request.args.get("show", "all")
    if shown not in FILTERS:
        shown = "all"
    found = [entry for entry in [*store.entries(), *store.entries(deleted=True)] if entry.mentions(words)]
    counted = {name: (label, sum(rule(entry, moment) for entry in found)) for name, (label, rule) in FILTERS.items()}
    return render_template(
        "entries.html",
        entries=[entry for entry in found if FILTERS[shown][1](entry, moment)],
        filters=counted,
        shown=shown,
        words=words,
        moment=moment,
        missing=_missing_images(),
        notice=_notice(),
    )


@blueprint.get("/entries/new")
def new_entry() -> Page:
    return _form_page(EntryForm.empty(), None)


@blueprint.post("/entries/new")
def create_entry() -> Page:
    form = EntryForm.typed(request.form)
    values = form.checked(_image_names())
    if values is None:
        return _form_page(form, None), 422
    try:
        entry_id = desk().store.add(values, editor=current_editor(), at=now())
    except AddressTaken:
        form.errors["slug"] = TAKEN
        return _form_page(form, None), 422
    return redirect(url_for("pages.edit_entry", entry_id=entry_id, done="saved"), 303)


@blueprint.get("/entries/<int:entry_id>/edit")
def edit_entry(entry_id: int) -> Page:
    entry = _entry_or_404(entry_id)
    return _form_page(EntryForm.of(entry), entry)


@blueprint.post("/entries/<int:entry_id>/edit")
def save_entry(entry_id: int) -> Page:
    entry = _entry_or_404(entry_id)
    form = EntryForm.typed(request.form)
    values = form.checked(_image_names())
    if values is None:
        return _form_page(form, entry, revision=_typed_revision()), 422
    try:
        desk().store.save(entry_id, values, editor=current_editor(), at=now(), revision=_typed_revision())
    except AddressTaken:
        form.errors["slug"] = TAKEN
        return _form_page(form, entry, revision=_typed_revision()), 422
    except EntryChanged:
        return _form_page(form, _entry_or_404(entry_id), conflict=True), 409
    return redirect(url_for("pages.edit_entry", entry_id=entry_id, done="saved"), 303)


@blueprint.post("/entries/<int:entry_id>/delete")
def delete_entry(entry_id: int) -> Page:
    _entry_or_404(entry_id)
    desk().store.trash(entry_id, editor=current_editor(), at=now())
    return redirect(url_for("pages.entry_list", done="deleted", entry=entry_id), 303)


@blueprint.post("/entries/<int:entry_id>/restore")
def restore_entry(entry_id: int) -> Page:
    _entry_or_404(entry_id)
    try:
        desk().store.restore(entry_id)
    except AddressTaken:
        return redirect(url_for("pages.entry_list", show="trash", done="not-restored", entry=entry_id), 303)
    return redirect(url_for("pages.entry_list", done="restored", entry=entry_id), 303)


@blueprint.post("/editor")
def choose_editor() -> Page:
    editor = request.form.get("editor", "")
    if editor not in EDITORS:
        abort(404)
    back = request.form.get("back", "/")
    is_ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    response = redirect(back if is_ours else "/", 303)
    response.set_cookie(EDITOR_COOKIE, cookie_value(editor), max_age=YEAR_SECONDS, httponly=True, samesite="Lax")
    return response


@blueprint.get("/healthz")
def health() -> Page:
    desk().store.is_empty()
    return "ok\n", 200


def _form_page(form: EntryForm, entry: Entry | None, *, revision: int = 0, conflict: bool = False) -> str:
    store = desk().store
    return render_template(
        "edit.html",
        form=form,
        entry=entry,
        labels=LABELS,
        images=store.images(),
        missing=_missing_images(),
        moment=now(),
        revision=revision or (entry.revision if entry else 0),
        conflict=conflict,
        notice=_notice(),
    )


def _entry_or_404(entry_id: int) -> Entry:
    try:
        return desk().store.entry(entry_id)
    except (EntryNotFound, OverflowError):
        abort(404)


def _image_names() -> set[str]:
    return {image.name for image in desk().store.images()}


def _missing_images() -> set[str]:
    return {image.name for image in desk().store.images(deleted=True)}


def _typed_revision() -> int:
    return request.form.get("revision", default=0, type=int)


def _notice() -> dict[str, object] | None:
    """What was just done, told by the address after a redirect."""
    done = request.args.get("done")
    if done is None:
        return None
    entry_id = request.args.get("entry", type=int)
    return {"done": done, "entry": _entry_or_404(entry_id) if entry_id else None}
