"""How much was removed, and what one kind of removal consists of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Count, Func, QuerySet, Sum
from django.db.models.functions import Coalesce

from deploys.models import Retention, Site


@dataclass(frozen=True, kw_only=True)
class Amount:
    """Rows, and their bytes as PostgreSQL stores them; 0 bytes where nobody counted."""

    rows: int = 0
    size: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(rows=self.rows + other.rows, size=self.size + other.size)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What is looked at: a site with its periods, or what belongs to no site; and when."""

    site: Site | None
    retention: Retention | None
    moment: datetime


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of thing that goes. `label` names it in a table.

    `look` counts what would go and changes nothing; `batch` removes some of it in a transaction of its own, and what
    it gives back is empty when nothing is left. `of_site`: it is done site by site.
    """

    key: str
    label: str
    look: Callable[[Scope], Amount]
    batch: Callable[[Scope], Amount]
    of_site: bool = True


def stored_size(expression: str) -> Func:
    """The bytes of a column (or `table.*`) as they are stored: compressed, and not read."""
    return Func(template=f"pg_column_size({expression})", output_field=BigIntegerField())


def amount_of(rows: QuerySet[Any], size: Func | None = None) -> Amount:
    """Count the rows, and their bytes where an expression for one row is given. One query."""
    if size is None:
        return Amount(rows=rows.count())
    found = rows.order_by().annotate(stored=size).aggregate(rows=Count("pk"), size=Coalesce(Sum("stored"), 0))
    return Amount(rows=found["rows"], size=found["size"])
