"""The ready adapter for Django models, tried on the product's own."""

from __future__ import annotations

from typing import Any

import pytest

from deploys.content.sources.errors import SourceRefused
from deploys.content.sources.python_class import PythonSource
from deploys.content.sources.types import Entry
from tests import scenes

pytestmark = pytest.mark.django_db
PATH = "deploys.content.sources.adapters.django_models.DjangoModelEntries"


def read(**options: Any) -> list[Entry]:
    return list(PythonSource(PATH, options).read())


def test_objects_are_entries() -> None:
    """Label and primary key are the key; the chosen fields are compared."""
    site = scenes.make_site(name="Museum of Glass")
    (entry,) = read(model="deploys.Site", title_field="name", fields=["slug"], edit_url="/admin/site/{pk}/")
    assert (entry.key, entry.kind, entry.title) == (f"deploys.site:{site.pk}", "deploys.site", "Museum of Glass")
    assert (entry.fields, entry.edit_url) == ({"slug": site.slug}, f"/admin/site/{site.pk}/")


def test_dates_and_status_come_from_fields() -> None:
    """A status is mapped; what is used so is not compared twice; the object's text is the title."""
    build = scenes.make_build()
    (entry,) = read(
        model="deploys.Build",
        publish_field="requested_at",
        status_field="state",
        statuses={"queued": "scheduled"},
    )
    assert (entry.status, entry.publish_at, entry.title) == ("scheduled", build.requested_at, str(build))
    assert not {"state", "requested_at", "id"} & entry.fields.keys()
    assert entry.fields["environment_id"] == build.environment_id


def test_a_model_that_is_not_there_is_told_in_words() -> None:
    """As with every class."""
    with pytest.raises(SourceRefused, match="LookupError"):
        read(model="deploys.Nothing")
