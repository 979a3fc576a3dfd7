"""Addresses that come from content: only such as a browser opens as a page ever become links."""

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


def below(base: str, text: str) -> str:
    """An address of the web as it is, or a path below `base`; empty for everything else."""
    text = text.strip()
    if text.startswith("/") and not text.startswith(("//", "/\\")):
        return web_address(urljoin(base, text))
    return web_address(text)


def live_page(environment: Environment, url: str) -> str:
    """Where visitors find an entry: its path at this environment's address, whatever host the CMS names."""
    text = url.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if (parts.scheme and parts.scheme.lower() not in _SCHEMES) or not parts.path.startswith("/"):
        return ""
    path = f"/{parts.path.lstrip('/')}" + (f"?{parts.query}" if parts.query else "")
    return web_address(urljoin(environment.url, path))
