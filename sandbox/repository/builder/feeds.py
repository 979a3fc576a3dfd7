"""The files for machines: sitemap and news feed."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import format_datetime
from xml.sax.saxutils import escape

from .content import SECTIONS, Content, Entry

XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def sitemap(content: Content, site_url: str) -> str:
    """Every page with its address and the time of its last change (sitemaps.org protocol)."""
    lists = [
        f"<url><loc>{_absolute(site_url, path)}</loc></url>" for path in ["/", *(f"/{name}/" for name in SECTIONS)]
    ]
    pages = [
        f"<url><loc>{_absolute(site_url, entry.url)}</loc><lastmod>{escape(entry.updated_at)}</lastmod></url>"
        for entry in content.entries
    ]
    inner = "\n".join([*lists, *pages])
    return f'{XML}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{inner}\n</urlset>\n'


def rss(news: Sequence[Entry], site_url: str) -> str:
    """The news as RSS 2.0."""
    items = "\n".join(
        f"<item><title>{escape(entry.title)}</title><link>{_absolute(site_url, entry.url)}</link>"
        f'<guid isPermaLink="false">harbour-museum-{escape(entry.id)}</guid>'
        f"<pubDate>{format_datetime(entry.date)}</pubDate><description>{escape(entry.summary)}</description></item>"
        for entry in news
    )
    return (
        f'{XML}<rss version="2.0"><channel><title>Harbour Museum</title><link>{escape(site_url)}</link>'
        f"<description>News from the quay</description>\n{items}\n</channel></rss>\n"
    )


def _absolute(site_url: str, path: str) -> str:
    return escape(site_url.rstrip("/") + path)
