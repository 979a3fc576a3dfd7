"""The build job: turn ``content.json`` and ``images/`` into the finished site under ``public/``.

Every page is tried, so that one run tells every problem; the site is usable only when none was found.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from . import feeds
from .content import IMAGES_FOLDER, SECTIONS, Content, Entry, now, problems_of
from .pages import Design
from .report import BuildStopped, Problem, paced, progress, run, say
from .settings import Settings

PUBLIC = Path("public")
STYLESHEET = Path(__file__).parent.parent / "assets" / "site.css"
ASSETS = Path(__file__).parent.parent / "assets"


def main() -> None:
    settings = Settings.from_environment()
    content = Content.load()
    shutil.rmtree(PUBLIC, ignore_errors=True)
    design = Design(
        base_path=settings.base_path,
        stylesheet=copy_assets(),
        environment=settings.design,
        year=now().year,
    )
    problems = build_entries(content, design, settings.pace)
    if problems:
        pages = len({problem.entry for problem in problems})
        say("pages", f"stopped: {pages} of {len(content.entries)} pages cannot be built")
        raise BuildStopped(problems)
    build_lists(content, design, settings.site_url)
    say("build", f"{len(content.entries) + len(SECTIONS) + 2} pages for {settings.environment}")


def copy_assets() -> str:
    """Copy images and style sheet; returns the style sheet's name, which changes with its content."""
    shutil.copytree(IMAGES_FOLDER, PUBLIC / "images")
    folder = PUBLIC / "assets"
    folder.mkdir()
    for file in ASSETS.glob("*.svg"):
        shutil.copy(file, folder)
    style = STYLESHEET.read_bytes()
    name = f"site.{hashlib.sha256(style).hexdigest()[:8]}.css"
    (folder / name).write_bytes(style)
    return name


def build_entries(content: Content, design: Design, pace: float) -> list[Problem]:
    """Write one page per entry; returns what stands in the way, page by page."""
    total = len(content.entries)
    problems: list[Problem] = []
    for number, entry in enumerate(content.entries, start=1):
        found = list(problems_of(entry, content)) or build_entry(entry, design)
        problems.extend(found)
        say("pages", f"{number}/{total} {entry.url}{' cannot be built' if found else ''}")
        progress("building", number, total)
        paced(pace, total)
    return problems


def build_entry(entry: Entry, design: Design) -> list[Problem]:
    """Write one page; a design that cannot show it is reported, so that the next page is tried too."""
    try:
        html = design.entry_page(entry)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        detail = f"{entry.url}: the template stopped ({type(error).__name__}: {error})"
        return [
            Problem(
                kind="template_error", detail=detail, page=entry.title, url=entry.url, entry=entry.id,
                file="templates/entry.html", edit_url=entry.edit_url,
            )
        ]  # fmt: skip
    write(entry.url, html)
    return []


def build_lists(content: Content, design: Design, site_url: str) -> None:
    """Write the pages that gather others, and the files for machines."""
    write("/", design.home_page(content))
    for section in SECTIONS:
        write(f"/{section}/", design.section_page(section, content))
    (PUBLIC / "404.html").write_text(design.not_found_page(), encoding="utf-8")
    (PUBLIC / "sitemap.xml").write_text(feeds.sitemap(content, site_url), encoding="utf-8")
    (PUBLIC / "feed.xml").write_text(feeds.rss(content.in_section("news"), site_url), encoding="utf-8")


def write(address: str, html: str) -> None:
    """Store a page at its address, which begins and ends with a slash."""
    folder = PUBLIC / address.strip("/")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(html, encoding="utf-8")


if __name__ == "__main__":
    run("build", main)
