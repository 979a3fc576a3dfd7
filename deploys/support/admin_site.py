"""The admin site: superusers who are staff, signed in by the same page as everybody."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import logout as sign_out
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class SupportSite(AdminSite):
    """Has no sign-in, sign-out or password page of its own: those would know nothing of our rules."""

    site_header = gettext_lazy("Buildhub support")
    site_title = gettext_lazy("Buildhub support")
    index_title = gettext_lazy("Look at everything. What people change has its page in Buildhub.")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Superusers alone: others see what their roles on sites allow, on the pages of Buildhub."""
        user = request.user
        return bool(user.is_active and user.is_staff and user.is_superuser)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Strangers were sent to our sign-in page before. Raises PermissionDenied for others who may not come in."""
        if not self.has_permission(request):
            raise PermissionDenied(_("This page is for superusers."))
        return redirect("admin:index")

    def logout(  # type: ignore[override] # a redirect is no TemplateResponse
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign out, by POST only, and back to our sign-in page."""
        if request.method == "POST":
            sign_out(request)
            return redirect("sign-in")
        return redirect("account")

    def password_change(  # type: ignore[override] # a redirect is no TemplateResponse
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One's own password is changed on the account page."""
        return redirect("account")

    def password_change_done(  # type: ignore[override] # a redirect is no TemplateResponse
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The same."""
        return redirect("account")


support = SupportSite(name="admin")
