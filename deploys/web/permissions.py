"""Who stands before which page: finds the rows of an address and the person's role, or answers 404."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Model, OuterRef, Subquery
from django.http import Http404, HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext as _

from deploys.builds import rights
from deploys.models import Build, Environment, EnvironmentKind, Heartbeat, Part, Plan, Role, Signs, Site, User
from deploys.web import time_zone
from deploys.web.card_model import either


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A person with a role on a site."""

    user: User
    site: Site
    role: Role


def who(request: HttpRequest) -> User:
    """The person who is signed in. Raises PermissionDenied for a page that lets others in by mistake."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def visit_site(user: User, slug: str) -> Visit:
    """Let a member in and switch to the right time zone. Raises Http404 for everybody else."""
    rows = Site.objects.annotate(has_place=_has_previews("pk"), has_others=_sees_several(user))
    site = rows.filter(slug=slug).first()
    return _visit(user, site, row=site)


def visit_as_admin(user: User, slug: str) -> Visit:
    """Let an admin of the site in. Raises PermissionDenied with the names to ask for other members, else Http404."""
    visit = visit_site(user, slug)
    if not visit.role.includes(Role.ADMIN):
        names = [person.name for person in rights.people_with(visit.site, [Role.ADMIN])]
        if not names:
            raise PermissionDenied(_("This page is for admins of the site."))
        raise PermissionDenied(_("This page is for admins of the site. Ask {names}.").format(names=either(names)))
    return visit


def visit_environment(user: User, site_slug: str, slug: str) -> tuple[Visit, Environment]:
    """The same for the page of one environment. Raises Http404."""
    rows = Environment.objects.public().select_related("site", "gitlab_project", "host", "freeze__begun_by")
    plans = Plan.objects.filter(environment=OuterRef("pk"))
    rows = rows.annotate(
        has_place=_has_previews("site"),
        has_others=_sees_several(user),
        next_plan_id=Subquery(plans.planned().of_people().order_by("due_at").values("pk")[:1]),
        late_plan_id=Subquery(plans.alarming(now()).order_by("-due_at").values("pk")[:1]),
        **{f"{part}_seen_at": _seen_at(part) for part in Part},
    )
    environment = rows.filter(site__slug=site_slug, slug=slug).first()
    if environment is not None:
        environment.signs = Signs(**{part: getattr(environment, f"{part}_seen_at") for part in Part})
    visit = _visit(user, environment.site if environment else None, row=environment)
    if environment is None:
        raise Http404(_("This site does not exist (any more)."))
    return visit, environment


def visit_build(user: User, site_slug: str, number: int) -> tuple[Visit, Build]:
    """The same for the page of one build. Raises Http404."""
    rows = Build.objects.select_related(
        "site",
        "environment__site",
        "environment__gitlab_project",
        "release",
        "preview",
        "requested_by",
        "cancel_requested_by",
        "approved_by",
        "retry_of",
        "base",
        "brings_back__release",
        "promotes__environment",
        "environment__live_release",
    ).filter(site__slug=site_slug, number=number)
    build = rows.annotate(has_place=_has_previews("site"), has_others=_sees_several(user)).first()
    visit = visit_site(user, site_slug) if build is None else _visit(user, build.site, row=build)
    if build is None:
        raise Http404(_("This build does not exist (any more)."))
    return visit, build


def _seen_at(part: Part) -> Subquery:
    """When the part was last seen, read along with the row."""
    return Subquery(Heartbeat.objects.filter(pk=part).values("seen_at")[:1])


def _has_previews(site: str) -> Exists:
    """Whether the site in this column has a place for previews, read along with the row."""
    places = Environment.objects.filter(site=OuterRef(site), kind=EnvironmentKind.PREVIEW)
    return Exists(places.exclude(target="").exclude(preview_url=""))


def _sees_several(user: User) -> Exists:
    """Whether the person may see more than one site, so that there is a page of all of them to go back to."""
    places = Environment.objects.seen_by(user).public().filter(site=OuterRef("pk"))
    return Exists(Site.objects.filter(Exists(places)).order_by("pk")[1:2])


def _visit(user: User, site: Site | None, *, row: Model | None) -> Visit:
    """Let a member of the site in; the row that led here knows what the bar of the page says."""
    role = rights.role_of(user, site) if site else None
    if site is None or role is None:
        raise Http404(_("This site does not exist (any more), or you may not open it."))
    time_zone.activate(user, site)
    site.is_administered = role.includes(Role.ADMIN)
    site.has_previews = getattr(row, "has_place", None)
    site.is_one_of_many = bool(getattr(row, "has_others", False))
    return Visit(user=user, site=site, role=role)
