"""Proof on the public page: only a page that names the version shows it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.utils.timezone import now
from pytest_django import DjangoCaptureOnCommitCallbacks

from deploys.lifecycle import State
from deploys.models import Build, ContentSource, EntryProof, EntryVersion, Environment, Release
from deploys.releases import actions, prove
from tests.scenes import carry, make_build, make_entry, make_environment, make_release, make_source, store_entries

pytestmark = pytest.mark.django_db

HTML = {"Content-Type": "text/html; charset=utf-8"}


def page(*markers: str, name: str = "buildhub:entry") -> httpx.Response:
    """A page that names these versions."""
    metas = "".join(f'<meta name="{name}" content="{marker}">' for marker in markers)
    return httpx.Response(200, headers=HTML, text=f"<!doctype html><html><head>{metas}<title>x</title></head></html>")


def site(**pages: httpx.Response) -> httpx.MockTransport:
    """A public site with these pages; every other answers 404."""
    return httpx.MockTransport(lambda request: pages.get(request.url.path.strip("/"), httpx.Response(404)))


@pytest.fixture
def environment() -> Environment:
    """A live site."""
    return make_environment(url="https://museum.example/")


@pytest.fixture
def source(environment: Environment) -> ContentSource:
    """Its CMS, whose pages can be proved."""
    return make_source(site=environment.site, proof_meta="buildhub:entry")


def read(source: ContentSource, **bodies: str) -> None:
    """The CMS holds these entries; each marker is key and text."""
    entries = [make_entry(key, fields={"body": body}, marker=f"{key} {body}") for key, body in bodies.items()]
    store_entries(source, entries)


def version(key: str) -> EntryVersion:
    """The newest version of an entry."""
    return EntryVersion.objects.select_related("source").filter(entry_key=key).order_by("-first_seq")[0]


def release(environment: Environment, source: ContentSource, base: Build | None = None) -> Release:
    """A release of the content as it stands, in place."""
    build = make_build(environment=environment, state=State.SUCCEEDED, base=base)
    carry(build, source)
    made = make_release(build=build)
    environment.refresh_from_db()
    return made


def proofs() -> dict[str, bool]:
    """What is proved, by the marker of the version."""
    return {proof.version.marker: proof.is_shown for proof in EntryProof.objects.select_related("version")}


def test_the_pages_of_what_a_build_changed_are_looked_at(environment: Environment, source: ContentSource) -> None:
    """An edited and a new entry, not the one that stayed as it was."""
    read(source, hours="one", prices="one")
    first = release(environment, source)
    read(source, hours="two", prices="one", lens="one")
    second = release(environment, source, base=first.build)
    assert prove.prove(second, site(hours=page("hours two"), lens=page("lens one")))
    assert proofs() == {"hours two": True, "lens one": True}


def test_of_the_first_release_the_newest_pages_are_looked_at(environment: Environment, source: ContentSource) -> None:
    """Everything is new then, and 25 pages are enough."""
    read(source, **{f"page-{number}": "one" for number in range(40)})
    assert not prove.prove(release(environment, source), site())
    assert len(proofs()) == prove.MOST_PAGES


def test_an_old_page_is_no_proof_of_the_new_version(environment: Environment, source: ContentSource) -> None:
    """It proves the old one instead, which is what visitors still get."""
    read(source, hours="one")
    first = release(environment, source)
    read(source, hours="two")
    second = release(environment, source, base=first.build)
    assert not prove.prove(second, site(hours=page("hours one")))
    assert proofs() == {"hours two": False, "hours one": True}
    assert EntryProof.objects.get(is_shown=False).finding == "The page still names an earlier version."


@pytest.mark.parametrize(
    ("answer", "finding"),
    [
        (page(), "The page does not say which version it shows."),
        (page("hours one", name="other"), "The page does not say which version it shows."),
        (page("hours three"), "The page names a version that Buildhub does not know."),
        (httpx.Response(404), "The page answers 404."),
        (httpx.Response(200, headers=HTML, content=b""), "The page does not say which version it shows."),
        (httpx.Response(200, json={"hours": "one"}), "The address gives no web page."),
        (httpx.Response(200, headers=HTML, content=b"x" * 2_200_000), "The page is too large to look at."),
        (
            httpx.Response(302, headers={"Location": "https://else.example/"}),
            "The page sends visitors to another site.",
        ),
        (httpx.Response(302, headers={"Location": "/hours/"}), "The page sends visitors from one address to the next."),
    ],
)
def test_nothing_else_is_proof(
    answer: httpx.Response, finding: str, environment: Environment, source: ContentSource
) -> None:
    """Without the marker on the page, no claim, and the reason in words."""
    read(source, hours="one")
    release(environment, source)
    proof = prove.look(environment, version("hours"), site(hours=answer))
    assert (proof.is_shown, proof.finding) == (False, finding)


def test_a_site_that_does_not_answer_proves_nothing(environment: Environment, source: ContentSource) -> None:
    """No connection, no claim."""
    read(source, hours="one")

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    proof = prove.look(environment, version("hours"), httpx.MockTransport(refuse))
    assert (proof.is_shown, proof.finding) == (False, "The page does not answer.")


def test_a_redirect_within_the_site_is_followed(environment: Environment, source: ContentSource) -> None:
    """Such as the one that adds a slash; past caches at every step."""
    read(source, hours="one")
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        if request.url.path == "/hours/":
            return httpx.Response(301, headers={"Location": "/hours/index.html"})
        return page("hours one")

    assert prove.look(environment, version("hours"), httpx.MockTransport(answer)).is_shown
    assert [url.path for url in asked] == ["/hours/", "/hours/index.html"]
    assert all("buildhub" in url.params for url in asked)


def test_the_page_may_be_ahead(environment: Environment, source: ContentSource) -> None:
    """Saved while the build ran: the newer version is proved, not the one that was expected."""
    read(source, hours="one")
    old = version("hours")
    release(environment, source)
    read(source, hours="two")
    proof = prove.look(environment, old, site(hours=page("hours two")))
    assert proof.finding == "The page already names a newer version."
    assert proofs() == {"hours one": False, "hours two": True}


def test_a_marker_of_several_versions_proves_none(environment: Environment, source: ContentSource) -> None:
    """A CMS whose marker does not follow the content cannot be used as proof."""
    for body in ("one", "two"):
        store_entries(source, [make_entry(fields={"body": body}, marker="same")])
    proof = prove.look(environment, version("hours"), site(hours=page("same")))
    assert (proof.is_shown, proof.finding) == (False, "What the page says fits several versions, so it proves none.")


def test_the_entry_address_never_leads_off_the_site(environment: Environment, source: ContentSource) -> None:
    """Whatever host the content names, the environment's own page is looked at."""
    entry = make_entry(url="https://internal.example/hours/", marker="hours one")
    store_entries(source, [entry])
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return page("hours one")

    prove.look(environment, version("hours"), httpx.MockTransport(answer))
    assert asked == ["museum.example"]


