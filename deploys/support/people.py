"""People: how they are called and whether they may sign in can be changed here, what they may do cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _

from deploys import audit
from deploys.models import ApiToken, User
from deploys.support.admin_site import support
from deploys.support.looking import Looking

if TYPE_CHECKING:
    UserForm = ModelForm[User]
else:
    UserForm = ModelForm

EDITABLE = ("first_name", "last_name", "email", "time_zone", "is_active")


class PersonForm(UserForm):
    """The few things that support corrects."""

    class Meta:
        model = User
        fields = EDITABLE

    def clean_is_active(self) -> bool:
        """Nobody locks themselves out, nor the last superuser."""
        is_active: bool = self.cleaned_data["is_active"]
        others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=self.instance.pk)
        if not is_active and self.instance.is_superuser and not others.exists():
            raise ValidationError(_("This is the only superuser who can sign in."))
        return is_active


@admin.register(User, site=support)
class People(Looking):
    """Who signs in. Rights come from roles on sites; passwords are reset by those whose they are."""

    form = PersonForm
    list_display = ("username", "first_name", "last_name", "email", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "memberships__site", "memberships__role")
    search_fields = ("username", "first_name", "last_name", "email")
    readonly_fields = ("username", "is_staff", "is_superuser", "date_joined", "last_login")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Without the rows that a site's API token acts as: those are no people."""
        rows: QuerySet[User] = super().get_queryset(request)
        return rows.exclude(pk__in=ApiToken.objects.filter(site__isnull=False).values("user"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The one kind of row that is changed here."""
        return self.admin_site.has_permission(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """No password in any form, and no rights to be given."""
        return ["username", *EDITABLE, *self.readonly_fields[1:]]

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:
        """Save what differs, with an entry in the audit log."""
        before = audit.values_of(User.objects.select_for_update().get(pk=obj.pk), EDITABLE)
        obj.save(update_fields=list(EDITABLE))
        actor = request.user if isinstance(request.user, User) else None
        audit.record_change(actor=actor, row=obj, before=before, subject=f"Person {obj.username}")
