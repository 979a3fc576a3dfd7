"""OIDC_ROLES as text, and the groups that providers name in more than one form."""

from __future__ import annotations

from typing import Any

import pytest

from deploys.group_map import Unreadable, read_map
from deploys.models import Role
from deploys.people.groups import groups_in


def test_the_map_names_groups_for_each_site() -> None:
    """Blanks do not matter; a group may hold an equals sign, as those of directories do."""
    assert read_map(" web-team=harbour:publisher , cn=it=harbour:admin, it = river:admin,") == {
        "harbour": [("web-team", Role.PUBLISHER), ("cn=it", Role.ADMIN)],
        "river": [("it", Role.ADMIN)],
    }


@pytest.mark.parametrize("text", ["it", "it=harbour", "it=:admin", "=harbour:admin", "it=harbour:owner"])
def test_what_is_not_in_the_form_is_named(text: str) -> None:
    """The part that is wrong stands in the error."""
    with pytest.raises(Unreadable, match=text):
        read_map(f"web=harbour:reader,{text}")


@pytest.mark.parametrize(
    ("claim", "expected"),
    [(["a", "b"], {"a", "b"}), ("a", {"a"}), ([], set()), (None, set()), (7, set()), ([1], {"1"})],
)
def test_groups_are_read_from_whatever_the_provider_sends(claim: Any, expected: set[str], settings: Any) -> None:
    """A list, one text, or nothing of use; the claim may have another name."""
    settings.OIDC_GROUPS_CLAIM = "roles"
    assert groups_in({"roles": claim, "groups": ["ignored"]}) == expected
    assert groups_in({}) == set()
