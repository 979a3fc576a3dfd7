"""A list's filters go to GitLab and are checked again, as GitLab ignores parameters that it does not know."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from deploys.gitlab.selection import Selection
from deploys.gitlab.types import Pipeline

NINE = datetime(2026, 3, 1, 9, 0, 0, 500_900, tzinfo=UTC)
PIPELINE = Pipeline(
    id=1, status="running", ref="main", source="trigger", name="Publish a", created_at=NINE, updated_at=NINE
)


def test_only_what_is_asked_for_goes_into_the_query() -> None:
    """Unset filters are no parameters; times are in UTC, in milliseconds."""
    berlin = NINE.astimezone(timezone(timedelta(hours=1)))
    assert Selection(ref="main", created_after=berlin).query() == {
        "ref": "main",
        "created_after": "2026-03-01T09:00:00.500Z",
        "order_by": "id",
        "sort": "desc",
    }


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Selection(), True),
        (Selection(name="Publish a", ref="main", source="trigger", status="running"), True),
        (Selection(name="Publish b"), False),
        (Selection(ref="dev"), False),
        (Selection(source="push"), False),
        (Selection(status="failed"), False),
        (Selection(created_after=NINE), True),
        (Selection(created_after=NINE + timedelta(seconds=1)), False),
        (Selection(updated_after=NINE + timedelta(seconds=1)), False),
        (Selection(updated_after=NINE - timedelta(seconds=1)), True),
    ],
)
def test_every_filter_is_checked_again(wanted: Selection, expected: bool) -> None:
    """What GitLab lists although it was not asked for is left out."""
    assert wanted.admits(PIPELINE) is expected


def test_a_time_that_gitlab_cut_to_milliseconds_still_counts() -> None:
    """A pipeline made in the very millisecond asked for is not lost to rounding."""
    printed = Pipeline(id=1, status="running", created_at=NINE.replace(microsecond=500_000))
    assert Selection(created_after=NINE).admits(printed)


def test_a_part_that_the_answer_leaves_out_is_trusted_but_not_a_name() -> None:
    """Older answers have no source; a name decides whose pipeline it is and must be there."""
    bare = Pipeline(id=1, status="running")
    assert Selection(ref="main", source="trigger", created_after=NINE).admits(bare)
    assert not Selection(name="Publish a").admits(bare)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Selection(created_after=NINE + timedelta(hours=1)), True),
        (Selection(created_after=NINE), False),
        (Selection(created_after=NINE + timedelta(hours=1), sort="asc"), False),
        (Selection(created_after=NINE + timedelta(hours=1), order_by="status"), False),
        (Selection(updated_after=NINE + timedelta(hours=1)), False),
        (Selection(updated_after=NINE + timedelta(hours=1), order_by="updated_at"), True),
    ],
)
def test_a_list_ends_where_the_time_ends(wanted: Selection, expected: bool) -> None:
    """Newest first, the first one that is too old ends the turning of pages."""
    assert wanted.is_past(PIPELINE) is expected
