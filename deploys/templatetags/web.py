"""Small things that only the pages need."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.timezone import now

from deploys.content.outlook import Outlook
from deploys.models import Environment
from deploys.web.card_model import either as join_with_or
from deploys.web.settled_cards import host_of

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


@register.simple_tag
def waiting_count(environment: Environment) -> int | None:
    """How many changes wait; None when it cannot be said. Two queries."""
    release = environment.live_release
    summary = Outlook.look(environment.site, now(), [release.build]).since(release.build) if release else None
    return summary.total if summary else None
