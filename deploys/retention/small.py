"""The rest: lists of pages, messages, reports, names beside previews, hooks and sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet

from deploys.lifecycle import ENDED, OPEN
from deploys.models import (
    Build,
    HandedReport,
    HookDelivery,
    HostState,
    KeptAnswer,
    Occurrence,
    Preview,
    Release,
    ReleasePages,
)
from deploys.models.retention import cutoff
from deploys.retention.amounts import Amount, Kind, Scope, amount_of, stored_size
from deploys.retention.protected import in_place

AT_ONCE = 500
ANSWERS_KEPT = timedelta(days=1)  # docs/api.md
HOOKS_KEPT = timedelta(days=7)  # GitLab gives up long before
KEPT = timedelta(days=30)  # of reports: a copy of what the release says; a pipeline that is run again may need it


def pages(scope: Scope) -> QuerySet[ReleasePages]:
    """Lists of pages of releases that can neither be seen nor brought back.

    Where the host tells what it keeps, the rest goes at the same time with its files; here it is for hosts that cannot
    be asked, by the same two numbers.
    """
    if scope.site is None:
        return ReleasePages.objects.none()
    doomed: set[int] = set()
    for environment in scope.site.environments.all():
        rows = ReleasePages.objects.filter(environment=environment)
        newest = rows.order_by("-made_at").values_list("host_id", flat=True)[: max(environment.keep_releases, 1)]
        kept = {*newest, *HostState.of(environment).kept, *_in_use(environment.pk, in_place(scope.site))}
        kept |= set(_of_previews(environment.pk))
        old = rows.filter(made_at__lt=scope.moment - timedelta(days=environment.keep_days))
        doomed |= set(old.exclude(host_id__in=kept).values_list("pk", flat=True))
    return ReleasePages.objects.filter(pk__in=doomed)


def _in_use(environment: int, shown: set[int]) -> QuerySet[Release, str]:
    """What visitors see, and what an open build copies or is compared with."""
    open_builds = Build.objects.filter(state__in=OPEN).values_list("base", "brings_back", "promotes")
    wanted = shown | {pk for row in open_builds for pk in row if pk}
    return Release.objects.filter(environment=environment, build__in=wanted).values_list("host_id", flat=True)


def _of_previews(environment: int) -> list[str]:
    kept = Preview.objects.filter(build__environment=environment, deleted_at=None)
    return [str(key) for key in kept.values_list("build__key", flat=True)]


def messages(scope: Scope) -> QuerySet[Occurrence]:
    """What happened long ago, of which everybody was told."""
    end = cutoff(scope.retention.message_days, scope.moment) if scope.retention else None
    if scope.site is None or end is None:
        return Occurrence.objects.none()
    return Occurrence.objects.filter(environment__site=scope.site, at__lte=end)


def tries(scope: Scope) -> QuerySet[Occurrence]:
    """Tests of people's own places, which belong to no site."""
    return Occurrence.objects.filter(environment=None, at__lte=scope.moment - KEPT)


def reports(scope: Scope) -> QuerySet[HandedReport]:
    """What pipelines handed over, once it has long been taken over."""
    if scope.site is None:
        return HandedReport.objects.none()
    old = HandedReport.objects.filter(build__site=scope.site, received_at__lte=scope.moment - KEPT)
    return old.filter(build__state__in=ENDED)


def shared_names(scope: Scope) -> QuerySet[Preview]:
    """Previews that are gone and still say who was told of them."""
    end = cutoff(scope.retention.message_days, scope.moment) if scope.retention else None
    if scope.site is None or end is None:
        return Preview.objects.none()
    return Preview.objects.filter(build__site=scope.site, deleted_at__lte=end).exclude(shared_with="")


def hooks(scope: Scope) -> QuerySet[HookDelivery]:
    """Hooks that are too old to be delivered again."""
    return HookDelivery.objects.filter(received_at__lte=scope.moment - HOOKS_KEPT)


def answers(scope: Scope) -> QuerySet[KeptAnswer]:
    """What the API answered, once no request may be sent again for it."""
    return KeptAnswer.objects.filter(created_at__lte=scope.moment - ANSWERS_KEPT)


def sessions(scope: Scope) -> QuerySet[Session]:
    """Sign-ins that have ended."""
    return Session.objects.filter(expire_date__lt=scope.moment)


def _kind(key: str, label: str, rows: Any, *, of_site: bool = True, size: str = "") -> Kind:
    """A kind whose rows are deleted, the oldest first."""
    measure = stored_size(size) if size else None

    @transaction.atomic
    def batch(scope: Scope) -> Amount:
        found = rows(scope).select_for_update(of=("self",), skip_locked=True).order_by("pk")[:AT_ONCE]
        ids = list(found.values_list("pk", flat=True))
        some = rows(scope).model.objects.filter(pk__in=ids)
        gone = amount_of(some, measure) if ids else Amount()
        some.delete()
        return gone

    return Kind(key=key, label=label, look=lambda scope: amount_of(rows(scope), measure), batch=batch, of_site=of_site)


@transaction.atomic
def _forget_names(scope: Scope) -> Amount:
    ids = list(shared_names(scope).values_list("pk", flat=True)[:AT_ONCE])
    return Amount(rows=Preview.objects.filter(pk__in=ids).update(shared_with=""))


PAGES = _kind("pages", "Lists of pages of releases that are gone", pages, size="deploys_releasepages.data")
MESSAGES = _kind("messages", "Messages to people", messages)
REPORTS = _kind("reports", "Reports that pipelines handed over", reports, size="deploys_handedreport.data")
NAMES = Kind(
    key="names", label="Names beside deleted previews", look=lambda scope: amount_of(shared_names(scope)),
    batch=_forget_names,
)  # fmt: skip
TRIES = _kind("tries", "Tests of people's own places", tries, of_site=False)
HOOKS = _kind("hooks", "Hooks that came from GitLab", hooks, of_site=False)
ANSWERS = _kind("answers", "Answers of the API kept for requests that are sent again", answers, of_site=False)
SESSIONS = _kind("sessions", "Sign-ins that have ended", sessions, of_site=False)
