"""Addresses that come from content: only such as a browser opens as a page ever become links."""

from __future__ import annotations

from urllib.parse import urljoin

from deploys.content.pages import page_at, web_address
from deploys.models import Environment


def below(base: str, text: str) -> str:
    """An address of the web as it is, or a path below `base`; empty for everything else."""
    text = text.strip()
    if text.startswith("/") and not text.startswith(("//", "/\\")):
        return web_address(urljoin(base, text))
    return web_address(text)


def live_page(environment: Environment, url: str) -> str:
    """Where visitors find an entry: its path at this environment's address, whatever host the CMS names."""
    return page_at(environment, url)
