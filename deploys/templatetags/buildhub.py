"""Icons, moments and durations for the templates."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from deploys.web import clock
from deploys.web.icons import ICONS

register = template.Library()


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """Draw an icon of our own set; it always stands beside a word, so readers of the screen skip it."""
    spin = mark_safe(' class="bh-spin"') if name == "ring" else ""
    return format_html(
        '<svg{} viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="1.75" '
        'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{}</svg>',
        spin,
        mark_safe(ICONS[name]),  # noqa: S308 - from our own table
    )


@register.simple_tag
def label(moment: datetime) -> SafeString:
    """A moment for a list or table: Today 11:20."""
    return clock.time_element(moment, clock.moment_label(moment, timezone.now()))


@register.simple_tag
def when(moment: datetime) -> SafeString:
    """A moment inside a sentence: today at 11:20."""
    return clock.when(moment, timezone.now())


@register.simple_tag
def seconds_clock(moment: datetime) -> SafeString:
    """The clock time with seconds, for timelines."""
    return clock.time_element(moment, date_format(timezone.localtime(moment), "H:i:s"))


@register.simple_tag
def day_and_zone(moment: datetime) -> str:
    """The day and the zone's short name: 12 November 2026, WET."""
    local = timezone.localtime(moment)
    return f"{date_format(local, clock.DAY_AND_YEAR)}, {local.tzname()}"


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds in words: 4 min 8 s; empty for None."""
    return "" if seconds is None else clock.duration(seconds)


@register.simple_tag
def zone_city() -> str:
    """The city of the active zone, for the footer: Lisbon."""
    return timezone.get_current_timezone_name().rsplit("/", 1)[-1].replace("_", " ")


@register.simple_tag
def zone_short() -> str:
    """The active zone's short name now: WET."""
    return timezone.localtime().tzname() or ""
