"""Numbers in the words that people read: counts with their separators, sizes, and short times."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.web import clock

SHORT = 10  # seconds below which a tenth matters


def grouped(count: int) -> str:
    """A count: 1,400."""
    return number_format(count, force_grouping=True)


def size(count: int) -> str:
    """So many bytes: "12.4 MB", in steps of a thousand."""
    if count < 1000:
        return ngettext("{count} byte", "{count} bytes", count).format(count=count)
    units = (_("{size} kB"), _("{size} MB"), _("{size} GB"))
    amounts = [count / 1000**power for power in (1, 2, 3)]
    fits = next((at for at, amount in enumerate(amounts) if round(amount, 1) < 1000), 2)
    return units[fits].format(size=_tenths(amounts[fits]))


def short_duration(seconds: float) -> str:
    """How long something took that is often quick: "2.1 s", "34 s", "4 min 8 s"."""
    if seconds >= SHORT:
        return clock.duration(seconds)
    return _("{seconds} s").format(seconds=_tenths(seconds))


def _tenths(amount: float) -> str:
    return number_format(round(amount, 1), 1, force_grouping=True)  # by itself it cuts off and does not round
