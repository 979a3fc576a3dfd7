"""What people type to come in: an invitation, a new account, a forgotten password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordMixin
from django.utils.translation import gettext_lazy as _

from deploys.models import Role, User
from deploys.people.role_words import SENTENCES


class InviteForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(
        label=_("Mail address"), widget=forms.EmailInput(attrs={"class": "bh-input", "autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"), initial=Role.EDITOR, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role, f"{role.label}: {text}") for role, text in SENTENCES.items()]  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    """Another role for somebody."""

    role = forms.ChoiceField(choices=Role.choices)


class JoinForm(SetPasswordMixin, forms.Form):  # type: ignore[type-arg]
    """The name and password of a new person."""

    first_name = forms.CharField(
        label=_("First name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    password1, password2 = SetPasswordMixin.create_password_fields(
        label1=_("Password"), label2=_("The same password again")
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        self.email = email
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any] | None:
        """Both passwords the same, and one that is hard to guess for this person."""
        self.validate_passwords()
        cleaned = super().clean()
        given = self.cleaned_data
        person = User(first_name=given.get("first_name", ""), last_name=given.get("last_name", ""), email=self.email)
        self.validate_password_for_user(person, "password1")
        return cleaned


class ForgottenForm(forms.Form):
    """Who has forgotten the password."""

    name = forms.CharField(
        label=_("User name or email"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )
