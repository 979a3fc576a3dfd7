"""What people type for their second factor. Setting it up and turning it off asks for the password, too."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "12"}


def _password_field() -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
    return forms.CharField(label=gettext_lazy("Your password"), strip=False, widget=widget)


def _check(person: Any, password: str) -> str:
    # Counted like a sign-in: whoever finds a browser open cannot try passwords here either.
    if not get_adapter().reauthenticate(person, password):
        raise forms.ValidationError(_("This is not your password."))
    return password


class CodeForm(AuthenticateForm):  # type: ignore[misc]
    """The code that the sign-in asks for; one of the recovery codes does it, too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code")
        self.fields["code"].widget = forms.TextInput(attrs=CODE | {"autofocus": True})


class SetUpForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of the app, as proof that it works. People without a password are not asked for one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("The code that the app shows")
        self.fields["code"].widget = forms.TextInput(attrs=CODE)
        if self.user.has_usable_password():
            self.fields["password"] = _password_field()

    def clean_password(self) -> str:
        """Only the right one."""
        return _check(self.user, self.cleaned_data["password"])


class ProveForm(AuthenticateForm):  # type: ignore[misc]
    """The password before the second factor is turned off or its codes are made anew; a code for those without one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.user.has_usable_password():
            del self.fields["code"]
            self.fields["password"] = _password_field()
        else:
            self.fields["code"].label = _("The code that the app shows")
            self.fields["code"].widget = forms.TextInput(attrs=CODE)

    def clean_password(self) -> str:
        """Only the right one."""
        return _check(self.user, self.cleaned_data["password"])
