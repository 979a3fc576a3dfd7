"""Offset pagination with GitLab's headers (GitLab docs, REST API, pagination)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Request

from sandbox.gitlab.api.parameters import whole

PER_PAGE = 20
MOST_PER_PAGE = 100
TOTAL_UP_TO = 10_000


def page_of[T](items: Sequence[T], request: Request, given: dict[str, Any]) -> tuple[Sequence[T], dict[str, str]]:
    """The asked page and its headers; totals are left out above 10,000 rows."""
    page = max(whole(given, "page", 1), 1)
    per_page = min(max(whole(given, "per_page", PER_PAGE), 1), MOST_PER_PAGE)
    start = (page - 1) * per_page
    pages = max(-(-len(items) // per_page), 1)
    counted = len(items) <= TOTAL_UP_TO
    following = str(page + 1) if page < pages else ""
    before = str(page - 1) if page > 1 else ""
    headers = {
        "x-page": str(page),
        "x-per-page": str(per_page),
        "x-next-page": following,
        "x-prev-page": before,
        "Link": _links(request, per_page, {"prev": before, "next": following, "first": "1"}, pages, counted),
    }
    if counted:
        headers |= {"x-total": str(len(items)), "x-total-pages": str(pages)}
    return items[start : start + per_page], headers


def _links(request: Request, per_page: int, pages: dict[str, str], last: int, counted: bool) -> str:
    wanted = pages | ({"last": str(last)} if counted else {})
    return ", ".join(
        f'<{request.base_url}?{_query(request, page, per_page)}>; rel="{relation}"'
        for relation, page in wanted.items()
        if page
    )


def _query(request: Request, page: str, per_page: int) -> str:
    others = [(key, value) for key, value in request.args.items(multi=True) if key not in ("page", "per_page")]
    return urlencode([*others, ("page", page), ("per_page", per_page)])
