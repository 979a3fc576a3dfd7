"""Entries as finished HTML pages, from the files in ``templates/``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template

from .content import SECTIONS, Content, Entry, fingerprint
from .markup import to_html

TEMPLATES = Path(__file__).parent.parent / "templates"
SECTION_LEADS = {
    "visit": "Everything you need for a good day by the water.",
    "events": "Walks, talks and hands-on afternoons, most of them free.",
    "collection": "Boats, lenses, charts and the people who used them.",
    "news": "What is happening on the quay.",
    "about": "Who we are and how we work.",
}
CARDS_ON_HOME = 3
_BANNERS = {
    "staging": '<p class="staging">This is the staging site.</p>',
    "previews": '<p class="staging">This is a preview with drafts. It goes away by itself.</p>',
}


@dataclass(frozen=True, kw_only=True)
class Design:
    """What the pages of one build share; ``base_path`` has no slash at its end."""

    base_path: str
    stylesheet: str
    environment: str
    year: int

    def entry_page(self, entry: Entry) -> str:
        """One entry with its picture, text and tags."""
        body = _template("entry").substitute(
            base=self.base_path,
            section_url=f"{self.base_path}/{entry.section}/",
            section=escape(SECTIONS[entry.section]),
            title=escape(entry.title),
            summary=escape(entry.summary),
            byline=_byline(entry),
            picture=self._picture(entry, "hero"),
            body=to_html(entry.body, self.base_path),
            tags="".join(f"<li>{escape(tag)}</li>" for tag in entry.tags),
        )
        return self._page(
            title=f"{entry.title} · Harbour Museum",
            description=entry.summary,
            marker=entry.marker,
            section=entry.section,
            body=body,
        )

    def section_page(self, section: str, content: Content) -> str:
        """All entries of one section as cards."""
        entries = content.in_section(section)
        cards = self._cards(entries) or '<li class="empty">Nothing here yet. Come back soon.</li>'
        lead = SECTION_LEADS[section]
        body = _template("section").substitute(title=escape(SECTIONS[section]), lead=escape(lead), cards=cards)
        return self._page(
            title=f"{SECTIONS[section]} · Harbour Museum",
            description=lead,
            marker=f"section:{section} {fingerprint([entry.fingerprint for entry in entries])}",
            section=section,
            body=body,
        )

    def home_page(self, content: Content) -> str:
        """The front page: opening hours, what is on, news, and the way in."""
        shown = {name: content.in_section(name)[:CARDS_ON_HOME] for name in ("events", "news", "visit")}
        hours = next((entry for entry in content.entries if entry.url == "/visit/opening-hours/"), None)
        body = _template("home").substitute(
            base=self.base_path,
            hours=escape(hours.summary) if hours else "Opening hours follow shortly.",
            hours_url=f"{self.base_path}{hours.url if hours else '/visit/'}",
            events=self._cards(shown["events"]),
            news=self._cards(shown["news"]),
            visit=self._cards(shown["visit"]),
        )
        return self._page(
            title="Harbour Museum",
            description="Boats, light and weather: the museum on the old fish quay.",
            marker=f"home {fingerprint([entry.fingerprint for entry in content.entries])}",
            section="",
            body=body,
        )

    def not_found_page(self) -> str:
        """The page for addresses that lead nowhere."""
        return self._page(
            title="Page not found · Harbour Museum",
            description="",
            marker=f"404 {fingerprint('404')}",
            section="",
            body=_template("not_found").substitute(base=self.base_path),
        )

    def _page(self, *, title: str, description: str, marker: str, section: str, body: str) -> str:
        return _template("base").substitute(
            base=self.base_path,
            stylesheet=self.stylesheet,
            title=escape(title),
            description=escape(description),
            marker=escape(marker),
            staging=_BANNERS.get(self.environment, ""),
            robots='<meta name="robots" content="noindex, nofollow">\n' if self.environment == "previews" else "",
            nav="".join(self._nav_item(name, current=name == section) for name in SECTIONS),
            body=body,
            year=self.year,
        )

    def _nav_item(self, section: str, *, current: bool) -> str:
        mark = ' aria-current="true"' if current else ""
        return f'<li><a href="{self.base_path}/{section}/"{mark}>{escape(SECTIONS[section])}</a></li>'

    def _cards(self, entries: Sequence[Entry]) -> str:
        return "".join(self._card(entry) for entry in entries)

    def _card(self, entry: Entry) -> str:
        return _template("card").substitute(
            url=f"{self.base_path}{entry.url}",
            picture=self._picture(entry, "thumb"),
            kicker=escape(_kicker(entry)),
            title=escape(entry.title),
            summary=escape(entry.summary),
        )

    def _picture(self, entry: Entry, kind: str) -> str:
        if not entry.image_name:
            return '<div class="thumb thumb--none"></div>' if kind == "thumb" else ""
        source = f"{self.base_path}/images/{escape(entry.image_name)}"
        alt = escape(entry.image_alt) if kind == "hero" else ""
        return f'<img class="{kind}" src="{source}" alt="{alt}" width="600" height="400">'


def _template(name: str) -> Template:
    return Template((TEMPLATES / f"{name}.html").read_text(encoding="utf-8"))


def _kicker(entry: Entry) -> str:
    if entry.type == "news":
        return _day(entry.date)
    return entry.tags[-1].capitalize() if entry.tags else SECTIONS[entry.section]


def _byline(entry: Entry) -> str:
    if entry.type == "news":
        day = f'<time datetime="{escape(entry.date.isoformat())}">{_day(entry.date)}</time>'
        return f"{day} · {escape(entry.author)}"
    changed = datetime.fromisoformat(entry.updated_at)
    return f'Last changed <time datetime="{escape(entry.updated_at)}">{_day(changed)}</time>'


def _day(moment: datetime) -> str:
    """A date in the museum's English: 12 November 2026."""
    return f"{moment.day} {moment:%B %Y}"