def test_a_second_look_replaces_the_first(environment: Environment, source: ContentSource) -> None:
    """One row per version and place, with the newest finding."""
    read(source, hours="one")
    release(environment, source)
    before = prove.look(environment, version("hours"), site())
    after = prove.look(environment, version("hours"), site(hours=page("hours one")))
    assert (before.pk, after.is_shown, after.checked_at > before.checked_at) == (after.pk, True, True)


def test_a_replaced_release_is_left_alone(environment: Environment, source: ContentSource) -> None:
    """Its pages are gone; a later release has its own look."""
    read(source, hours="one")
    first = release(environment, source)
    release(environment, source, base=first.build)
    assert prove.prove(first, site())
    assert proofs() == {}


@pytest.mark.parametrize(("meta", "messages"), [("buildhub:entry", ["releases.tasks.prove_entries"]), ("", [])])
def test_the_look_follows_the_proof_of_the_release(
    meta: str,
    messages: list[str],
    environment: Environment,
    told: list[tuple[str, int]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    """A worker is woken after "live", and only for sites whose pages can be proved."""
    make_source(site=environment.site, proof_meta=meta)
    made = actions.record(make_build(environment=environment, state=State.SUCCEEDED, finished_at=now()))
    with django_capture_on_commit_callbacks(execute=True):
        actions.mark_live(made)
    assert [task for task, _pk in told if task.startswith("releases.")] == messages


def test_entries_without_a_page_are_not_asked_about(environment: Environment, source: ContentSource) -> None:
    """No claim can come of it."""
    store_entries(source, [make_entry("footer", url="", marker="footer one")])
    asked: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return page()

    assert prove.prove(release(environment, source), httpx.MockTransport(answer))
    assert asked == []


def test_a_page_built_from_the_content_api_names_key_and_content(
    environment: Environment, source: ContentSource
) -> None:
    """A CMS that gives no marker is proved all the same."""
    store_entries(source, [make_entry("hours", fields={"body": "one"})])
    first = release(environment, source)
    store_entries(source, [make_entry("hours", fields={"body": "two"})])
    old, new = EntryVersion.objects.filter(entry_key="hours").order_by("first_seq")
    second = release(environment, source, base=first.build)
    assert not prove.prove(second, site(hours=page(old.shown_as)))
    assert prove.prove(second, site(hours=page(new.shown_as)))
    assert EntryProof.objects.get(version=new).is_shown
