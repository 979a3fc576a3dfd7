"""What is due asks for its build: read again first, only if something changed, everything at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from deploys.builds import actions
from deploys.builds.actions import Held, NotAllowed, NotConfigured
from deploys.content import actions as content
from deploys.content.outlook import Outlook, Summary
from deploys.models import Build, Cause, EntryVersion, Environment, Kind, Plan, PlanKind, PlanState, User
from deploys.outbox import NO_RIGHT, tell
from deploys.schedules.settle import Carriers, is_pending

PATIENCE = timedelta(minutes=10)  # so long a source that cannot be read is waited for; then what is known counts

HELD = "An earlier version is live, so nothing is published by itself."
NOT_SET_UP = "Publishing is not set up here."
READING = "The content is read first."
NOT_READ = "The content cannot be read at the moment."
PENDING = "The CMS has not published it yet."
ANOTHER_FIRST = "Another publish is under way."
NOTHING_CHANGED = "Nothing had changed."
TAKEN_BACK = "The CMS no longer plans it for this time."
OVER_AGAIN = "It had expired again by then."


@dataclass(kw_only=True)
class _Look:
    """One look at an environment: what is read once for all of its plans, and only if one of them asks for it."""

    environment: Environment
    carriers: Carriers
    moment: datetime

    @cached_property
    def outlook(self) -> Outlook:
        """The sources, and what the live build carries. Two queries."""
        live = self.carriers.live
        return Outlook.look(self.environment.site, self.moment, [live] if live else [])

    @property
    def waiting(self) -> Summary | None:
        """What would go live now; None when that is not known."""
        return self.outlook.since(self.carriers.live) if self.carriers.live else None

    def may_go_on(self, plan: Plan) -> str:
        """Have the content read again, for the time at which the plan fell due; says why it waits, "" when it need not.

        A source that cannot be read is waited for a while; then the last complete reading counts, as for a press.
        """
        if self.moment - plan.due_at > PATIENCE:
            return ""
        needed = [one for one in self.outlook.sources if plan.kind != PlanKind.CONTENT or one.pk == plan.source_id]
        for source in needed:
            if source.tried_from is None or source.tried_from < plan.due_at:
                if source.wanted_at is None or source.wanted_at < plan.due_at:
                    content.request_reading(source=source, actor=None)
                    source.wanted_at = self.moment
                return READING
            if source.trouble:
                return NOT_READ
        return ""


def ask(environment: Environment, plans: list[Plan], carriers: Carriers, moment: datetime) -> list[Plan]:
    """Carry out what is due as far as it can be; returns the plans that changed, saved. The environment is locked."""
    look = _Look(environment=environment, carriers=carriers, moment=moment)
    before = {plan.pk: (plan.state, plan.note) for plan in plans}
    ready = [plan for plan in plans if _is_ready(plan, look)]
    while ready:
        lead = next((plan for plan in ready if plan.kind == PlanKind.SCHEDULE), ready[0])
        try:
            build = _request(environment, lead)
        except NotAllowed:
            owner = lead.schedule.owner.name if lead.schedule else ""
            lead.state, lead.note = PlanState.MISSED, f"{owner} may no longer publish here."
            lead.alarmed_at = moment
            facts = {"planned_at": lead.due_at.isoformat(), "why": NO_RIGHT}
            tell(Kind.PLAN_MISSED, key=f"plan-{lead.pk}-missed", environment=environment, facts=facts)
            ready.remove(lead)
            continue
        except (Held, NotConfigured) as why:
            for plan in ready:
                plan.note = HELD if isinstance(why, Held) else NOT_SET_UP
            break
        for plan in ready:
            _attach(plan, build, moment)
        break
    changed = [plan for plan in plans if (plan.state, plan.note) != before[plan.pk]]
    for plan in changed:
        plan.save()
    return changed


def _request(environment: Environment, lead: Plan) -> Build:
    actor: User | None = lead.schedule.owner if lead.schedule else None
    cause = Cause.CMS if lead.kind == PlanKind.AUTOMATIC else Cause.SCHEDULE
    return actions.request(environment=environment, actor=actor, cause=cause)


def _attach(plan: Plan, build: Build, moment: datetime) -> None:
    plan.state, plan.build, plan.asked_at, plan.note = PlanState.ASKED, build, moment, ""


def _is_ready(plan: Plan, look: _Look) -> bool:
    """True when a build is to be asked for; else the plan says why not, has ended, or belongs to a build on its way."""
    if plan.kind == PlanKind.CONTENT:
        return _entry_is_ready(plan, look)
    if plan.kind == PlanKind.AUTOMATIC:
        return not look.carriers.is_moving
    return _schedule_is_ready(plan, look)


def _belongs_to_another(plan: Plan, look: _Look) -> bool:
    if (build := look.carriers.carrier(plan)) is not None:
        _attach(plan, build, look.moment)
        return True
    if look.carriers.is_collecting:
        plan.note = ANOTHER_FIRST  # whether it carries this is known in a moment
        return True
    return False


def _entry_is_ready(plan: Plan, look: _Look) -> bool:
    if _belongs_to_another(plan, look):
        return False
    if why := look.may_go_on(plan):
        plan.note = why
        return False
    current = EntryVersion.objects.filter(source=plan.source_id, entry_key=plan.entry_key, last_seq=None)
    version = current.first()
    date = (version.expire_at if plan.leaves else version.publish_at) if version else None
    if version is None or not version.is_published or date != plan.due_at:
        plan.state, plan.note = PlanState.CANCELED, TAKEN_BACK
        return False
    if not plan.leaves and not version.is_visible(look.moment):
        plan.state, plan.note = PlanState.IDLE, OVER_AGAIN
        return False
    if not plan.leaves and is_pending(current, plan):
        plan.note = PENDING
        return False
    return True


def _schedule_is_ready(plan: Plan, look: _Look) -> bool:
    schedule = plan.schedule
    if schedule is None or not schedule.only_if_changes:
        return True
    if _belongs_to_another(plan, look):
        return False
    if why := look.may_go_on(plan):
        plan.note = why
        return False
    if look.carriers.is_moving:
        plan.note = ANOTHER_FIRST  # what it leaves over is known when it is live
        return False
    waiting = look.waiting
    if waiting is not None and not waiting.total:
        plan.state, plan.note = PlanState.IDLE, NOTHING_CHANGED
        return False
    return True
