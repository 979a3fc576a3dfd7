"""Small things that only the pages need."""

from __future__ import annotations

from django import template
from django.templatetags.static import static

from deploys.web.card_model import either as join_with_or
from deploys.web.resting_cards import host_of

register = template.Library()


@register.simple_tag
def favicon(state: str) -> str:
    """The address of the favicon for idle, building, ok, failed or waiting."""
    return static(f"deploys/img/favicon-{state}.svg")


@register.filter
def host(url: str) -> str:
    """An address without scheme and closing slash."""
    return host_of(url)


@register.filter
def either(names: list[str]) -> str:
    """Names joined with "or"."""
    return join_with_or(names)
