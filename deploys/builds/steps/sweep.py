"""The sweep: repairs whatever a lost message, a killed worker or a flushed broker left lying."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.utils.timezone import now

from deploys import wake
from deploys.builds import freezes, pace
from deploys.builds.steps import stop
from deploys.models import Build


def sweep() -> None:
    """Wake builds whose turn has come, repeat stops that had no effect, end builds and pauses whose time is over."""
    freezes.end_due()
    waiting = Build.objects.to_wake(queued_before=now() - pace.WAKE_AFTER)
    ours = Build.objects.active().ours().filter(environment=OuterRef("environment"))
    held_up = Build.objects.in_line().filter(Exists(ours)).order_by()
    same = {name: OuterRef(f"environment__{name}") for name in ("gitlab_project", "resource")}
    shared = Build.objects.active().ours().built()
    shared = shared.filter(**{f"environment__{name}": value for name, value in same.items()})
    held_up |= Build.objects.in_line().built().filter(~Q(environment__resource=""), Exists(shared)).order_by()
    for pk in waiting.exclude(pk__in=held_up.values("pk")).values_list("pk", flat=True):
        wake.start(pk)
    unheard = Build.objects.active().filter(cancel_requested_at__lte=now() - pace.REPEAT_CANCEL_AFTER)
    for pk in unheard.values_list("pk", flat=True):
        wake.cancel(pk)
    for pk in Build.objects.past_deadline().values_list("pk", flat=True):
        stop.give_up(pk)
