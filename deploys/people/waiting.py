"""How long somebody has to wait after too many tries: read from the counts that allauth keeps in the cache."""

from __future__ import annotations

import time
from typing import Any

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest

APP = "allauth.account"


def seconds_left(request: HttpRequest, *, action: str, key: str) -> float:
    """Seconds until one more try of this action is allowed; 0 when it is now."""
    waits = [0.0]
    for rate in ratelimit.get_rates(app=APP, action=action):
        name = ratelimit.get_cache_key(request, app=APP, action=action, rate=rate, key=key)
        tries: list[Any] = cache.get(name, [])  # newest first
        if len(tries) >= rate.amount:
            waits.append(tries[rate.amount - 1] + rate.duration - time.time())
    return max(waits)
