"""Who may set what up. Pages and everything else that writes settings ask here."""

from __future__ import annotations

from django.conf import settings

from deploys.builds.rights import role_of
from deploys.models import Environment, GitLabProject, Membership, Role, Site, User


def may_add_sites(user: User) -> bool:
    """Those who run Buildhub; with BUILDHUB_ADMINS_ADD_SITES also whoever is an admin of a site already."""
    if not user.is_active:
        return False
    if user.is_superuser:
        return True
    return bool(settings.ADMINS_ADD_SITES) and Membership.objects.filter(user=user, role=Role.ADMIN).exists()


def may_change(user: User, site: Site) -> bool:
    """Admins of the site."""
    role = role_of(user, site)
    return role is not None and role.includes(Role.ADMIN)


def sites_of(project: GitLabProject) -> list[Site]:
    """The sites that build in this GitLab project, by name."""
    return list(Site.objects.filter(environments__gitlab_project=project).distinct())


def may_change_connection(user: User, project: GitLabProject) -> bool:
    """Admins of every site that builds there: its tokens start builds of all of them."""
    return all(may_change(user, site) for site in sites_of(project))


def may_use_place(user: User, environment: Environment) -> bool:
    """False when a site of which the person is no admin publishes to the same place, into it or around it.

    The worker writes and deletes there with rights of its own, so nobody may point it at somebody else's site.
    """
    if user.is_superuser or not environment.target:
        return True
    mine = _path(environment.target)
    others = Environment.objects.exclude(target="").exclude(site=environment.site).select_related("site")
    for other in others.filter(endpoint=environment.endpoint):
        theirs = _path(other.target)
        if (mine.startswith(theirs) or theirs.startswith(mine)) and not may_change(user, other.site):
            return False
    return True


def _path(target: str) -> str:
    """With a slash at the end, so that `site` is not the beginning of `site-2`."""
    return f"{target.rstrip('/')}/"
