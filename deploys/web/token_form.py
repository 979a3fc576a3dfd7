"""What people type to make a token of the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from deploys.models import TokenScope

SCOPES = [
    (TokenScope.READ, _("Read: how things stand, changes, builds and events")),
    (TokenScope.PUBLISH, _("Publish too: ask for builds, stop them, bring versions back, schedule")),
    (TokenScope.ADMIN, _("Everything: pause publishing too")),
]
LASTS = [("30", _("30 days")), ("90", _("90 days")), ("365", _("A year")), ("", _("Until it is revoked"))]


class TokenForm(forms.Form):
    """What it is called, what it is good for, and how long."""

    name = forms.CharField(
        max_length=60,
        label=_("Name"),
        help_text=_("What will use it, such as “Nightly release”."),
        error_messages={"required": _("Give it a name, so that you know later what it is for.")},
    )
    scope = forms.ChoiceField(choices=SCOPES, label=_("What it may do"), initial=TokenScope.READ)
    lasts = forms.ChoiceField(choices=LASTS, label=_("How long it is good"), initial="90", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "bh-input"

    @property
    def chosen_scope(self) -> TokenScope:
        """What was chosen."""
        return TokenScope(self.cleaned_data["scope"])

    def expires_at(self, moment: datetime) -> datetime | None:
        """When a token made at this moment ends; None for never."""
        days = self.cleaned_data["lasts"]
        return moment + timedelta(days=int(days)) if days else None
