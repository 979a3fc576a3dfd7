"""What every page loads: within the budgets, nothing from elsewhere, and a policy that allows no more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from deploys.web.icons import ICONS
from tests.web.reading import packed

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("deploys/buildhub.css", 10 * 1024),
        ("deploys/buildhub.js", 4 * 1024),
        ("django_htmx/htmx-4.min.js", 14 * 1024),
    ],
)
def test_files_stay_within_their_budgets(name: str, most: int) -> None:
    """Measured as they travel."""
    found = finders.find(name)
    assert isinstance(found, str)
    assert packed(Path(found).read_bytes()) <= most


def test_the_style_sheet_loads_nothing_from_elsewhere() -> None:
    """Every address in it is a file of ours."""
    sheet = Path(str(finders.find("deploys/buildhub.css")))
    addresses = re.findall(r"url\(\"?([^\")]+)", sheet.read_text())
    assert addresses
    assert all((sheet.parent / address).is_file() for address in addresses)


def test_the_policy_of_the_design_holds(client: Client) -> None:
    """No inline script or style, no other host, no frame."""
    policy = client.get("/healthz")["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ):
        assert rule in policy
    assert "unsafe" not in policy


def templates() -> list[Path]:
    """All templates of pages. Mails have no policy, and their programs drop style sheets."""
    return sorted(path for path in TEMPLATES.rglob("*.html") if path.parent.name != "emails")


@pytest.mark.parametrize("template", templates(), ids=lambda path: path.name)
def test_templates_name_pages_and_hold_no_script_or_style(template: Path) -> None:
    """Addresses come from names, and nothing in a template needs `unsafe-inline` or eval."""
    text = template.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|\sjs:|hx-vals|\[[^\]]*\]\s*\"?\s*from:", text)
    assert not re.search(r"<script(?![^>]*src=)", text)
    assert not re.search(r"(?:href|action|hx-get|hx-post)=\"/", text)


def test_every_icon_that_a_template_names_exists() -> None:
    """The tag would fail on the page only."""
    named = {name for path in templates() for name in re.findall(r'{% icon "([a-z-]+)"', path.read_text())}
    assert named <= ICONS.keys()
