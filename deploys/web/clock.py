"""Moments and durations in the words that people read, in the active time zone."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

TIME = "H:i"
DAY = "j F"
DAY_AND_YEAR = "j F Y"


def moment_words(moment: datetime, now: datetime) -> str:
    """Say when, inside a sentence: "today at 11:20", "10 November at 16:05", with the year if it is not this one."""
    local, today = timezone.localtime(moment), timezone.localtime(now)
    time = date_format(local, TIME)
    if local.date() == today.date():
        return _("today at {time}").format(time=time)
    if local.date() == today.date() - timedelta(days=1):
        return _("yesterday at {time}").format(time=time)
    if local.date() == today.date() + timedelta(days=1):
        return _("tomorrow at {time}").format(time=time)
    return _("{day} at {time}").format(day=_day(local, today), time=time)


def moment_label(moment: datetime, now: datetime) -> str:
    """Say when, in a list or table: "Today 11:20", "Yesterday 17:44", "10 November 16:05"."""
    local, today = timezone.localtime(moment), timezone.localtime(now)
    time = date_format(local, TIME)
    if local.date() == today.date():
        return _("Today {time}").format(time=time)
    if local.date() == today.date() - timedelta(days=1):
        return _("Yesterday {time}").format(time=time)
    return _("{day} {time}").format(day=_day(local, today), time=time)


def _day(local: datetime, today: datetime) -> str:
    return date_format(local, DAY if local.year == today.year else DAY_AND_YEAR)


def time_element(moment: datetime, words: str) -> SafeString:
    """Wrap words in a `<time>` element that also carries the moment for machines, in UTC."""
    return format_html('<time datetime="{}">{}</time>', f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", words)


def when(moment: datetime, now: datetime) -> SafeString:
    """The element for a moment inside a sentence."""
    return time_element(moment, moment_words(moment, now))


def ago(moment: datetime, now: datetime) -> str:
    """Say how long ago, with one unit: "3 hours ago"; "just now" within the first minute."""
    if now - moment < timedelta(minutes=1):
        return _("just now")
    return _("{time} ago").format(time=timesince(moment, now, depth=1))


def duration(seconds: float) -> str:
    """Say how long something took: "34 s", "4 min 8 s", "1 h 4 min"."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
    if minutes:
        return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
    return _("{seconds} s").format(seconds=rest)


def minutes_words(seconds: float) -> str:
    """Say a length in whole minutes, rounded up, at least one: "5 minutes"."""
    count = max(1, math.ceil(seconds / 60))
    return ngettext("{count} minute", "{count} minutes", count).format(count=count)


def whole_minutes(seconds: float) -> str:
    """Say how many whole minutes have passed, at least one: "5 minutes"."""
    return minutes_words(seconds // 60 * 60)


def time_until(seconds: float) -> str:
    """Say when something begins: "in about 3 minutes", "in a moment"."""
    if seconds < 30:
        return _("in a moment")
    if seconds < 90:
        return _("in about a minute")
    count = math.ceil(seconds / 60)
    return ngettext("in about {count} minute", "in about {count} minutes", count).format(count=count)


def time_left(seconds: float) -> str:
    """Say how much is left of a publish; empty when the usual time is over."""
    if seconds <= 0:
        return ""
    if seconds < 30:
        return _("almost done")
    if seconds < 90:
        return _("about a minute left")
    count = math.ceil(seconds / 60)
    return ngettext("about {count} minute left", "about {count} minutes left", count).format(count=count)
