"""Copying staging's version to the live site: offered on the build's page, asked about, and carried out as a build."""

from __future__ import annotations

import pytest
from django.test import Client

from deploys.models import Build, HostState, Page, Release, ReleasePages, Role, User
from tests.scenes import make_build, make_environment, make_person, make_release
from tests.web.reading import HTMX, find, form_to, parse, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def staged() -> Build:
    """A version of staging whose pages name no address, beside a live site."""
    staging = make_environment(slug="staging", name="Staging", kind="staging", target="/srv/staging")
    live = make_environment(site=staging.site, target="/srv/live")
    for environment, pages in ((live, ("index", "old")), (staging, ("index", "new"))):
        build = make_build(environment=environment, state="succeeded")
        release = make_release(build=build, pages=2, report={"bound_to": {"files": 0, "noindex": 0}})
        HostState.objects.create(environment=environment, kept=[release.host_id])
        ReleasePages.keep(release, {f"{page}.html": Page(1, page) for page in pages})
    return Build.objects.get(environment=staging)


@pytest.fixture
def publisher(staged: Build) -> User:
    """Somebody who may."""
    return make_person(Role.PUBLISHER, site=staged.site)


def page(client: Client, build: Build, person: User, rest: str = "") -> str:
    """What a page about the build says."""
    client.force_login(person)
    return words(find(parse(client.get(f"{build.get_absolute_url()}{rest}")), "main")[0])


def test_the_build_page_of_staging_leads_to_the_question(client: Client, staged: Build, publisher: User) -> None:
    """With what visitors of the live site will see otherwise."""
    assert "Copy to Live site" in page(client, staged, publisher)
    said = page(client, staged, publisher, "promote/")
    assert "file for file; nothing is built" in said
    assert "1 page goes offline /old.html" in said
    assert "You can bring the current version back afterwards" in said


def test_the_dialog_gets_its_inside_alone(client: Client, staged: Build, publisher: User) -> None:
    """For our script."""
    client.force_login(publisher)
    answer = client.get(f"{staged.get_absolute_url()}promote/", **HTMX)
    assert "<html" not in answer.content.decode()


def test_the_press_asks_for_a_copy(client: Client, staged: Build, publisher: User) -> None:
    """A build of the live environment, with the reason."""
    client.force_login(publisher)
    address = f"{staged.get_absolute_url()}promote/ask/"
    fields = form_to(parse(client.get(f"{staged.get_absolute_url()}promote/")), address)
    client.post(address, fields | {"reason": "Checked by Mei"})
    copy = Build.objects.get(promotes=staged)
    assert (copy.environment.slug, copy.reason, copy.requested_by) == ("live", "Checked by Mei", publisher)


def test_what_does_not_fit_is_off_with_the_reason(client: Client, staged: Build, publisher: User) -> None:
    """On the build's page already, and a press all the same is refused in words."""
    Release.objects.filter(build=staged).update(report={"bound_to": {"files": 2, "noindex": 0}})
    assert "Its pages name the address of Staging" in page(client, staged, publisher)
    client.force_login(publisher)
    answer = client.post(f"{staged.get_absolute_url()}promote/ask/", {"key": "k" * 32, "back": "build"}, follow=True)
    assert "name the address of Staging" in answer.content.decode()
    assert not Build.objects.filter(promotes=staged).exists()


def test_editors_are_told_whom_to_ask(client: Client, staged: Build, publisher: User) -> None:
    """The button is off, and the press refused."""
    editor = make_person(Role.EDITOR, site=staged.site)
    assert f"Ask {publisher.name}" in page(client, staged, editor)


def test_a_build_of_the_live_site_has_no_such_page(client: Client, staged: Build, publisher: User) -> None:
    """There is nowhere to copy it to."""
    live = Build.objects.exclude(pk=staged.pk).get()
    client.force_login(publisher)
    assert client.get(f"{live.get_absolute_url()}promote/").status_code == 404
