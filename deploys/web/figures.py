"""Numbers in the words that people read: counts with their separators, and short times."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from deploys.web import clock

SHORT = 10  # seconds below which a tenth matters


def grouped(count: int) -> str:
    """A count: 1,400."""
    return number_format(count, force_grouping=True)


def short_duration(seconds: float) -> str:
    """How long something took that is often quick: "2.1 s", "34 s", "4 min 8 s"."""
    if seconds >= SHORT:
        return clock.duration(seconds)
    return _("{seconds} s").format(seconds=number_format(seconds, 1))
