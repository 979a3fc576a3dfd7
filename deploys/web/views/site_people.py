"""The people of a site, for its admins: who may do what, changing that, inviting others."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from deploys.models import Invitation, Membership, Role, User
from deploys.notifications.channels.errors import NotDelivered
from deploys.people import invitations, letters, roles
from deploys.web import people_list
from deploys.web.people_forms import InviteForm, RoleForm
from deploys.web.permissions import Visit, visit_as_admin, who
from deploys.web.removal import TEMPLATE, Removal
from deploys.web.views.fragments import put_question


@never_cache
@require_safe
def page(request: HttpRequest, site: str) -> HttpResponse:
    """Everybody with a role, the invitations that wait for an answer, and the form for another."""
    return _page(request, visit_as_admin(who(request), site), InviteForm())


@require_POST
def invite(request: HttpRequest, site: str) -> HttpResponse:
    """Invite an address."""
    visit = visit_as_admin(who(request), site)
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, visit, form)
    email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
    try:
        invitation, token = invitations.invite(site=visit.site, email=email, role=role, actor=visit.user, moment=now())
    except invitations.AlreadyMember as known:
        form.add_error(
            "email", _("{name} is here already: change their role in the list.").format(name=known.person.name)
        )
        return _page(request, visit, form)
    except invitations.AlreadyInvited:
        form.add_error("email", _("This address is invited already: send the invitation again from the list."))
        return _page(request, visit, form)
    return _deliver(request, visit, invitation, token)


@require_POST
def send_again(request: HttpRequest, site: str, invitation: int) -> HttpResponse:
    """Send an invitation once more, with a new link."""
    visit = visit_as_admin(who(request), site)
    row = _invitation(visit, invitation)
    try:
        token = invitations.send_again(invitation=row, actor=visit.user, moment=now())
    except invitations.NotOpen:
        messages.warning(request, _("This invitation was answered or withdrawn meanwhile."))
        return redirect("site-people", site)
    return _deliver(request, visit, row, token)


@require_POST
def withdraw(request: HttpRequest, site: str, invitation: int) -> HttpResponse:
    """End an invitation."""
    visit = visit_as_admin(who(request), site)
    row = _invitation(visit, invitation)
    try:
        invitations.withdraw(invitation=row, actor=visit.user, moment=now())
        messages.success(request, _("Withdrawn: the link does not work any more."))
    except invitations.NotOpen:
        messages.warning(request, _("This invitation was answered or withdrawn meanwhile."))
    return redirect("site-people", site)


@require_POST
def change_role(request: HttpRequest, site: str, person: int) -> HttpResponse:
    """Give somebody another role; whoever gives up their own admin right is asked first."""
    visit = visit_as_admin(who(request), site)
    member = _member(visit, person)
    form = RoleForm({"role": request.POST.get("role") or request.GET.get("role")})
    if not form.is_valid():
        raise Http404(_("There is no such role."))
    role = Role(form.cleaned_data["role"])
    if member == visit.user and role != Role.ADMIN and "sure" not in request.GET:
        return render(request, TEMPLATE, _context(visit) | {"removal": _giving_up(visit, role)})
    try:
        if roles.give(site=visit.site, person=member, role=role, actor=visit.user):
            messages.success(request, _("{name} is {role} now.").format(name=member.name, role=role.label))
    except roles.LastAdmin:
        messages.warning(
            request, _("{name} is the only admin. Make somebody else admin first.").format(name=member.name)
        )
    return _after(visit, member, stays=role == Role.ADMIN)


@require_safe
def ask_take_away(request: HttpRequest, site: str, person: int) -> HttpResponse:
    """Ask whether somebody shall lose their role: a page, or the inside of the dialog for our script."""
    visit = visit_as_admin(who(request), site)
    member = _member(visit, person)
    is_me = member == visit.user
    text = _("They cannot open {site} any more. What they published and its history stay.")
    own = _("You cannot open {site} any more, and only another admin can let you in again.")
    removal = Removal(
        title=_("Leave {site}?").format(site=visit.site.name)
        if is_me
        else _("Take away the role of {name}?").format(name=member.name),
        sentences=[(own if is_me else text).format(site=visit.site.name)],
        leave=_("Stay") if is_me else _("Keep the role"),
        leave_url=reverse("site-people", args=[site]),
        url=reverse("do-take-away", args=[site, member.pk]),
        id="do-take-away",
        label=_("Leave the site") if is_me else _("Take away the role"),
        busy=_("Taking away"),
    )
    return put_question(request, _context(visit) | {"removal": removal}, template=TEMPLATE)


@require_POST
def take_away(request: HttpRequest, site: str, person: int) -> HttpResponse:
    """Take somebody's role away."""
    visit = visit_as_admin(who(request), site)
    member = _member(visit, person)
    try:
        roles.take_away(site=visit.site, person=member, actor=visit.user)
    except roles.LastAdmin:
        messages.warning(
            request, _("{name} is the only admin. Make somebody else admin first.").format(name=member.name)
        )
        return redirect("site-people", site)
    text = _("{name} has no role on {site} any more.")
    messages.success(request, text.format(name=member.name, site=visit.site.name))
    return _after(visit, member, stays=False)


