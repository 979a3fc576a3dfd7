"""The guided first set-up of a site in five steps. What was entered is in the rows, so it can be left at any time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from deploys.models import Environment, GitLabProject, Site, User
from deploys.setup import actions, rights
from deploys.setup.actions import FIRST_STEP, LAST_STEP, Change
from deploys.web import source_list, time_zone
from deploys.web.card_model import either
from deploys.web.check_now import of_connection, of_hosting
from deploys.web.permissions import Visit, visit_as_admin, visit_environment, who
from deploys.web.setup_forms import GitLabStepForm, HostingStepForm
from deploys.web.site_forms import NewSiteForm
from deploys.web.source_kinds import KINDS
from deploys.web.views import settings_forms
from deploys.web.views.connections import form_context as connection_context
from deploys.web.views.publish import card_context

NAMES, GITLAB, HOSTING, CONTENT, TEST = range(FIRST_STEP, LAST_STEP + 1)
TITLES = {
    NAMES: gettext_lazy("Name and addresses"),
    GITLAB: gettext_lazy("GitLab"),
    HOSTING: gettext_lazy("Where it is published"),
    CONTENT: gettext_lazy("Content"),
    TEST: gettext_lazy("Test build"),
}
LEADS = {
    NAMES: gettext_lazy("What the site is called, and where visitors and editors find it."),
    GITLAB: gettext_lazy("The project that builds the site, and the tokens that let Buildhub start and follow builds."),
    HOSTING: gettext_lazy("Where the pipeline puts the finished site, so that Buildhub sees what is live."),
    CONTENT: gettext_lazy("Where entries come from, so that Buildhub can say what has changed."),
    TEST: gettext_lazy("Publish once and watch. When the site is live, the set-up is done."),
}


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """A step in the list on top. url: "" while it cannot be opened yet."""

    number: int
    title: str
    state: str
    icon: str
    word: str
    url: str
    is_current: bool


def _rows(here: int, reached: int, slug: str) -> list[StepRow]:
    found = []
    for number, title in TITLES.items():
        is_open = bool(slug) and number <= reached
        state = "run" if number == here else "done" if number < reached else "todo"
        found.append(
            StepRow(
                number=number,
                title=str(title),
                state=state,
                icon={"run": "ring", "done": "tick-circle", "todo": "dashes"}[state].replace("ring", "edit"),
                word={"run": _("you are here"), "done": _("done"), "todo": _("not yet")}[state],
                url=reverse("set-up-step", args=[slug, number]) if is_open and number != here else "",
                is_current=number == here,
            )
        )
    return found


def _steps_context(here: int, *, reached: int = FIRST_STEP, slug: str = "") -> dict[str, Any]:
    return {
        "rows": _rows(here, reached, slug),
        "step": here,
        "last_step": LAST_STEP,
        "title": TITLES[here],
        "lead": LEADS[here],
        "back": reverse("set-up-step", args=[slug, here - 1]) if slug and here > FIRST_STEP else "",
        "docs": f"docs/setup.md, step {here}",
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The first step: the site is there once it was saved, and the set-up goes on at its own address."""
    user = who(request)
    if not rights.may_add_sites(user):
        raise PermissionDenied(_not_allowed())
    time_zone.activate(user)
    form = NewSiteForm(request.POST or None, user=user, time_zone=settings.SITE_TIME_ZONE)
    if form.is_bound and form.is_valid():
        environment = actions.add_site(site=form.site, url=form.cleaned_data["url"], actor=user)
        return redirect("set-up-step", environment.site.slug, GITLAB)
    is_first = not Site.objects.exists()
    return render(request, "setup/names.html", _steps_context(NAMES) | {"form": form, "is_first": is_first})


def _not_allowed() -> str:
    people = User.objects.filter(is_superuser=True, is_active=True).order_by("first_name", "username")[:4]
    names = [person.name for person in people]
    if not names:
        return _("Sites are added by those who run Buildhub.")
    return _("Sites are added by those who run Buildhub. Ask {names}.").format(names=either(names))


@never_cache
@require_safe
def resume(request: HttpRequest, site: str) -> HttpResponse:
    """Go on where the set-up was left."""
    visit = visit_as_admin(who(request), site)
    if not visit.site.setup_step:
        return redirect("settings", site)
    return redirect("set-up-step", site, visit.site.setup_step)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, site: str, step: int) -> HttpResponse:
    """Show a step, or save it and go on."""
    return _STEPS[step](request, *_opened(request, site, step))


@require_POST
def check(request: HttpRequest, site: str, step: int) -> HttpResponse:
    """Check what stands in the form of a step. Nothing is saved."""
    visit, place = _opened(request, site, step)
    if step == GITLAB:
        form = _gitlab_form(request, visit, place)
        context = _gitlab_context(request, visit, form)
        return settings_forms.check(
            request, visit, form, context,
            lambda: of_connection(form.row, [form.built()], base=request.build_absolute_uri("/")),
        )  # fmt: skip
    if step == HOSTING:
        hosting = HostingStepForm(request.POST, row=place, user=visit.user)
        return settings_forms.check(request, visit, hosting, _hosting_context(visit), lambda: of_hosting(hosting.row))
    raise Http404


