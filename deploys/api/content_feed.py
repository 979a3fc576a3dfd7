"""The content API for builders: entries as they were last read, whole or since a cursor. See docs/content-api.md."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Iterable
from typing import Any

import orjson
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deploys.content import feed
from deploys.content.feed import Answer, Cursor, NoLongerKept, NothingRead, Scope
from deploys.models import Build, ContentBlob, EntryVersion, Site

USUAL, MOST = 200, 500


class Refusal(Exception):
    """A request that is not answered: status, and what to do in plain words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@login_not_required
@never_cache
@require_safe
def entries(request: HttpRequest, site: str) -> HttpResponse:
    """One page of what a builder lacks: `since` (a cursor), `limit`, `scope` (live or preview), `build` (its key).

    401 without the site's content token as a Bearer token (403 for drafts with the token for live content), 400 for a
    parameter that is none, 404 for a site or build that does not exist, 410 for a
    build whose content is no longer kept, 503 while nothing was read yet.
    """
    try:
        found = get_object_or_404(Site, slug=site)
        scope = _scope(request, found)
        cursor = Cursor.decode(request.GET.get("since", ""), scope)
        answer = feed.read(found, cursor, now(), limit=_limit(request), build=_build(request, found))
    except Refusal as refusal:
        return JsonResponse({"message": str(refusal)}, status=refusal.status)
    except NothingRead:
        message = "No source of this site has been read yet. Try again in a minute, or look at the Content page."
        return JsonResponse({"message": message}, status=503, headers={"Retry-After": "60"})
    except NoLongerKept:
        message = "What this build carried is no longer kept. Ask without `build` for the content as it is now."
        return JsonResponse({"message": message}, status=410)
    return HttpResponse(orjson.dumps(_body(answer)), content_type="application/json")


def _scope(request: HttpRequest, site: Site) -> Scope:
    """Check the token. Raises Refusal."""
    wanted = request.GET.get("scope", Scope.LIVE)
    if wanted not in set(Scope):
        raise Refusal(400, "scope is live or preview.")
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if _same(token, site.drafts_token):
        return Scope(wanted)
    if not _same(token, site.content_token):
        raise Refusal(401, "Send the site's content token as a Bearer token.")
    if wanted == Scope.PREVIEW:
        raise Refusal(403, "Drafts need the site's token for drafts.")
    return Scope.LIVE


def _same(given: str, expected: str) -> bool:
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def _limit(request: HttpRequest) -> int:
    text = request.GET.get("limit", str(USUAL))
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:6]) <= MOST):
        raise Refusal(400, f"limit is a whole number from 1 to {MOST}.")
    return int(text)


def _build(request: HttpRequest, site: Site) -> Build | None:
    """The build whose content is asked for; None for the newest content. Raises Refusal."""
    text = request.GET.get("build", "")
    if not text:
        return None
    try:
        found = Build.objects.filter(site=site, key=uuid.UUID(text)).first()
    except ValueError:
        raise Refusal(400, "build is the value of BUILDHUB_BUILD.") from None
    if found is None:
        raise Refusal(404, "This build does not exist (any more).")
    return found


def _body(answer: Answer) -> dict[str, Any]:
    return {
        "full": answer.full,
        "items": list(_items(answer.versions)),
        "deleted": [id_of(version) for version in answer.deleted],
        "more": answer.has_more,
        "cursor": answer.cursor.encode(),
    }


def id_of(version: EntryVersion) -> str:
    """A name of the entry that is unique within the site."""
    return f"{version.source_id}:{version.entry_key}"


def _items(versions: Iterable[EntryVersion]) -> Iterable[dict[str, Any]]:
    rows = list(versions)
    blobs = ContentBlob.objects.in_bulk([bytes(row.hash) for row in rows])
    contents = {bytes(key): blob for key, blob in blobs.items()}
    for row in rows:
        content = orjson.loads(bytes(contents[bytes(row.hash)].data))
        yield {
            "id": id_of(row),
            "key": row.entry_key,
            "source": row.source_id,
            "digest": bytes(row.hash).hex(),
            "marker": row.shown_as,
            "is_published": row.is_published,
            "changed_at": row.changed_at,
            **content,
        }
