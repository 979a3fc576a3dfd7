"""What a caller may see: the rows of an address, or 404; their role counts as on the pages."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from deploys.api.v1.auth import caller_of
from deploys.models import Build, Environment, Site
from deploys.web import permissions
from deploys.web.permissions import Visit


def sites(request: HttpRequest) -> list[Site]:
    """The sites that the caller may open, by name."""
    caller = caller_of(request)
    rows = Site.objects.filter(pk=caller.token.site_id) if caller.token.site_id else Site.objects.seen_by(caller.user)
    return list(rows.prefetch_related("environments").order_by("name"))


def site(request: HttpRequest, slug: str) -> Visit:
    """The caller before a site. Raises Http404 for strangers. A token of a site opens no other one."""
    return permissions.visit_site(caller_of(request).user, slug)


def environment(request: HttpRequest, site: str, slug: str) -> tuple[Visit, Environment]:
    """The caller before an environment. Raises Http404."""
    return permissions.visit_environment(caller_of(request).user, site, slug)


def build(request: HttpRequest, site: str, number: int) -> tuple[Visit, Build]:
    """The caller before a build. Raises Http404."""
    return permissions.visit_build(caller_of(request).user, site, number)


def address(name: str, **parts: object) -> str:
    """The address of an operation by its name, without the host."""
    return reverse(f"api-v1:{name}", kwargs=parts)