def _deliver(request: HttpRequest, visit: Visit, invitation: Invitation, token: str) -> HttpResponse:
    """Mail the link; where that cannot be done, show it, for the admin to hand over."""
    trouble = ""
    if letters.can_be_sent():
        try:
            letters.send_invitation(invitation, token)
        except NotDelivered as error:
            trouble = str(error)
        else:
            Invitation.objects.filter(pk=invitation.pk).update(mailed_at=now())
            messages.success(request, _("The invitation is on its way to {email}.").format(email=invitation.email))
            return redirect("site-people", visit.site.slug)
    link = request.build_absolute_uri(reverse("invitation", args=[token]))
    context = _context(visit) | {"invitation": invitation, "link": link, "trouble": trouble}
    return render(request, "people/link.html", context)


def _giving_up(visit: Visit, role: Role) -> Removal:
    query = urlencode({"role": role.value, "sure": "1"})
    return Removal(
        title=_("Give up your admin right?"),
        sentences=[
            _("You would be {role}: you could not change this back yourself, only another admin can.").format(
                role=role.label
            )
        ],
        leave=_("Stay admin"),
        leave_url=reverse("site-people", args=[visit.site.slug]),
        url=f"{reverse('change-role', args=[visit.site.slug, visit.user.pk])}?{query}",
        id="do-give-up",
        label=_("Give it up"),
        busy=_("Giving up"),
    )


def _after(visit: Visit, member: User, *, stays: bool) -> HttpResponse:
    """Back to the page, or home for whoever may not open it any more."""
    is_out = member == visit.user and not stays and not visit.user.is_superuser
    has_role = Membership.role_of(user_id=member.pk, site_id=visit.site.pk)
    return redirect("home") if is_out and has_role != Role.ADMIN else redirect("site-people", visit.site.slug)


def _member(visit: Visit, pk: int) -> User:
    return get_object_or_404(User, pk=pk, memberships__site=visit.site)


def _invitation(visit: Visit, pk: int) -> Invitation:
    return get_object_or_404(Invitation.objects.select_related("site", "invited_by"), pk=pk, site=visit.site)


def _page(request: HttpRequest, visit: Visit, form: InviteForm) -> HttpResponse:
    context = _context(visit) | {
        "people": people_list.people_of(visit.site, visit.user),
        "invited": people_list.invited_to(visit.site, now()),
        "roles": people_list.roles(),
        "form": form,
        "can_mail": letters.can_be_sent(),
    }
    return render(request, "people/people.html", context)


def _context(visit: Visit) -> dict[str, Any]:
    return {"site": visit.site, "environment": visit.site.home(), "here": "people"}
