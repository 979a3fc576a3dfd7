"""How far a running job is, by its own word in the log (docs/failures.md, Progress): read slowly, piece by piece."""

from __future__ import annotations

import json
import re

from django.db import transaction

from deploys.builds.steps import bar
from deploys.models import Job

LINE = re.compile(r"buildhub:progress\s+(\{[^\r\n]*\})")
MOST = 10_000_000  # a count beyond this is a mistake of the job


def note_progress(job: Job, text: str) -> None:
    """Store what the last well-formed line of this part of the log says; pages that watch ask anew if it is news."""
    told = last_told(text)
    if not told or told == job.progress:
        return
    reached = bar.reached(job.build, job.build.jobs.all())
    with transaction.atomic():
        job.build.environment.touch()
        bar.keep(job.build, reached)
        Job.objects.filter(pk=job.pk).update(progress=told)
    job.progress = told


def last_told(text: str) -> dict[str, int]:
    """Return done and total of the last well-formed line; {} when there is none."""
    for found in reversed(LINE.findall(text)):
        try:
            told = json.loads(found)
        except ValueError:
            continue
        done, total = told.get("done"), told.get("total")
        if _is_count(done) and _is_count(total) and total > 0 and done <= total:
            return {"done": done, "total": total}
    return {}


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST
