"""Which files of a build name the site's own address."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publisher import bound_to, bring_back, model, publish, read_report
from publisher.errors import NotKept, Refused
from publisher.model import Bound, Manifest, pack, unpack
from publisher.options import Options
from publisher.own_address import Search
from tests.publisher.hosts import Host, Site, next_build

ADDRESS = "https://www.example.org"


def names_it(text: bytes, address: str = ADDRESS, path: str = "index.html", block: int = 1024) -> bool:
    """Show a file to the search, block by block."""
    search = Search(address)
    look = search.of(path)
    if look is not None:
        for start in range(0, len(text), block):
            look(text[start : start + block])
    return search.found().files == 1


@pytest.mark.parametrize(
    "text",
    [
        b'<a href="https://www.example.org/a/">',
        b"//www.example.org",
        b'"https:\\/\\/www.example.org\\/"',
        b"https%3A%2F%2Fwww.example.org%2Fa",
        b"\\u002F\\u002fwww.example.org",
        b"See www.example.org.",
        b"Sitemap: https://www.example.org/sitemap.xml\n",
    ],
)
def test_an_address_is_found_however_it_is_written(text: bytes) -> None:
    """In links, in scripts, in links for sharing, in a sentence; also across two blocks."""
    assert names_it(text)
    assert names_it(text, block=16)


@pytest.mark.parametrize(
    "text",
    [
        b"https://shop.www.example.org/",
        b"https://www.example.org.uk/",
        b"my-www.example.org",
        b"https://www.example.org:8080/",
        b"mail@www.example.org",
        b"www.example.orgs",
        b"/a/b/",
    ],
)
def test_another_address_is_none(text: bytes) -> None:
    """Names that only contain it, other ports, addresses of mail, and links without a host."""
    assert not names_it(text)


def test_a_port_belongs_to_the_address() -> None:
    """As in a staging place on a machine of one's own."""
    assert names_it(b"http://localhost:8001/a", "http://localhost:8001")
    assert names_it(b"http%3A%2F%2Flocalhost%3A8001", "http://localhost:8001")
    assert not names_it(b"http://localhost:80012/a", "http://localhost:8001")
    assert not names_it(b"http://localhost/a", "http://localhost:8001")


def test_a_name_with_letters_of_its_own_is_found_in_both_forms() -> None:
    """As people write it, and as the name service does."""
    assert names_it("https://bücher.example/".encode(), "https://bücher.example")
    assert names_it(b"https://xn--bcher-kva.example/", "https://bücher.example")


def test_only_text_is_searched() -> None:
    """A picture may contain any bytes."""
    assert names_it(b"www.example.org", path="sitemap.XML")
    assert not names_it(b"www.example.org", path="boat.webp")


@pytest.mark.parametrize("address", ["www.example.org", "ftp://www.example.org", "https://", "https://a:b"])
def test_what_is_no_address_is_refused(address: str, site: Site, tmp_path: Path) -> None:
    """Before anything is read."""
    with pytest.raises(Refused, match="no address"):
        publish(site.write(), str(tmp_path / "target"), options=Options(address=address))


def test_the_release_remembers_how_many_files_name_it(host: Host, site: Site) -> None:
    """And the first of them, in the result, in the report, and when it is brought back."""
    for number in range(7):
        site.files[f"page-{number}/index.html"] += b'<a href="https://www.example.org/">'
    expected = Bound(
        address="www.example.org", files=7, first=tuple(f"page-{number}/index.html" for number in range(5))
    )
    options = replace(host.options, address=ADDRESS)
    assert publish(site.write(), host.target, release="r1", options=options).bound_to == expected
    report = read_report(host.target, "r1", options=host.options)
    assert report is not None
    assert report.published is not None
    assert report.published.bound_to == expected
    site.files = {path: body.replace(b"www.example.org", b"") for path, body in site.files.items()}
    publish(next_build(site).write(), host.target, release="r2", options=options)
    assert bound_to(host.target, options=host.options) == Bound(address="www.example.org", files=0)
    assert bring_back(host.target, "r1", options=host.options).bound_to == expected
    assert bound_to(host.target, "r1", options=host.options) == expected


def test_without_an_address_nobody_looks(host: Host, site: Site) -> None:
    """Which is another thing than having found none."""
    with pytest.raises(NotKept):
        bound_to(host.target, options=host.options)
    assert publish(site.write(), host.target, options=host.options).bound_to is None
    assert bound_to(host.target, options=host.options) is None


def test_a_manifest_of_an_earlier_publisher_says_nothing() -> None:
    """It is read as one that nobody searched."""
    bound = Bound(address="www.example.org", files=1, first=("a",), noindex=2)
    told = unpack(model.encode(Manifest(release="r1", made_at=1, files={}, bound_to=bound)), "manifest")
    assert model.decode(pack(told)).bound_to == bound
    del told["bound_to"]
    assert model.decode(pack(told)).bound_to is None
