"""What can be chosen above the history: results as links; people, causes and reasons of failure in lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from deploys.models import Cause, User
from deploys.web.explanations import class_words
from deploys.web.history_filters import RESULTS, Filters
from deploys.web.listing import CAUSES


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of a list: the value in the address (of links: the whole address), its words, and whether it is chosen."""

    value: str
    label: str | Promise
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Everything that can be chosen for the builds of a site."""

    results: list[Choice]
    people: list[Choice]
    causes: list[Choice]
    errors: list[Choice]


def of(filters: Filters, people: Iterable[User], classes: Iterable[str]) -> Choices:
    """The choices for a site whose builds these people asked for, and ended with these error classes."""
    errors = sorted((class_words(each), each) for each in classes)
    return Choices(
        results=[
            Choice(value=filters.with_result(None), label=_("All"), is_chosen=filters.result is None),
            *(
                Choice(value=filters.with_result(each), label=label, is_chosen=filters.result == each)
                for each, label in RESULTS.items()
            ),
        ],
        people=[_of_list(str(user.pk), user.name, filters.by) for user in people],
        causes=[_of_list(str(each), CAUSES[each], filters.by) for each in Cause],
        errors=[_of_list(code, label, filters.error_class) for label, code in errors],
    )


def _of_list(value: str, label: str | Promise, chosen: str) -> Choice:
    return Choice(value=value, label=label, is_chosen=value == chosen)
