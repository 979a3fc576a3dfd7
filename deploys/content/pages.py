"""The public page of an entry: its path at an environment's address, whatever host the CMS names."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from deploys.models import Environment

_SCHEMES = {"http", "https"}


def web_address(text: str) -> str:
    """The address if it is one of the web with a host; empty for everything else."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        known = parts.scheme.lower() in _SCHEMES and bool(parts.hostname)
    except ValueError:
        return ""
    return text if known else ""


def page_at(environment: Environment, url: str) -> str:
    """Where visitors of the environment find an entry with this address; empty when it has no page."""
    text = url.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if (parts.scheme and parts.scheme.lower() not in _SCHEMES) or not parts.path.startswith("/"):
        return ""
    path = f"/{parts.path.lstrip('/')}" + (f"?{parts.query}" if parts.query else "")
    return web_address(urljoin(environment.url, path))
