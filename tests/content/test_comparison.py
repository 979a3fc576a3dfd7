"""A comparison of whole sites: its base, its sources, and what may be live already."""

from __future__ import annotations

import pytest
from django.utils.timezone import now

from deploys.content import comparison
from deploys.lifecycle import State
from deploys.models import Build, BuildContent, ContentSource
from tests.scenes import carry, make_build, make_entry, make_release, make_source, store_entries

pytestmark = pytest.mark.django_db


@pytest.fixture
def build() -> Build:
    """The live build."""
    build = make_build(state=State.SUCCEEDED)
    make_release(build=build)
    return build


@pytest.fixture
def source(build: Build) -> ContentSource:
    """A source whose two pages the live build carries."""
    source = make_source(site=build.site)
    store_entries(source, [make_entry("a"), make_entry("b")])
    carry(build, source)
    return source


def test_what_waits_is_counted_against_the_live_build(build: Build, source: ContentSource) -> None:
    """A later build that is not live is no base."""
    store_entries(source, [make_entry("a"), make_entry("b", fields={"body": "new words"})])
    carry(make_build(environment=build.environment, state=State.FAILED), source)
    found = comparison.waiting(build.environment, now())
    assert (found.base, found.to, found.counts) == (build, None, {"edited": 1})
    assert found.is_possible


def test_without_a_live_build_everything_is_new() -> None:
    """Before the first publish."""
    environment = make_build().environment
    source = make_source(site=environment.site)
    store_entries(source, [make_entry("a"), make_entry("b")])
    assert comparison.waiting(environment, now()).counts == {"new": 2}


def test_what_moved_while_the_pipeline_ran_may_be_live(build: Build, source: ContentSource) -> None:
    """Read again after the pipeline: those entries are marked, later ones are not."""
    store_entries(source, [make_entry("a", fields={"body": "during"}), make_entry("b")])
    BuildContent.objects.filter(build=build).update(seq_after=source.seq)
    store_entries(source, [make_entry("a", fields={"body": "during"}), make_entry("b", fields={"body": "after"})])
    found = comparison.waiting(build.environment, now())
    assert {change.key: found.may_be_in_base(change) for change in found.changes} == {"a": True, "b": False}


def test_a_source_that_one_side_lacks_is_named(build: Build, source: ContentSource) -> None:
    """A new source is compared from the next build on; the others are compared now."""
    fresh = make_source(site=build.site, name="Shop")
    store_entries(fresh, [make_entry("mug")])
    found = comparison.waiting(build.environment, now())
    assert (found.uncompared, found.is_possible, found.changes) == ([fresh], True, [])


def test_trouble_is_named_with_what_is_current_only(build: Build, source: ContentSource) -> None:
    """Two builds of the past are not touched by a reading that failed today."""
    ContentSource.objects.update(trouble="shrunk")
    assert comparison.waiting(build.environment, now()).troubled == [source]
    assert comparison.between(build, build, now()).troubled == []
