"""What the functions at CloudFront's edge make of a path, run under node."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest

from tests.infra.edge import Edge
from tests.infra.templates import FUNCTIONS, INFRA, resource

HOST = "b17-k3q9x2m7w4.preview.example.org"
FOLDER = "/previews/b17-k3q9x2m7w4"

SERVED = [
    ("/", "/index.html"),
    ("/news/boat/", "/news/boat/index.html"),
    ("/previews/17/", "/previews/17/index.html"),
    ("/v1.2/notes/", "/v1.2/notes/index.html"),
    ("/caf%C3%A9/", "/caf%C3%A9/index.html"),
    ("/rss.xml", "/rss.xml"),
    ("/news/index.html", "/news/index.html"),
    ("/_astro/page.B_x-1.js", "/_astro/page.B_x-1.js"),
    ("/fonts/a.woff2", "/fonts/a.woff2"),
    ("/film.mp4", "/film.mp4"),
    ("/archive.7z", "/archive.7z"),
    ("/site.webmanifest", "/site.webmanifest"),
    ("/.well-known/security", "/.well-known/security"),
    ("/.well-known/build.json", "/.well-known/build.json"),
    ("/releases/", "/releases/index.html"),
    ("/x.releases/", "/x.releases/index.html"),
    ("/100%25/", "/100%25/index.html"),
]
SENT_ON = [
    ("/news", "/news/"),
    ("/previews/17", "/previews/17/"),
    ("/news/version-1.2", "/news/version-1.2/"),
    ("/releases", "/releases/"),
    ("/caf%C3%A9", "/caf%C3%A9/"),
]
CLOSED = [
    "/.releases/current.json",
    "/.releases/",
    "/.releases",
    "/.releases/blobs/0a1b",
    "/previews/17/.releases/current.json",
    "//.releases/current.json",
    "/./.releases/current.json",
    "/media/../.releases/current.json",
    "/%2ereleases/current.json",
    "/%2Ereleases/current.json",
    "/.release%73/current.json",
    "/%252ereleases/current.json",
    "/%25252ereleases/current.json",
    "/%2freleases/%2ereleases/x.json",
    "/a%2f.releases%2fcurrent.json",
    "/a%5c.releases%5ccurrent.json",
    "/.Releases/current.json",
    "/a/../b/",
    "/a/%2e%2e/b/",
    "/a/./b/",
    "/broken%",
    "/broken%E9/",
]
REDIRECTS_ELSEWHERE = [
    "//evil",
    "//evil/path",
    "///evil",
    "/\\evil",
    "\\\\evil",
    "//evil%2etest",
]


@pytest.mark.parametrize(("asked", "served"), SERVED)
def test_folders_are_answered_by_their_index_and_files_by_themselves(
    asked: str, served: str, site_edge: Edge, preview_edge: Edge
) -> None:
    """On the site, and in a preview below its folder."""
    assert site_edge.answer(asked)["uri"] == served
    assert preview_edge.answer(asked, host=HOST)["uri"] == FOLDER + served


@pytest.mark.parametrize(("asked", "location"), SENT_ON)
def test_a_page_without_its_slash_is_sent_on(asked: str, location: str, site_edge: Edge, preview_edge: Edge) -> None:
    """For good on the site; previews come and go, so there it is not remembered."""
    on_site, in_preview = site_edge.answer(asked), preview_edge.answer(asked, host=HOST)
    assert (on_site["statusCode"], on_site["headers"]["location"]["value"]) == (301, location)
    assert (in_preview["statusCode"], in_preview["headers"]["location"]["value"]) == (302, location)
    assert in_preview["headers"]["cache-control"]["value"] == "no-store"


def test_what_is_asked_behind_the_path_goes_along(site_edge: Edge, preview_edge: Edge) -> None:
    """Keys that come twice keep both values and their order; one without a value stays without."""
    query = {
        "q": {"value": "1", "multiValue": [{"value": "1"}, {"value": "2"}]},
        "flag": {"value": ""},
        "page": {"value": "a%20b"},
    }
    for edge in (site_edge, preview_edge):
        answer = edge.answer("/search", host=HOST, query=query)
        assert answer["headers"]["location"]["value"] == "/search/?q=1&q=2&flag&page=a%20b"


@pytest.mark.parametrize("asked", CLOSED)
def test_no_form_of_a_path_leads_to_the_records(asked: str, site_edge: Edge, preview_edge: Edge) -> None:
    """Encoded once, twice or thrice, with dots, doubled slashes or below a folder: there is no such page."""
    for edge in (site_edge, preview_edge):
        answer = edge.answer(asked, host=HOST)
        assert answer["statusCode"] == 404
        assert answer["headers"]["cache-control"]["value"] == "no-store"
        assert "releases" not in answer["body"]["data"]


@pytest.mark.parametrize("asked", REDIRECTS_ELSEWHERE)
def test_nobody_is_sent_to_another_host(asked: str, site_edge: Edge, preview_edge: Edge) -> None:
    """Browsers read `//evil` and `/\\evil` in a Location as a host."""
    for edge in (site_edge, preview_edge):
        location = edge.answer(asked, host=HOST)["headers"]["location"]["value"]
        as_browsers_do = location.replace("\\", "/")
        assert urlsplit(urljoin("https://here.example.org/", as_browsers_do)).hostname == "here.example.org"


def test_the_site_does_not_look_at_the_host(site_edge: Edge) -> None:
    """The distribution's own name serves the same."""
    assert site_edge.answer("/", host="d111.cloudfront.net")["uri"] == "/index.html"


