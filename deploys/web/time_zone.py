"""The time zone of a page: the person's own, else the site's."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from deploys.models import Site, User


class TimeZoneMiddleware:
    """Takes the zone back after each request; pages activate it themselves, so that a poll asks nobody for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request and leave no zone behind for the next one on this thread."""
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()


def activate(user: User, site: Site | None = None) -> None:
    """Show times in the person's zone, else the site's; a name that no longer exists is passed over."""
    for name in (user.time_zone, site.time_zone if site else ""):
        if name and (zone := zone_named(name)):
            timezone.activate(zone)
            return


def activate_for(user: User) -> None:
    """The same on a page of no site: the person's zone, else that of their first site, whose clock they live by."""
    activate(user, Site.objects.seen_by(user).order_by("name").first())


def zone_named(name: str) -> ZoneInfo | None:
    """Return the zone with this IANA name, None when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def zone_choices() -> list[str]:
    """All IANA names that people choose from, such as Europe/Lisbon."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
