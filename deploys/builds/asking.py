"""Whether a press is answered with a question that shows what goes live: the environment's rule, and what is ahead."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from deploys.builds import line
from deploys.content import comparison
from deploys.content.changes import ChangeKind
from deploys.content.comparison import Comparison
from deploys.content.outlook import Outlook, Summary
from deploys.models import AskFirst, Environment, Release, User


def must_ask(environment: Environment, user: User, ahead: Summary | None) -> bool:
    """True when this person reads what goes live before it does. `ahead` None: nobody knows what that is."""
    if environment.ask_first != AskFirst.MATTERS or environment.is_for_previews:
        return environment.ask_first == AskFirst.ALWAYS and not environment.is_for_previews
    if ahead is None:
        return False
    return ChangeKind.REMOVED in ahead.counts or bool(others(user, ahead.people))


def others(user: User, people: Iterable[str]) -> list[str]:
    """Those of the names that are not this person's."""
    return sorted(name for name in people if name.casefold() not in user.known_as)


def ahead(environment: Environment, moment: datetime) -> Summary | None:
    """What a press would put live besides the build under way; None when that is not known.

    One query where nothing reads the content, else at most five.
    """
    if not environment.site.sources.active().exists():
        return None
    base = line.under_way_at(environment, moment)
    if base is None and environment.live_release_id:
        base = Release.objects.select_related("build").get(pk=environment.live_release_id).build
    return Outlook.look(environment.site, moment, [base]).since(base) if base else None


def changes_ahead(environment: Environment, moment: datetime) -> Comparison | None:
    """The same change by change; None before the first publish."""
    if active := line.under_way_at(environment, moment):
        return comparison.since(active, moment)
    return comparison.waiting(environment, moment) if environment.live_release_id else None
