"""How many requests a token may make in a minute, counted in the broker's Valkey for all web processes together.

Without a Valkey that answers, each process counts for itself: a limit is no reason to be down.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from datetime import datetime
from functools import cache as kept

from django.conf import settings
from django.core.cache import cache
from redis import Redis
from redis.exceptions import RedisError

from deploys.doctor.running import broker_client
from deploys.models import ApiToken

WINDOW = 60  # seconds
PATIENCE = 0.5  # seconds that a request waits for Valkey
LEFT_ALONE = 30  # seconds in which a Valkey that did not answer is not asked again
_DOWN = "api-limits-down"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is left of a token's minute: requests, and seconds until the next begins."""

    limit: int
    requests: int
    seconds: int

    @property
    def is_over(self) -> bool:
        """True when this request was one too many."""
        return self.requests < 0

    @property
    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers has it."""
        return {
            "RateLimit-Policy": f'"token";q={self.limit};w={WINDOW}',
            "RateLimit": f'"token";r={max(0, self.requests)};t={self.seconds}',
        }


def count(token: ApiToken, moment: datetime) -> Left:
    """Count a request of this token and say what is left."""
    limit = settings.API_REQUESTS_PER_MINUTE
    minute, passed = divmod(moment.timestamp(), WINDOW)
    key = f"api-requests:{token.digest[:32]}:{int(minute)}"
    return Left(limit=limit, requests=limit - _one_more(key), seconds=math.ceil(WINDOW - passed))


def _one_more(key: str) -> int:
    if not cache.get(_DOWN):
        try:
            with _valkey().pipeline() as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, 2 * WINDOW)
                return int(pipeline.execute()[0])
        except (RedisError, OSError, ValueError) as error:
            logger.warning("Requests of the API are counted by each process for itself: %s", error)
            cache.set(_DOWN, True, LEFT_ALONE)
    cache.add(key, 0, 2 * WINDOW)
    return int(cache.incr(key))


@kept
def _valkey() -> Redis:
    return broker_client(PATIENCE)
