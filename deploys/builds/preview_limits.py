"""How many previews there may be: each is a pipeline, and a whole site with drafts on the web host."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import Build, Environment, Preview, User

LONGEST = timedelta(days=14)  # from the request on; the least PreviewDays of the bucket (infra/site.yaml)
LASTS = timedelta(hours=24)  # when nothing else is said
AN_HOUR = timedelta(hours=1)
PER_HOUR = 10  # of one person on one site
AT_ONCE = 20  # of one site, that are kept or on their way
_CAME_TO_NOTHING = (State.FAILED, State.CANCELED, State.LOST, State.SUPERSEDED)


class TooManyPreviews(Exception):
    """The person made many within the hour, or the site has many. `again_at`: when the next can be made, if known.

    `count` is the limit that was met; `per_hour` says which of the two it is.
    """

    def __init__(self, *, count: int, per_hour: bool, again_at: datetime | None) -> None:
        super().__init__("There are too many previews.")
        self.count = count
        self.per_hour = per_hour
        self.again_at = again_at


def check(place: Environment, actor: User | None) -> None:
    """Let one more preview in. Whoever calls has locked the place. Raises TooManyPreviews."""
    moment = now()
    if actor is not None:
        mine = place.builds.filter(requested_by=actor, requested_at__gt=moment - AN_HOUR).order_by("-requested_at")
        made = list(mine.values_list("requested_at", flat=True)[:PER_HOUR])
        if len(made) == PER_HOUR:
            raise TooManyPreviews(count=PER_HOUR, per_hour=True, again_at=made[-1] + AN_HOUR)
    kept = Preview.objects.kept().filter(build__environment=place, expires_at__gt=moment)
    ends = list(
        kept.exclude(build__state__in=_CAME_TO_NOTHING).order_by("expires_at").values_list("expires_at", flat=True)
    )
    if len(ends) >= AT_ONCE:
        raise TooManyPreviews(count=AT_ONCE, per_hour=False, again_at=ends[len(ends) - AT_ONCE])


def latest_end(build: Build) -> datetime:
    """Until when a preview may be kept at most."""
    return build.requested_at + LONGEST
