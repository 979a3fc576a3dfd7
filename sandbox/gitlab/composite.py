"""One status out of many: how the jobs' statuses make the pipeline's, and a stage's.

Source: GitLab's order of decisions for composite statuses (the first line that fits decides).
"""

from collections.abc import Iterable

from sandbox.gitlab.records import Job

_HARMLESS = frozenset({"success_with_warnings", "ignored"})
# All statuses lie in the set -> the result.
_ONLY: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"skipped", "ignored"}), "skipped"),
    (_HARMLESS | {"success", "skipped"}, "success"),
    (_HARMLESS | {"created"}, "created"),
    (_HARMLESS | {"preparing"}, "preparing"),
    (_HARMLESS | {"canceled", "success", "skipped"}, "canceled"),
    (_HARMLESS | {"pending", "created", "skipped"}, "pending"),
)
# One status lies in the set -> the result.
_ANY: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"running", "pending"}), "running"),
    (frozenset({"waiting_for_resource"}), "waiting_for_resource"),
    (frozenset({"waiting_for_callback"}), "waiting_for_callback"),
    (frozenset({"manual"}), "manual"),
    (frozenset({"scheduled"}), "scheduled"),
    (frozenset({"preparing"}), "preparing"),
    (frozenset({"created"}), "running"),
    (frozenset({"canceling"}), "canceling"),
)
_DONE = frozenset({"success", "failed", "canceled", "skipped", "success_with_warnings"})


def composite(jobs: Iterable[Job], *, of_needs: bool = False) -> str | None:
    """The common status; None without jobs. Among needs, one that did not run skips what waits for it."""
    statuses = frozenset(_weighed(job) for job in jobs)
    if not statuses:
        return None
    if of_needs and statuses & {"skipped", "ignored"}:
        return "skipped"
    if of_needs and not statuses <= _DONE:
        return "pending"
    for allowed, result in _ONLY:
        if statuses <= allowed:
            return result
    for wanted, result in _ANY:
        if statuses & wanted:
            return result
    return "failed"


def has_warnings(jobs: Iterable[Job]) -> bool:
    """Whether a job failed that may fail."""
    return any(_weighed(job) == "success_with_warnings" for job in jobs)


def _weighed(job: Job) -> str:
    if job.allow_failure and job.status in ("failed", "canceled"):
        return "success_with_warnings"
    if job.allow_failure and job.status == "manual":
        return "ignored"
    return job.status
