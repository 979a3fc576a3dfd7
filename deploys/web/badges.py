"""The badge of a place: how things stand, as a picture at an address that nobody guesses. Off until switched on."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from deploys import audit
from deploys.models import Build, Environment, Site, User
from deploys.web import listing
from deploys.web.pills import NOT_YET, REPLACED, STOPPED, WAITING, Pill, pill_of

RECENT = 6  # builds that are looked through for one that says something
# White on these has a contrast of at least 4.5, on whatever the badge stands.
COLOURS = {"ok": "#1a7f37", "run": "#0a5fc2", "warn": "#8a5a00", "bad": "#c02b2b", "idle": "#57606a"}
_SAYS_NOTHING = (STOPPED, REPLACED)
_LETTER, _ROOM = 7, 20  # wide


@dataclass(frozen=True, kw_only=True)
class BadgeLine:
    """The badge of one place, for its admins. `address` is empty while it is off."""

    environment: Environment
    address: str
    url: str

    @property
    def markdown(self) -> str:
        """What is pasted into a README."""
        return f"![{self.environment.name}]({self.address})"


@dataclass(frozen=True, kw_only=True)
class Badge:
    """What is drawn: two words side by side, and how wide they are."""

    label: str
    word: str
    colour: str

    @property
    def left(self) -> int:
        """How wide the label's side is."""
        return len(self.label) * _LETTER + _ROOM

    @property
    def right(self) -> int:
        """How wide the word's side is."""
        return len(self.word) * _LETTER + _ROOM

    @property
    def width(self) -> int:
        """How wide it is in all."""
        return self.left + self.right

    @property
    def left_middle(self) -> int:
        """Where the label stands."""
        return self.left // 2

    @property
    def right_middle(self) -> int:
        """Where the word stands."""
        return self.left + self.right // 2


def lines_of(request: HttpRequest, site: Site) -> list[BadgeLine]:
    """The badges of the site's places, with their whole address."""
    root = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    return [
        BadgeLine(
            environment=place,
            address=f"{root}{reverse('badge', args=[place.badge_key])}" if place.badge_key else "",
            url=reverse("set-badge", args=[site.slug, place.slug]),
        )
        for place in site.environments.public()
    ]


@transaction.atomic
def switch(*, environment: Environment, actor: User, is_on: bool) -> None:
    """Give the badge an address that was never used, or none."""
    before = audit.values_of(environment, ["badge_key"])
    environment.badge_key = secrets.token_urlsafe(24) if is_on else ""
    environment.save(update_fields=["badge_key"])
    changes = {"Badge": ["on" if before["badge_key"] else "off", "on, at a new address" if is_on else "off"]}
    audit.record(actor=actor, subject=f"Environment {environment.name}", site=environment.site, changes=changes)


def badge_of(environment: Environment) -> Badge:
    """What the badge says: the word of the newest build that says something. Two queries."""
    builds = environment.builds.select_related(*listing.SHOWN).order_by("-number")[:RECENT]
    pill = _telling(list(builds), environment)
    label = f"{environment.site.name} · {environment.name}"
    return Badge(label=label, word=str(pill.word), colour=COLOURS[pill.tone])


def _telling(builds: list[Build], environment: Environment) -> Pill:
    """What is under way counts first, then how the last one ended; a stopped one leaves what is live as it is."""
    marks = [(build, pill_of(build)) for build in builds if build.environment_id == environment.pk]
    under_way = [pill for build, pill in marks if build.is_open and pill is not WAITING]
    ended = [pill for build, pill in marks if build.is_ended and pill not in _SAYS_NOTHING]
    return (under_way or ended or [pill for build, pill in marks if build.is_open] or [NOT_YET])[0]