@require_POST
def finish(request: HttpRequest, site: str) -> HttpResponse:
    """The set-up is over; the site is as any other."""
    visit, place = _opened(request, site, TEST)
    actions.finish_setup(site=visit.site)
    messages.success(request, _("The set-up is finished. Everything can be changed in Settings."))
    return redirect(place)


def _opened(request: HttpRequest, site: str, step: int) -> tuple[Visit, Environment]:
    """The live environment that is set up. A step further than the one that comes next is not there yet."""
    visit = visit_as_admin(who(request), site)
    rows = visit.site.environments.public().select_related("site", "gitlab_project")
    place = rows.first()
    if not visit.site.setup_step or place is None or step > max(visit.site.setup_step, FIRST_STEP):
        raise Http404(_("The set-up of this site is finished, or has not come this far."))
    if step not in TITLES:
        raise Http404
    return visit, place


def _context(visit: Visit, here: int) -> dict[str, Any]:
    return _steps_context(here, reached=visit.site.setup_step, slug=visit.site.slug)


def _on(visit: Visit, here: int) -> HttpResponse:
    actions.go_to_step(site=visit.site, step=here + 1)
    return redirect("set-up-step", visit.site.slug, here + 1)


def _names(request: HttpRequest, visit: Visit, place: Environment) -> HttpResponse:
    form = NewSiteForm(request.POST or None, user=visit.user, site=visit.site, url=place.url)
    if form.is_bound and form.is_valid():
        given, labels = form.cleaned_data, {name: str(field.label) for name, field in form.fields.items()}
        for name in ("name", "time_zone", "cms_url"):
            setattr(visit.site, name, given[name])
        place.url = given["url"]
        url = {"url": labels.pop("url")}
        actions.save(
            row=visit.site,
            change=Change(subject=actions.subject_of(visit.site), labels=labels, shown={}),
            actor=visit.user,
        )
        actions.save(
            row=place, change=Change(subject=actions.subject_of(place), labels=url, shown={}), actor=visit.user
        )
        return _on(visit, NAMES)
    context = settings_forms.page_context(visit) | _context(visit, NAMES) | {"form": form}
    return render(request, "setup/names.html", context)


def _gitlab_form(request: HttpRequest, visit: Visit, place: Environment) -> GitLabStepForm:
    row = place.gitlab_project or GitLabProject()
    if row.pk and not rights.may_change_connection(visit.user, row):
        raise PermissionDenied(_("This connection builds other sites too. Only an admin of all of them may open it."))
    return GitLabStepForm(request.POST or None, row=row, user=visit.user, place=place)


def _gitlab_context(request: HttpRequest, visit: Visit, form: GitLabStepForm) -> dict[str, Any]:
    return connection_context(request, visit, form) | _form_context(visit, GITLAB)


def _form_context(visit: Visit, here: int) -> dict[str, Any]:
    slug = visit.site.slug
    return _context(visit, here) | {
        "template": "setup/form.html",
        "save_url": reverse("set-up-step", args=[slug, here]),
        "check_url": reverse("check-set-up", args=[slug, here]),
    }


def _gitlab(request: HttpRequest, visit: Visit, place: Environment) -> HttpResponse:
    form = _gitlab_form(request, visit, place)
    is_new = form.stored.pk is None
    if form.is_bound and form.is_valid():
        if is_new:
            place.gitlab_project = form.known() or form.row
            actions.connect_project(project=place.gitlab_project, site=visit.site, actor=visit.user)
        elif not settings_forms.saved(request, visit, form, actions.subject_of(form.row)):
            return settings_forms.show(request, visit, form, _gitlab_context(request, visit, form))
        subject = actions.subject_of(place)
        actions.save(row=form.built(), change=form.change_of_place(subject), actor=visit.user)
        return _on(visit, GITLAB)
    return settings_forms.show(request, visit, form, _gitlab_context(request, visit, form))


def _hosting_context(visit: Visit) -> dict[str, Any]:
    return _form_context(visit, HOSTING) | {
        "check_note": _("Checking asks the host, and AWS where there are credentials. It saves nothing.")
    }


def _hosting(request: HttpRequest, visit: Visit, place: Environment) -> HttpResponse:
    form, subject = HostingStepForm(request.POST or None, row=place, user=visit.user), actions.subject_of(place)
    if settings_forms.saved(request, visit, form, subject):
        return _on(visit, HOSTING)
    return settings_forms.show(request, visit, form, _hosting_context(visit))


def _content(request: HttpRequest, visit: Visit, place: Environment) -> HttpResponse:
    if request.method == "POST":
        return _on(visit, CONTENT)
    context = settings_forms.page_context(visit) | _context(visit, CONTENT)
    lines = source_list.lines_of(visit.site, now())
    return render(request, "setup/content.html", context | {"kinds": KINDS.values(), "lines": lines})


def _test(request: HttpRequest, visit: Visit, place: Environment) -> HttpResponse:
    if request.method == "POST":
        return redirect("set-up-step", visit.site.slug, TEST)
    seen, watched = visit_environment(visit.user, visit.site.slug, place.slug)
    context = settings_forms.page_context(visit) | _context(visit, TEST) | card_context(seen, watched)
    return render(request, "setup/test.html", context | {"is_fragment": False})


_STEPS = {NAMES: _names, GITLAB: _gitlab, HOSTING: _hosting, CONTENT: _content, TEST: _test}
