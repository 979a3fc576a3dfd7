"""Only addresses that a browser opens as a page become links."""

from __future__ import annotations

import pytest

from deploys.models import Environment
from deploys.web import addresses

HOSTILE = [
    "javascript:alert(1)",
    " JavaScript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "http://",
    "https:evil",
    "http://[broken",
    "",
    "hours",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_page_is_no_link(text: str) -> None:
    """Whatever the CMS says."""
    assert addresses.below("https://cms.example/", text) == ""


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://cms.example/entries/1?a=b#c", "https://cms.example/entries/1?a=b#c"),
        ("http://cms.example/", "http://cms.example/"),
        ("/entries/1", "https://cms.example/entries/1"),
    ],
)
def test_addresses_of_the_web_are_links(text: str, address: str) -> None:
    """Whole ones as they are, paths below the CMS."""
    assert addresses.below("https://cms.example/", text) == address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("/hours/", "https://museum.example/hours/"),
        ("https://old-host.example/hours/?x=1", "https://museum.example/hours/?x=1"),
        ("//evil.example/hours/", "https://museum.example/hours/"),
        ("/\\evil.example/", "https://museum.example/\\evil.example/"),
        ("javascript:alert(1)", ""),
        ("javascript:/alert(1)", ""),
        ("hours", ""),
        ("http://[broken", ""),
        ("", ""),
    ],
)
def test_the_live_page_lies_on_the_host_of_the_environment(url: str, address: str) -> None:
    """Whatever host the CMS names."""
    assert addresses.live_page(Environment(url="https://museum.example/"), url) == address
