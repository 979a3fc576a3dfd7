"""Whether what was planned is live: the plan and the fact, beside each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson
from django.db.models import QuerySet

from deploys.lifecycle import ACTIVE, State
from deploys.models import (
    Build,
    BuildContent,
    Cause,
    ContentBlob,
    EntryVersion,
    Environment,
    Plan,
    PlanKind,
    PlanState,
    Proof,
    Release,
)

RECENT = 5  # builds that may carry what is planned: the ones after what is live


@dataclass(frozen=True, kw_only=True)
class Carriers:
    """What is live at an environment and what is on its way there, with the content of each. Copies carry no news."""

    live: Build | None
    coming: list[Build]
    contents: dict[int, dict[int, BuildContent]] = field(default_factory=dict)

    @classmethod
    def read(cls, environment: Environment) -> Carriers:
        """Read them. At most three queries."""
        release = environment.live_release
        live = release.build if release else None
        rows = environment.builds.built().select_related("release", "cancel_requested_by")
        rows = rows.filter(state__in=[*ACTIVE, State.SUCCEEDED]).exclude(cause=Cause.GITLAB, state=State.WAITING)
        if live:
            rows = rows.filter(number__gt=live.number)
        coming = list(rows.order_by("-number")[:RECENT])
        contents: dict[int, dict[int, BuildContent]] = {}
        for content in BuildContent.objects.filter(build__in=[build for build in (live, *coming) if build]):
            contents.setdefault(content.build_id, {})[content.source_id] = content
        return cls(live=live, coming=coming, contents=contents)

    @property
    def is_moving(self) -> bool:
        """True while a build runs, or one that went well is looked for on the site."""
        return any(build.state in ACTIVE or _is_looked_for(build) for build in self.coming)

    @property
    def is_collecting(self) -> bool:
        """True while the newest build has not read the content yet, so that nobody knows what it carries."""
        newest = self.coming[0] if self.coming else None
        return newest is not None and newest.state == State.STARTING and newest.pk not in self.contents

    def has(self, build: Build, plan: Plan) -> bool:
        """True when the build has the content of the plan's time or later, and the entry if it is about one."""
        contents = self.contents.get(build.pk, {})
        if plan.kind != PlanKind.CONTENT:
            return bool(contents) and all(content.read_at >= plan.due_at for content in contents.values())
        content = contents.get(plan.source_id or 0)
        if content is None or content.read_at < plan.due_at:
            return False
        return plan.leaves or not is_pending(EntryVersion.objects.at(content.seq), plan)

    def carrier(self, plan: Plan) -> Build | None:
        """The oldest build on its way that carries what is planned."""
        return next((build for build in reversed(self.coming) if self.has(build, plan)), None)


def is_pending(versions: QuerySet[EntryVersion], plan: Plan) -> bool:
    """True when the CMS had not published the entry in these versions, though its time had come. Two queries."""
    version = versions.filter(source=plan.source_id, entry_key=plan.entry_key).first()
    blob = ContentBlob.objects.filter(hash=version.hash).first() if version else None
    return blob is not None and bool(orjson.loads(bytes(blob.data)).get("is_pending"))


def settle(environment: Environment, plans: list[Plan], carriers: Carriers) -> list[Plan]:
    """Write down which plans are live and which builds did not go live; returns those that changed, saved.

    The environment is locked, and the plans are its unsettled ones.
    """
    changed = []
    for plan in plans:
        before = (plan.state, plan.note)
        _settle(environment, plan, carriers)
        if (plan.state, plan.note) != before:
            plan.save()
            changed.append(plan)
    return changed


def _settle(environment: Environment, plan: Plan, carriers: Carriers) -> None:
    live, release = carriers.live, environment.live_release
    if live is not None and release is not None and _is_in(live, plan, carriers):
        plan.state, plan.build, plan.note = PlanState.KEPT, live, ""
        plan.asked_at = plan.asked_at or live.requested_at
        plan.live_at = release.live_at or release.created_at
    elif plan.state == PlanState.ASKED and plan.build is not None and (why := why_not_live(plan.build)):
        plan.state, plan.note = PlanState.MISSED, why


def _is_in(live: Build, plan: Plan, carriers: Carriers) -> bool:
    if live.is_copy:
        return False
    if plan.kind == PlanKind.CONTENT or plan.build is None:
        return carriers.has(live, plan)
    return live.number >= plan.build.number


def why_not_live(build: Build) -> str:
    """Why a build that was asked for does not go live, in plain words; "" while it may."""
    if build.state == State.FAILED:
        return f"Build {build.number} failed."
    if build.state == State.LOST:
        return f"Build {build.number} stopped answering."
    if build.state == State.CANCELED:
        who = build.cancel_requested_by
        return f"{who.name} stopped build {build.number}." if who else f"Build {build.number} was stopped."
    release: Release | None = getattr(build, "release", None)
    if build.state == State.SUCCEEDED and release is not None and release.proof == Proof.MISSING:
        return f"Build {build.number} finished, but the site does not show it."
    return ""


def _is_looked_for(build: Build) -> bool:
    release: Release | None = getattr(build, "release", None)
    return build.state == State.SUCCEEDED and release is not None and release.proof == Proof.PENDING
