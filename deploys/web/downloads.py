"""A list of changes as files: JSON, and CSV that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io

from django.http import HttpResponse, JsonResponse

from deploys.content import payload
from deploys.content.comparison import Comparison
from deploys.web.change_filters import Filters


def json_answer(found: Comparison, filters: Filters, *, diffs: bool) -> JsonResponse:
    """All changes that match, with their differences if asked for."""
    chosen = [change for change in found.changes if filters.matches(change)]
    data = payload.as_json(found, chosen, diffs=diffs, technical=filters.technical)
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 1})


def csv_answer(found: Comparison, filters: Filters, name: str) -> HttpResponse:
    """The same as a table."""
    text = io.StringIO()
    csv.writer(text).writerows(payload.as_rows(found, filter(filters.matches, found.changes)))
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)
