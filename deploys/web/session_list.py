"""Where a person is signed in, in words."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.utils.translation import gettext as _

from deploys.models import User

# What a browser calls itself → what people call it; the first that fits, as Edge says that it is Chrome, too.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, kw_only=True)
class SessionLine:
    """One session: on what, from where, and whether it is the one that asks."""

    session: UserSession
    device: str
    is_this: bool


def sessions_of(person: User, current_key: str | None) -> list[SessionLine]:
    """Every session that still works, this one first, then the one seen last. Ended ones are forgotten on the way."""
    rows = UserSession.objects.purge_and_list(person)
    lines = [
        SessionLine(session=row, device=device_words(row.user_agent), is_this=row.session_key == current_key)
        for row in rows
    ]
    return sorted(lines, key=lambda line: (not line.is_this, -line.session.last_seen_at.timestamp()))


def device_words(user_agent: str) -> str:
    """What somebody used: "Firefox on Linux"."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    if browser and system:
        return _("{browser} on {system}").format(browser=browser, system=system)
    return browser or system or _("Unknown browser")
