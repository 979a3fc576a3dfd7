"""Whether the release of a build can go live as it is, file for file; if not, why, in plain words.

A preview can when its bytes are those that a build of the live site would make now: the same addresses in its links,
the same design, the same content, and nothing in it that is there only because it is a preview.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.timezone import now

from deploys.content import parity
from deploys.content.changes import Point
from deploys.models import Build, EntryVersion, Environment, ReleasePages

ANOTHER_DESIGN = "The design of the live site is another one by now."
SHOWN = 3  # titles that a reason names
LEAST_PAGES = 2  # in common, so that "all of them differ" says something


def why_tied(build: Build, environment: Environment) -> str:
    """Why the files of this build belong to its own place alone; "" when they do not. `build.release` is read."""
    if environment.target.startswith("s3://") != build.environment.target.startswith("s3://"):
        return "The two are on web hosts of different kinds."
    bound = build.release.report.get("bound_to")
    if bound is None:
        return "Nobody looked whether its pages name their own address (--address, for a developer)."
    if bound["files"]:
        own = "this preview" if build.environment.is_for_previews else build.environment.name
        return f"Its pages name the address of {own}. Publish {environment.name} instead."
    if bound["noindex"] * 2 > (build.release.pages or 0):
        return "Its pages ask search engines to leave them out."
    return ""


def why_not_published(build: Build, environment: Environment) -> str:
    """Why this preview cannot be asked to go live, by what was last read and seen; "" when it can."""
    moment = now()
    if not build.preview.can_be_opened(moment):
        return "It cannot be opened (any more), so it cannot be published."
    return why_not_the_same(build, environment, parity.points_now(build.site, moment))


def why_not_the_same(build: Build, environment: Environment, live: Mapping[int, Point]) -> str:
    """Why the bytes of this preview are not those that a build of the environment would make; "" when they are.

    `live`: what visitors may see of each source.
    """
    if not build.preview.has_own_host:
        return (
            "It lies below another address than the live site, so its links lead into the preview. "
            "Only previews with a host name of their own can be published as they are."
        )
    return (
        why_tied(build, environment)
        or _why_another_design(build, environment)
        or _why_made_differently(build, environment)
        or _why_other_content(build, live)
    )


def _why_another_design(build: Build, environment: Environment) -> str:
    """By the commit: of the newest build, whatever became of it, that was made of what the live site is made of."""
    same = Build.objects.filter(
        environment__gitlab_project=environment.gitlab_project_id, environment__ref=environment.ref
    )
    newest = same.exclude(sha="").order_by("-requested_at", "-pk").values_list("sha", flat=True).first()
    if not build.sha or newest is None:
        return "Nobody knows whether it has the design of the live site."
    if build.sha != newest:
        return ANOTHER_DESIGN
    return ""


def _why_made_differently(build: Build, environment: Environment) -> str:
    """A banner or a mark that only previews have stands on every page: of the same design, all differ from live."""
    live = environment.live_release
    if live is None or (live.build.promotes or live.build.brings_back or live.build).sha != build.sha:
        return ""
    theirs, ours = ReleasePages.of(live), ReleasePages.of(build.release)
    if theirs is None or ours is None:
        return ""
    both = theirs.keys() & ours.keys()
    if len(both) >= LEAST_PAGES and all(theirs[path].sha256 != ours[path].sha256 for path in both):
        return "Every page of it differs from the live site, so something is on them that only previews have."
    return ""


def _why_other_content(build: Build, live: Mapping[int, Point]) -> str:
    found = parity.compare(build, live)
    if not found.is_read:
        return "Nobody knows whether drafts are in it: Buildhub does not read this site's content."
    if found.unseen:
        return (
            f"Not everything in it is published: {_titles(found.unseen)}. Publish that in the CMS, or make a new one."
        )
    if found.newer:
        return f"Something was saved since it was made: {_titles(found.newer)}. Make a new one."
    if found.pending:
        return "We look whether somebody saved something while it was made. Open this page again in a moment."
    if found.unknown:
        return "Nobody knows for sure what is in it, as the content could not be read or was edited meanwhile."
    return ""


def _titles(versions: Sequence[EntryVersion]) -> str:
    named = ", ".join(f"“{one.title or one.entry_key}”" for one in versions[:SHOWN])
    more = len(versions) - SHOWN
    return f"{named} and {more} more" if more > 0 else named
