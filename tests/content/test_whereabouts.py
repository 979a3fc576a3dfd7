"""Where a version of an entry is: said only as far as builds, releases and readings show it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from deploys.content.whereabouts import Carriers, Place, Whereabouts
from deploys.lifecycle import State
from deploys.models import Build, ContentSource, EntryVersion, Environment, Proof, Release
from deploys.releases import actions
from tests.scenes import carry, make_build, make_entry, make_environment, make_release, make_source, store_entries

pytestmark = pytest.mark.django_db


def read(source: ContentSource, body: str, **facts: Any) -> EntryVersion:
    """The CMS holds one entry with this text; its version as it was read."""
    store_entries(source, [make_entry(fields={"body": body}, **facts)])
    return EntryVersion.objects.get(source=source, last_seq=None)


def publish(environment: Environment, source: ContentSource, **facts: Any) -> Build:
    """A build carries the content as it stands and is seen live."""
    build = make_build(environment=environment, state=State.SUCCEEDED)
    carry(build, source, **facts)
    actions.mark_live(make_release(build=build, live=False))
    environment.refresh_from_db()
    return build


def place(version: EntryVersion, environment: Environment) -> Whereabouts:
    """Where it is now."""
    version.refresh_from_db()
    environment.refresh_from_db()
    return Carriers.read([environment], [version]).place(version, environment, now())


@pytest.fixture
def environment() -> Environment:
    """A live site."""
    return make_environment()


@pytest.fixture
def source(environment: Environment) -> ContentSource:
    """Its CMS, not read yet."""
    return make_source(site=environment.site)


def test_saved_and_in_no_build_is_waiting(environment: Environment, source: ContentSource) -> None:
    """The next publish carries it."""
    assert place(read(source, "new"), environment) == Whereabouts(place=Place.WAITING)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"status": "draft"}, Place.HIDDEN),
        ({"publish_at": now() + timedelta(days=1)}, Place.SCHEDULED),
        ({"expire_at": now() - timedelta(days=1)}, Place.EXPIRED),
    ],
)
def test_what_visitors_may_not_see_does_not_wait(
    facts: dict[str, object], expected: Place, environment: Environment, source: ContentSource
) -> None:
    """Drafts, what is scheduled and what has expired say so."""
    version = read(source, "new", **facts)
    publish(environment, source)
    assert place(version, environment).place == expected


def test_in_line_and_under_way_is_publishing(environment: Environment, source: ContentSource) -> None:
    """An open build carries it; the word names that build."""
    version = read(source, "new")
    build = make_build(environment=environment, state=State.RUNNING)
    carry(build, source)
    found = place(version, environment)
    assert (found.place, found.build) == (Place.PUBLISHING, build.number)


def test_live_names_the_first_build_that_brought_it(environment: Environment, source: ContentSource) -> None:
    """Later builds without a change of it do not make it younger."""
    version = read(source, "one")
    first = publish(environment, source)
    last = publish(environment, source)
    found = place(version, environment)
    assert (found.place, found.build, found.last_build) == (Place.LIVE, first.number, last.number)
    assert found.at == Release.objects.get(build=first).live_at


def test_an_edit_waits_while_the_old_version_is_live(environment: Environment, source: ContentSource) -> None:
    """Both are placed: the old one is what visitors get until the next publish."""
    old = read(source, "one")
    build = publish(environment, source)
    new = read(source, "two")
    assert place(new, environment).place == Place.WAITING
    found = place(old, environment)
    assert (found.place, found.build, found.is_leaving) == (Place.LIVE, build.number, True)


def test_saved_while_the_build_ran_may_be_in_it(environment: Environment, source: ContentSource) -> None:
    """It keeps waiting, and the build that may have it is named."""
    read(source, "one")
    seq = source.seq
    new = read(source, "two")
    build = publish(environment, source, seq=seq, seq_after=source.seq)
    found = place(new, environment)
    assert (found.place, found.may_be_in) == (Place.WAITING, build.number)


def test_a_deleted_entry_is_gone_with_the_build_that_came_without_it(
    environment: Environment, source: ContentSource
) -> None:
    """Until that build is live, visitors still get it."""
    version = read(source, "one")
    publish(environment, source)
    store_entries(source, [make_entry("other")])
    assert place(version, environment).is_leaving
    after = publish(environment, source)
    found = place(version, environment)
    assert (found.place, found.build) == (Place.GONE, after.number)
    assert found.at == Release.objects.get(build=after).live_at


def test_replaced_before_any_build_was_never_out(environment: Environment, source: ContentSource) -> None:
    """Nobody says that it was published."""
    version = read(source, "one")
    read(source, "two")
    publish(environment, source)
    assert place(version, environment).place == Place.SKIPPED


def test_without_a_marker_it_is_finished_not_live() -> None:
    """The environment cannot be checked, so the word is weaker."""
    environment = make_environment(marker_url="")
    source = make_source(site=environment.site)
    version = read(source, "one")
    build = make_build(environment=environment, state=State.SUCCEEDED)
    carry(build, source)
    actions.record(build)
    found = place(version, environment)
    assert (found.place, found.build, found.is_checked) == (Place.FINISHED, build.number, False)


@pytest.mark.parametrize(("proof", "expected"), [(Proof.PENDING, Place.CONFIRMING), (Proof.MISSING, Place.UNCONFIRMED)])
def test_a_finished_build_that_nobody_saw_is_not_live(
    proof: Proof, expected: Place, environment: Environment, source: ContentSource
) -> None:
    """The pipeline was green, and that is no proof."""
    version = read(source, "one")
    build = make_build(environment=environment, state=State.SUCCEEDED)
    carry(build, source)
    make_release(build=build, live=False, proof=proof)
    assert place(version, environment).place == expected


def test_scheduled_when_the_build_read_it_waits_for_the_next(environment: Environment, source: ContentSource) -> None:
    """Its time came after the reading: the static site does not have it."""
    version = read(source, "one", publish_at=now() - timedelta(minutes=5))
    publish(environment, source, read_at=now() - timedelta(minutes=10))
    assert place(version, environment).place == Place.WAITING


def test_other_environments_have_their_own_builds(environment: Environment, source: ContentSource) -> None:
    """Live on staging says nothing about the live site."""
    staging = make_environment(site=environment.site, slug="staging", name="Staging")
    version = read(source, "one")
    publish(staging, source)
    assert place(version, staging).place == Place.LIVE
    assert place(version, environment).place == Place.WAITING


def test_a_build_under_way_brings_edits_and_removals(environment: Environment, source: ContentSource) -> None:
    """It has the new version, or comes without the old one; what was saved later is not on its way."""
    old = read(source, "one", title="Hours")
    store_entries(source, [make_entry(fields={"body": "one"}), make_entry("tide")])
    tide = EntryVersion.objects.get(entry_key="tide")
    publish(environment, source)
    new = read(source, "two")
    build = make_build(environment=environment, state=State.QUEUED)
    carry(build, source)
    later = read(source, "three")
    for version in (old, tide, new):
        version.refresh_from_db()
    carriers = Carriers.read([environment], [old, tide, new, later])
    assert carriers.on_its_way(old, new, environment) == build.number
    assert carriers.on_its_way(tide, None, environment) == build.number
    assert carriers.on_its_way(new, later, environment) is None


def test_a_list_costs_one_query(
    environment: Environment, source: ContentSource, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """However many versions and builds there are."""
    for body in "abcdef":
        read(source, body)
        publish(environment, source)
    versions = list(EntryVersion.objects.all())
    with django_assert_num_queries(1):
        carriers = Carriers.read([environment], versions)
        places = [carriers.place(version, environment, now()).place for version in versions]
    assert places.count(Place.GONE) == 5
