"""The content sources of a site, for its admins: how they are, trying one, setting one up, pausing one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from deploys.content import actions
from deploys.content.trial import Trial, try_row
from deploys.models import ContentSource
from deploys.web import source_list
from deploys.web.permissions import Visit, visit_as_admin, who
from deploys.web.source_form import SourceForm
from deploys.web.source_kinds import KINDS, Kind, for_a_look, kind_of
from deploys.web.views.fragments import fragment, is_htmx, sign_in_again


@login_not_required
@never_cache
@require_safe
def page(request: HttpRequest, site: str) -> HttpResponse:
    """List the sources; while one is read, the list asks for news, also when the person is signed in no more."""
    if not request.user.is_authenticated:
        return sign_in_again(request, request.path)
    visit = visit_as_admin(who(request), site)
    lines = source_list.lines_of(visit.site, now())
    context = _context(visit) | {"lines": lines, "is_reading": any(line.is_reading for line in lines)}
    if is_htmx(request):
        return fragment(request, "sources/sources.html#list", context)
    return render(request, "sources/sources.html", context)


def _context(visit: Visit) -> dict[str, Any]:
    return {"site": visit.site, "environment": visit.site.home(), "here": "sources"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, site: str) -> HttpResponse:
    """Choose a kind of source, then answer its questions."""
    visit = visit_as_admin(who(request), site)
    kind = KINDS.get(request.GET.get("kind", ""))
    if kind is None:
        return render(request, "sources/choose.html", _context(visit) | {"kinds": KINDS.values()})
    return _save(request, visit, _blank(visit, kind), kind)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, site: str, source: int) -> HttpResponse:
    """Change a source's settings; secrets stay as they are unless they are entered anew."""
    visit = visit_as_admin(who(request), site)
    row = _row(visit, source)
    return _save(request, visit, row, kind_of(row))


def _blank(visit: Visit, kind: Kind) -> ContentSource:
    name = str(kind.label) if kind.preset else _("Content")
    return ContentSource(site=visit.site, name=name, kind=kind.kind, read_every=timedelta(minutes=1))


def _row(visit: Visit, pk: int) -> ContentSource:
    return get_object_or_404(ContentSource, pk=pk, site=visit.site)


def _form(request: HttpRequest, visit: Visit, row: ContentSource, kind: Kind) -> SourceForm:
    # Whoever may have private hosts read could look around in the network of this server.
    data = request.POST if "name" in request.POST else None
    return SourceForm(data, source=row, kind=kind, may_allow_hosts=visit.user.is_superuser)


def _save(request: HttpRequest, visit: Visit, row: ContentSource, kind: Kind) -> HttpResponse:
    form = _form(request, visit, row, kind)
    if form.is_bound and form.is_valid():
        actions.save_source(source=form.row, actor=visit.user)
        messages.success(request, _("Saved. The source is read now."))
        return redirect("set-up" if visit.site.setup_step else "sources", visit.site.slug)
    return _form_page(request, visit, form)


def _form_page(request: HttpRequest, visit: Visit, form: SourceForm, trial: Trial | None = None) -> HttpResponse:
    row, slug = form.source, visit.site.slug
    hook = request.build_absolute_uri(reverse("content-hook", args=[row.hook_key])) if row.pk else ""
    context = _context(visit) | {
        "form": form,
        "source": row,
        "kind": form.kind,
        "trial": trial,
        "save_url": _address("source", "new-source", slug, form),
        "try_url": _address("try-source", "try-new-source", slug, form),
        "hook_url": hook,
        "may_allow_hosts": visit.user.is_superuser,
    }
    return render(request, "sources/source.html", context)


def _address(saved: str, new_one: str, slug: str, form: SourceForm) -> str:
    if form.source.pk:
        return reverse(saved, args=[slug, form.source.pk])
    return f"{reverse(new_one, args=[slug])}?kind={form.kind.name}"


@require_POST
def try_new(request: HttpRequest, site: str) -> HttpResponse:
    """Look at a source that is not saved yet."""
    visit = visit_as_admin(who(request), site)
    kind = KINDS.get(request.GET.get("kind", ""))
    if kind is None:
        raise Http404(_("There is no such kind of source."))
    return _try(request, visit, _form(request, visit, _blank(visit, kind), kind))


@require_POST
def try_saved(request: HttpRequest, site: str, source: int) -> HttpResponse:
    """Look at a source with the settings that stand in the form, or with those that are stored. Nothing is saved."""
    visit = visit_as_admin(who(request), site)
    row = _row(visit, source)
    form = _form(request, visit, row, kind_of(row))
    if form.is_bound:
        return _try(request, visit, form)
    return _form_page(request, visit, form, try_row(for_a_look(row)))


def _try(request: HttpRequest, visit: Visit, form: SourceForm) -> HttpResponse:
    trial = try_row(for_a_look(form.row)) if form.is_valid() else None
    if is_htmx(request):
        return fragment(request, "sources/source.html#trial", {"trial": trial, "form": form, "focus": True})
    return _form_page(request, visit, form, trial)


@require_POST
def read_now(request: HttpRequest, site: str, source: int) -> HttpResponse:
    """Have the source read as soon as possible."""
    visit = visit_as_admin(who(request), site)
    actions.request_reading(source=_row(visit, source), actor=visit.user)
    messages.success(request, _("The source is read now."))
    return redirect("sources", site)


@require_POST
def accept(request: HttpRequest, site: str, source: int) -> HttpResponse:
    """Believe the next reading even if it is much smaller."""
    visit = visit_as_admin(who(request), site)
    actions.accept_shrinking(source=_row(visit, source), actor=visit.user)
    messages.success(request, _("The source is read again, and the smaller reading counts."))
    return redirect("sources", site)


@require_POST
def pause(request: HttpRequest, site: str, source: int) -> HttpResponse:
    """Stop reading a source."""
    visit = visit_as_admin(who(request), site)
    actions.set_active(source=_row(visit, source), actor=visit.user, is_active=False)
    return redirect("sources", site)


@require_POST
def resume(request: HttpRequest, site: str, source: int) -> HttpResponse:
    """Read a paused source again."""
    visit = visit_as_admin(who(request), site)
    actions.set_active(source=_row(visit, source), actor=visit.user, is_active=True)
    return redirect("sources", site)
