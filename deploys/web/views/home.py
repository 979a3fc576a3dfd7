"""The first page: leads to the first place that the person may see."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from deploys.models import Environment, User
from deploys.web.permissions import who


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Go to the Publish page of the first environment; without any, say whom to ask."""
    seen = Environment.objects.seen_by(who(request)).public().select_related("site")
    first = seen.order_by("site__name", "position", "pk").first()
    if first:
        return redirect(first)
    admins = User.objects.filter(is_superuser=True, is_active=True).order_by("first_name", "username")[:4]
    return render(request, "home/nothing.html", {"admins": [person.name for person in admins]})
