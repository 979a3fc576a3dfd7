"""Job logs: their text goes, the jobs and what is known of them stay."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from deploys.models import Build, JobLog, Retention
from deploys.models.retention import cutoff
from deploys.retention.amounts import Amount, Kind, Scope, amount_of, stored_size
from deploys.retention.protected import in_place

AT_ONCE = 100
_SIZE = stored_size("deploys_joblog.text")


def days_of_ended_log(build: Build, moment: datetime) -> int | None:
    """After how many days the log of this build was given up; None while it is kept."""
    if build.finished_at is None:
        return None
    days = Retention.of(build.site).log_days
    end = cutoff(days, moment)
    is_over = end is not None and build.finished_at <= end
    return days if is_over and build.pk not in in_place(build.site) else None


def _old(scope: Scope) -> QuerySet[JobLog]:
    end = cutoff(scope.retention.log_days, scope.moment) if scope.retention else None
    if scope.site is None or end is None:
        return JobLog.objects.none()
    rows = JobLog.objects.filter(job__build__site=scope.site, job__build__finished_at__lte=end, pruned_at=None)
    return rows.exclude(job__build__in=in_place(scope.site))


def _look(scope: Scope) -> Amount:
    return amount_of(_old(scope), _SIZE)


@transaction.atomic
def _batch(scope: Scope) -> Amount:
    rows = _old(scope).select_for_update(of=("self",), skip_locked=True).annotate(stored=_SIZE)
    found = dict(rows.order_by("pk").values_list("pk", "stored")[:AT_ONCE])
    # What stays of the row keeps the log from being fetched from GitLab once more.
    JobLog.objects.filter(pk__in=found).update(text="", is_complete=True, pruned_at=scope.moment)
    return Amount(rows=len(found), size=sum(found.values()))


LOGS = Kind(key="logs", label="Job logs", look=_look, batch=_batch)
