"""Who may do what with builds. Every face (pages, API, commands) asks here."""

from __future__ import annotations

from deploys.models import ApiToken, Build, Environment, Membership, Role, Site, User


def role_of(user: User, site: Site) -> Role | None:
    """The person's role on the site; superusers are admins everywhere. Who acts for a token of a site is no member."""
    if user.is_superuser:
        return Role.ADMIN
    role = Membership.role_of(user_id=user.pk, site_id=site.pk)
    return role if role or user.is_active else ApiToken.role_of(user_id=user.pk, site_id=site.pk)


def roles_of(user: User) -> dict[int, Role]:
    """The person's role on each site that they may open, by its id. One query for people."""
    if not user.is_superuser and user.is_active:
        return {site: Role(role) for site, role in user.memberships.values_list("site_id", "role")}
    sites = Site.objects.all() if user.is_superuser else Site.objects.filter(api_tokens__user=user)
    return {site.pk: role for site in sites if (role := role_of(user, site))}


def may_publish(role: Role | None, environment: Environment) -> bool:
    """True when the environment lets this role start builds."""
    return role is not None and role.includes(environment.publish_role)


def may_preview(role: Role | None, environment: Environment) -> bool:
    """Editors and up make previews, keep them longer and delete them, unless their place asks for more."""
    return may_publish(role, environment) and role is not None and role.includes(Role.EDITOR)


def may_bring_back(role: Role | None, environment: Environment) -> bool:
    """Publishers bring earlier versions back, copy staging's and say that much of a site may vanish."""
    return may_publish(role, environment) and role is not None and role.includes(Role.PUBLISHER)


def may_approve(role: Role | None, environment: Environment) -> bool:
    """Publishers let others' builds go live where a second person has to; not their own, which nobody's role allows."""
    return may_bring_back(role, environment)


def may_promote(role: Role | None, build: Build, environment: Environment) -> bool:
    """Publishers copy staging's version; a preview that shows what a publish would is published like any change."""
    return may_publish(role, environment) if build.environment.is_for_previews else may_bring_back(role, environment)


def may_stop(user: User, role: Role | None, build: Build) -> bool:
    """Publishers stop any build; others those that they asked for."""
    if role is None:
        return False
    return role.includes(Role.PUBLISHER) or build.requested_by_id == user.pk


def may_read_log(role: Role | None) -> bool:
    """Logs may hold technical detail of the site: publishers and admins read them."""
    return role is not None and role.includes(Role.PUBLISHER)


def who_may_publish(environment: Environment) -> list[User]:
    """The people to ask, those with the least sufficient role first."""
    enough = [role for role in Role if role.includes(environment.publish_role)]
    return people_with(environment.site, enough)


def who_may_bring_back(environment: Environment) -> list[User]:
    """The people to ask for an earlier version."""
    enough = [role for role in Role if role.includes(environment.publish_role) and role.includes(Role.PUBLISHER)]
    return people_with(environment.site, enough)


def who_may_approve(environment: Environment) -> list[User]:
    """Those whose role allows to be the second person."""
    return who_may_bring_back(environment)


def who_may_promote(build: Build, environment: Environment) -> list[User]:
    """The people to ask for a copy of this build."""
    return who_may_publish(environment) if build.environment.is_for_previews else who_may_bring_back(environment)


def people_with(site: Site, roles: list[Role]) -> list[User]:
    """Active members of the site with one of the roles, by name."""
    members = User.objects.filter(memberships__site=site, memberships__role__in=roles, is_active=True)
    return list(members.order_by("first_name", "last_name", "username"))
