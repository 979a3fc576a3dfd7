"""What people type to publish later: one time, or weekdays; and how a place publishes by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from deploys.models import Environment, Schedule, User
from deploys.web.plan_words import WEEKDAYS
from deploys.web.time_zone import zone_choices, zone_named

MORNING = time(7)
A_DAY_OF_MINUTES = 24 * 60


class ScheduleForm(forms.Form):
    """One time or a weekly rule, by the clock of a zone; `schedule` is the row that is changed, or a blank one."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On"), choices=list(enumerate(WEEKDAYS)), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    at = forms.TimeField(label=_("Time"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))
    zone = forms.CharField(
        label=_("By the clock in"),
        max_length=64,
        help_text=_("A name such as Europe/Lisbon. It stays this time when the clocks change."),
        widget=forms.TextInput(attrs={"list": "zones"}),
    )
    only_if_changes = forms.BooleanField(
        label=_("Only if there are changes"),
        required=False,
        help_text=_("Nothing is published when nothing waits to go live at that time."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, schedule: Schedule) -> None:
        self.schedule = schedule
        initial = {
            "day": schedule.day,
            "weekdays": schedule.chosen_days,
            "at": schedule.at,
            "zone": schedule.zone,
            "only_if_changes": schedule.only_if_changes,
        }
        super().__init__(data, initial=initial)
        del self.fields["day" if schedule.is_weekly else "weekdays"]

    @property
    def zones(self) -> list[str]:
        """The names to choose from."""
        return zone_choices()

    def clean_zone(self) -> str:
        """Refuse names that are no zone."""
        name: str = self.cleaned_data["zone"].strip()
        if zone_named(name) is None:
            raise forms.ValidationError(_("There is no time zone of this name. Choose one from the list."))
        return name

    def filled(self) -> Schedule:
        """The row as it was typed, not saved."""
        typed = self.cleaned_data
        self.schedule.day = typed.get("day")
        self.schedule.weekdays = sum(1 << day for day in typed.get("weekdays", ()))
        self.schedule.at = typed["at"].replace(second=0, microsecond=0)
        self.schedule.zone = typed["zone"]
        self.schedule.only_if_changes = typed["only_if_changes"]
        return self.schedule


def blank(environment: Environment, owner: User, now: datetime, *, weekly: bool) -> Schedule:
    """What the form begins with: tomorrow at 07:00, or every weekday, by the site's clock."""
    site_zone = environment.site.time_zone
    zone = zone_named(site_zone) or ZoneInfo("UTC")
    tomorrow = (now.astimezone(zone) + timedelta(days=1)).date()
    return Schedule(
        environment=environment,
        owner=owner,
        day=None if weekly else tomorrow,
        weekdays=0b0011111 if weekly else 0,
        at=MORNING,
        zone=zone.key,
    )


class AutomaticForm(forms.Form):
    """Whether and when a place publishes by itself."""

    dated = forms.BooleanField(label=_("Entries that the CMS dates go live and leave by themselves"), required=False)
    is_on = forms.BooleanField(label=_("Publish by itself after edits"), required=False)
    quiet_minutes = forms.IntegerField(
        label=_("Minutes without an edit"),
        min_value=1,
        max_value=A_DAY_OF_MINUTES,
        help_text=_("It publishes so long after the last edit, so that a morning's work goes live in one piece."),
    )
    at_most_every = forms.IntegerField(
        label=_("Minutes between two publishes, at least"), min_value=0, max_value=A_DAY_OF_MINUTES, initial=0
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, environment: Environment) -> None:
        initial = {
            "dated": environment.publishes_dated,
            "is_on": environment.quiet_minutes is not None,
            "quiet_minutes": environment.quiet_minutes or 10,
            "at_most_every": environment.at_most_every,
        }
        super().__init__(data, initial=initial)

    @property
    def minutes(self) -> int | None:
        """The quiet period; None when it does not publish by itself."""
        return self.cleaned_data["quiet_minutes"] if self.cleaned_data["is_on"] else None