@pytest.mark.parametrize(
    "host",
    [
        "www.example.org",
        "preview.example.org",
        "b17.preview.example.org",
        "-b17k3q9x2m7w4.preview.example.org",
        "b17-k3q9x2m7w4-.preview.example.org",
        "b17_k3q9x2m7w4.preview.example.org",
        ".releases.preview.example.org",
        f"{'a' * 64}.preview.example.org",
    ],
)
def test_a_name_that_no_preview_has_is_not_found(host: str, preview_edge: Edge) -> None:
    """Short names could be guessed, and none leads out of previews/."""
    assert preview_edge.answer("/", host=host)["statusCode"] == 404


def test_a_name_in_capitals_is_the_same_preview(preview_edge: Edge) -> None:
    """As names are on the web."""
    assert preview_edge.answer("/", host=HOST.upper())["uri"] == f"{FOLDER}/index.html"


@pytest.mark.parametrize("uri", ["/", "//", "/a/", "/previews/", "/a", "/a.html", "/.well-known/x"])
def test_the_bucket_is_never_asked_for_a_listing(uri: str, site_edge: Edge, preview_edge: Edge) -> None:
    """The distribution may list, so that what is missing is 404: a path that is only slashes would be a listing."""
    for edge in (site_edge, preview_edge):
        answer = edge.answer(uri, host=HOST)
        assert "statusCode" in answer or not answer["uri"].endswith("/")


@pytest.mark.parametrize("file", FUNCTIONS)
def test_the_template_holds_the_function_of_the_file(file: str) -> None:
    """Tests run the file and AWS the template."""
    name, key = FUNCTIONS[file]
    assert resource(name, key)["FunctionCode"] == (INFRA / "functions" / file).read_text(encoding="utf-8")
    assert resource(name, key)["AutoPublish"] is True
    assert resource(name, key)["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"


@pytest.mark.parametrize("file", FUNCTIONS)
def test_functions_fit_cloudfront(file: str) -> None:
    """10 KB, and words that its runtime knows: no loop over values, no class, no module."""
    code = (INFRA / "functions" / file).read_text(encoding="utf-8")
    assert len(code.encode()) < 10_240
    for word in (" of ", "class ", "import ", "require(", "console", "?.", "??"):
        assert word not in "\n".join(line.split("//")[0] for line in code.splitlines()), word


def test_both_functions_close_the_same_paths() -> None:
    """Each is a file of its own, so what they share is written twice."""
    texts = [(INFRA / "functions" / file).read_text(encoding="utf-8") for file in FUNCTIONS]
    shared = [text[text.index("  var path = uri;") :] for text in texts]
    assert shared[0] == shared[1]
