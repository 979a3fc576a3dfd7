"""Before a preview is put on the live site: is it, at this moment, what a build of the live site would make?"""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from deploys.builds import promotable
from deploys.builds.steps import collect
from deploys.content.changes import Point
from deploys.gitlab.connect import connect
from deploys.gitlab.errors import GitLabError
from deploys.models import Build, BuildContent


class Differs(Exception):
    """The preview may not go live as it is; str() says why in plain words."""


def carry_preview(build: Build, copied: Build) -> None:
    """Look once more, with the content read anew, and note that the copy carries what visitors may see now.

    Raises StillReading, Differs.
    """
    sources = list(build.site.sources.active())
    collect.bring_up_to_date(build, sources)
    _check_design(build, copied)
    with transaction.atomic():
        sources, moment = list(build.site.sources.active()), now()
        live = {source.pk: Point(seq=source.seq, moment=moment) for source in sources}
        if why := promotable.why_not_the_same(copied, build.environment, live):
            raise Differs(why)
        collect.record(build, sources, moment)
        # No pipeline reads the CMS now, so nothing that is saved meanwhile can be in it.
        BuildContent.objects.filter(build=build).update(seq_after=F("seq"))


def _check_design(build: Build, copied: Build) -> None:
    """Ask GitLab for the branch of the live site; where it cannot be asked, what is known of builds has to do."""
    project = build.environment.gitlab_project
    if project is None:
        return
    try:
        with connect(project) as gitlab:
            head = gitlab.branch_head(build.environment.ref)
    except GitLabError:
        return
    if head and head != copied.sha:
        raise Differs(promotable.ANOTHER_DESIGN)
