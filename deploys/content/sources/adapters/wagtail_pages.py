"""Entries from Wagtail pages of the same process: what is live, what is scheduled, and what expired."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_AT_ONCE = 200
# Bookkeeping of tree and revisions: it changes without any change of the content.
_NOT_CONTENT = frozenset(
    {
        "pk",
        "path",
        "depth",
        "numchild",
        "url_path",
        "title",
        "draft_title",
        "live",
        "has_unpublished_changes",
        "first_published_at",
        "last_published_at",
        "live_revision",
        "latest_revision",
        "latest_revision_created_at",
        "go_live_at",
        "expire_at",
        "expired",
        "locked",
        "locked_at",
        "locked_by",
        "owner",
        "content_type",
        "translation_key",
        "wagtail_admin_comments",
        "page_ptr",
    }
)


class WagtailPages:
    """Reads the pages that visitors may see, those that Wagtail will publish by itself, and those that expired.

    Keys, kinds and addresses are those of Wagtail's API. admin_url: address of the admin, for links to the editor.
    A page of which a newer version is scheduled is given as it is live now.
    """

    def __init__(self, *, admin_url: str = "") -> None:
        self._admin_url = admin_url.rstrip("/")

    def read_entries(self) -> Iterator[dict[str, Any]]:
        """Give every entry."""
        from wagtail.models import Page

        pages = Page.objects.public().filter(depth__gt=1).select_related("live_revision__user").order_by("pk")
        due = self._due()
        shown = pages.filter(live=True) | pages.filter(expired=True, expire_at__isnull=False)
        for page in shown.specific().iterator(chunk_size=_AT_ONCE):
            revision = page.live_revision or page.get_latest_revision()
            yield self._entry(page, revision, "live" if page.live else "expired")
        for page in pages.filter(live=False, pk__in=due).iterator(chunk_size=_AT_ONCE):
            revision = due[str(page.pk)]
            yield self._entry(revision.as_object(), revision, "scheduled")

    def _due(self) -> dict[str, Any]:
        """The revisions that Wagtail will publish, by page."""
        from wagtail.models import Revision

        revisions = Revision.page_revisions.filter(approved_go_live_at__isnull=False)
        return {one.object_id: one for one in revisions.select_related("user").order_by("pk")}

    def _entry(self, page: Any, revision: Any, status: str) -> dict[str, Any]:
        return {
            "key": str(page.pk),
            "kind": page._meta.label,
            "title": page.title,
            "url": page.full_url,
            "edit_url": f"{self._admin_url}/pages/{page.pk}/edit/" if self._admin_url else None,
            # As the page has it: the revision's own date has finer parts of a second than the page will get.
            "publish_at": page.go_live_at or (revision.approved_go_live_at if status == "scheduled" else None),
            "expire_at": page.expire_at,
            "status": status,
            "changed_at": revision.created_at if revision else page.last_published_at,
            "changed_by": _name(revision.user) if revision and revision.user else None,
            "fields": _content(page),
        }


def _content(page: Any) -> dict[str, Any]:
    """The page's own values, raw: rich text as it is stored, and blocks as JSON with their ids."""
    from wagtail.fields import StreamField

    found = {name: value for name, value in page.serializable_data().items() if name not in _NOT_CONTENT}
    for field in page._meta.get_fields():
        if isinstance(field, StreamField) and field.name in found:
            found[field.name] = list(getattr(page, field.name).get_prep_value())
    return found


def _name(user: Any) -> str:
    return str(user.get_full_name() or user.get_username())
