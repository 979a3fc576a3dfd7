"""What a second person reads before they approve a build: what would go live, change by change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.builds import approvals
from deploys.content import comparison
from deploys.content.changes import fingerprint
from deploys.content.comparison import Comparison
from deploys.models import Build, BuildRequest
from deploys.web import approval_cards, change_list, clock, paused_cards, waiting_panel
from deploys.web.base_words import compared_with_live
from deploys.web.card_model import say
from deploys.web.change_filters import Filters
from deploys.web.permissions import Visit


class ApproveForm(forms.Form):
    """The fingerprint of what the person has read."""

    shown = forms.CharField(max_length=64, required=False)


class DeclineForm(forms.Form):
    """Why a second person does not let it go live."""

    reason = forms.CharField(
        max_length=300,
        label=gettext_lazy("Why not?"),
        help_text=gettext_lazy("Whoever asked reads this, and so does everybody in the history."),
        error_messages={"required": gettext_lazy("Say why, so that it can be put right.")},
        widget=forms.TextInput(attrs={"class": "bh-input", "autocomplete": "off"}),
    )


def context_of(
    visit: Visit, build: Build, filters: Filters, moment: datetime, *, decline: DeclineForm | None = None
) -> dict[str, Any]:
    """Everything that the template needs. The build's relations come from `visit_build`."""
    environment = build.environment
    found = None if build.is_copy else waiting(build, moment, technical=filters.technical)
    can_approve = approvals.may_approve(build, visit.user)
    is_possible = found is not None and found.is_possible
    count = len(_shown(found)) if found and is_possible else None
    freeze = environment.freeze
    return {
        "site": visit.site,
        "environment": environment,
        "here": "publish",
        "build": build,
        "headline": approval_cards.headline(build, build.requested_by, count),
        "asked": [_asked(request, moment) for request in build.requests.select_related("user").order_by("pk")],
        "can_approve": can_approve,
        "who_can": "" if can_approve else approval_cards.who_can(build),
        "paused": paused_cards.note(freeze, moment) if freeze and freeze.is_in_force(moment) else "",
        "found": found,
        "list": change_list.listing(found, filters, environment) if found and is_possible else None,
        "base_words": compared_with_live(environment, found, moment) if found and is_possible else "",
        "unknown": "" if build.is_copy else _unknown(build, found),
        "shown": shown_of(found),
        "decline": decline or DeclineForm(),
    }


def waiting(build: Build, moment: datetime, *, technical: bool = False) -> Comparison | None:
    """What would go live with this build if it began now; None before the first publish, and for a copy."""
    environment = build.environment
    if build.is_copy or environment.live_release_id is None:
        return None
    return comparison.waiting(environment, moment, technical=technical)


def shown_of(found: Comparison | None) -> str:
    """The fingerprint of what the page lists; technical changes, which visitors do not see, leave it as it is."""
    return fingerprint(_shown(found)) if found and found.is_possible else ""


def _shown(found: Comparison | None) -> list[Any]:
    return [change for change in found.changes if not change.is_technical] if found else []


def _unknown(build: Build, found: Comparison | None) -> str:
    """Why there is no list, as safe HTML; empty when there is one."""
    if found is None:
        return say(_("Nothing has been published yet, so everything goes live."))
    return "" if found.is_possible else waiting_panel.no_base_words()


def _asked(request: BuildRequest, moment: datetime) -> str:
    time = clock.when(request.requested_at, moment)
    name = request.user.name if request.user else request.build.get_cause_display()
    return say(_("{name} asked for it {time}."), name=name, time=time)
