"""What happens at every request of a person: noting when they were last here, asking admins for their second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.core.cache import caches
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _

from deploys.models import Membership, Role, User
from deploys.web.views.fragments import go_to

FOLLOWED = "buildhub-followed"  # in sessions that the list of sessions knows
HAS_SECOND_FACTOR = "buildhub-second-factor"  # in sessions of people known to have one
PACE = 300  # seconds between two notes of one session and process

type Answering = Callable[[HttpRequest], HttpResponse]

# Where an admin without a second factor may still go: to set it up, out, and where no rights are needed.
OPEN_VIEWS = frozenset(
    {
        *("second-factor", "second-factor-code", "recovery-codes"),
        *("sign-in", "sign-out", "theme", "forgotten-password", "new-password", "invitation", "stop-notifications"),
        *("healthz", "readyz", "metrics"),
    }
)


class LastSeenMiddleware:
    """Notes when a session was last used, every few minutes; a page that reads no session costs nothing."""

    def __init__(self, get_response: Answering) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then note."""
        answer = self.get_response(request)
        session = request.session
        if session.accessed and FOLLOWED in session and session.session_key:
            key = session.session_key
            if caches["memory"].add(f"seen:{key}", True, PACE):
                UserSession.objects.filter(session_key=key).update(last_seen_at=now())
        return answer


class SecondFactorMiddleware:
    """Leads admins without a second factor to the page where they set it up, where that is required."""

    def __init__(self, get_response: Answering) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing before the view is known."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Answer in place of the view, if there is something to be set up first."""
        if settings.REQUIRE_SECOND_FACTOR == "nobody" or not isinstance(request.user, User):
            return None
        match = request.resolver_match
        if (match and match.view_name in OPEN_VIEWS) or not _lacks_factor(request, request.user):
            return None
        messages.warning(request, _("Admins need a second factor here. Set it up, then go on."))
        return go_to(request, reverse("second-factor"))


def _lacks_factor(request: HttpRequest, person: User) -> bool:
    """True for an admin of any site without one. Whom a provider signed in showed it whatever it asks for."""
    session = request.session
    if HAS_SECOND_FACTOR in session:
        return False
    if any(one.get("method") == "socialaccount" for one in session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])):
        return False
    has_one = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    administers = Membership.objects.filter(user=OuterRef("pk"), role=Role.ADMIN)
    row = User.objects.annotate(has_one=Exists(has_one), administers=Exists(administers)).get(pk=person.pk)
    if row.has_one:
        session[HAS_SECOND_FACTOR] = True
    return not row.has_one and (row.administers or row.is_superuser)
