"""What people type and press."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.utils.translation import gettext_lazy as _

from deploys.models import User
from deploys.web.time_zone import zone_choices, zone_named


class PressForm(forms.Form):
    """What stands behind a button that starts a build: who pressed twice, and what the page knew.

    `asked`: the person has answered the question what goes live; `shown` is the fingerprint of what they read there.
    """

    key = forms.CharField(max_length=64, required=False)
    seen_number = forms.IntegerField(min_value=0, required=False)
    back = forms.ChoiceField(choices=[("", ""), ("build", "build")], required=False)
    asked = forms.BooleanField(required=False)
    shown = forms.CharField(max_length=64, required=False)


class BringBackForm(PressForm):
    """What stands behind "Bring back build 12": why, and whether it is meant although much goes offline."""

    reason = forms.CharField(required=False)
    anyway = forms.BooleanField(required=False)


class ShareForm(forms.Form):
    """Who got the link of a preview, one a line."""

    names = forms.CharField(required=False, max_length=4000)


class SignInForm(LoginForm):  # type: ignore[misc]
    """Sign in with the user name or the email address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name or email")
        self.fields["login"].widget = forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True, "maxlength": 254}
        )
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs.pop("placeholder", None)

    def add_prefix(self, field_name: str) -> str:
        """Call the first field as password managers and links know it."""
        return "username" if field_name == "login" else super().add_prefix(field_name)

    def clean_login(self) -> str:
        """Turn an email address that belongs to one person into that person's user name."""
        given: str = super().clean_login()
        if "@" not in given:
            return given
        names = list(User.objects.filter(email__iexact=given).values_list("username", flat=True)[:2])
        return names[0] if len(names) == 1 else given


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a person chooses for themselves."""

    time_zone = forms.CharField(
        max_length=64,
        required=False,
        label=_("Show times in"),
        help_text=_("A name such as Europe/Lisbon. Empty: the zone of each site."),
        widget=forms.TextInput(attrs={"list": "zones"}),
    )

    class Meta:
        model = User
        fields = ["time_zone"]

    @property
    def zones(self) -> list[str]:
        """The names to choose from."""
        return zone_choices()

    def clean_time_zone(self) -> str:
        """Refuse names that are no zone."""
        name: str = self.cleaned_data["time_zone"]
        if name and zone_named(name) is None:
            raise forms.ValidationError(_("There is no time zone of this name. Choose one from the list."))
        return name


class PasswordForm(PasswordChangeForm):
    """Change one's own password; one form of several on its page, so it does not take the focus."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].widget.attrs.pop("autofocus", None)
