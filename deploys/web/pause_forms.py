"""What people type to pause publishing, and to publish all the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

_LONGEST = timedelta(days=366)


class PauseForm(forms.Form):
    """Why, and until when. The moment is typed in the zone that the page names."""

    reason = forms.CharField(
        max_length=300,
        label=_("Why?"),
        help_text=_("Everybody who wants to publish reads this."),
        error_messages={"required": _("Say why, so that nobody has to ask.")},
    )
    ends_at = forms.DateTimeField(
        label=_("Until when?"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={
            "required": _("Say until when. You can end the pause sooner."),
            "invalid": _("This is no day and time. Write it as 2026-12-31 09:00."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "bh-input"
        if not self.is_bound:
            self.initial.setdefault("ends_at", _tomorrow_morning())

    def clean_ends_at(self) -> datetime:
        """Refuse what is over, and what somebody surely did not mean."""
        moment: datetime = self.cleaned_data["ends_at"]
        if moment <= timezone.now():
            raise forms.ValidationError(_("This moment is over. Choose a later one."))
        if moment > timezone.now() + _LONGEST:
            raise forms.ValidationError(_("This is more than a year away. Choose an earlier moment."))
        return moment


class ThroughForm(forms.Form):
    """Why somebody publishes although publishing is paused."""

    reason = forms.CharField(
        max_length=300,
        label=_("Why must it go out now?"),
        help_text=_("Shown in the history."),
        error_messages={"required": _("Say why it cannot wait.")},
    )
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].widget.attrs["class"] = "bh-input"


def _tomorrow_morning() -> datetime:
    day = timezone.localtime() + timedelta(days=1)
    return day.replace(hour=9, minute=0, second=0, microsecond=0)
