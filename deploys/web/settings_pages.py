"""The pages of the settings of a site: what there is, and how it stands, for the overview and the way back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.models import AuditEntry, Environment, GitLabProject, Site
from deploys.setup import rights
from deploys.web.pills import Pill
from deploys.web.service import ANSWERS, NOT_ASKED, TROUBLE
from deploys.web.settings_form import host_of

NOT_YET = Pill(word=gettext_lazy("Not set up"), icon="warning", tone="warn")
SET_UP = Pill(word=gettext_lazy("Set up"), icon="tick", tone="ok")
HERE = "settings"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A page of the settings with a word on how it stands; `key` makes the id of its link."""

    key: str
    title: str
    words: str
    url: str
    pill: Pill | None = None


@dataclass(frozen=True, kw_only=True)
class Section:
    """Pages that belong together, under a heading."""

    key: str
    title: str
    entries: list[Entry]


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One of several pages about the same thing."""

    title: str
    url: str
    is_here: bool


def overview(site: Site) -> list[Section]:
    """Everything that can be set for a site. Some queries for each environment."""
    environments = list(site.environments.select_related("site", "gitlab_project"))
    slug = site.slug
    first = [
        Entry(
            key="site",
            title=_("Site"),
            words=_("Name, time zone, CMS and content tokens"),
            url=reverse("site-settings", args=[slug]),
        ),
        *_connections(site, environments),
    ]
    places = [
        Entry(
            key=one.slug,
            title=one.name,
            words=_("{address}: branch {ref}").format(address=one.url, ref=one.ref),
            url=reverse("environment-settings", args=[slug, one.slug]),
            pill=NOT_YET if one.missing_settings() else SET_UP,
        )
        for one in environments
    ]
    return [
        Section(key="site-section", title=_("The site and its builds"), entries=first),
        Section(key="places-section", title=_("Environments"), entries=places),
        Section(key="more-section", title=_("More"), entries=_more(site)),
    ]


def _connections(site: Site, environments: Iterable[Environment]) -> list[Entry]:
    found: dict[int, GitLabProject] = {}
    for one in environments:
        if one.gitlab_project:
            found[one.gitlab_project.pk] = one.gitlab_project
    if not found:
        return [
            Entry(
                key="gitlab",
                title=_("GitLab"),
                words=_("Which project builds the site, and by which tokens"),
                url=reverse("new-connection", args=[site.slug]),
                pill=NOT_YET,
            )
        ]
    return [
        Entry(
            key=f"gitlab-{project.pk}",
            title=_("GitLab"),
            words=_("Project {number} at {host}").format(number=project.project_id, host=host_of(project.url)),
            url=reverse("connection", args=[site.slug, project.pk]),
            pill=pill_of(project),
        )
        for project in found.values()
    ]


def pill_of(project: GitLabProject) -> Pill:
    """How the connection stands, as Health shows it."""
    if project.trouble:
        return TROUBLE
    return ANSWERS if project.heard_at else NOT_ASKED


def _more(site: Site) -> list[Entry]:
    count = AuditEntry.objects.filter(site=site).count()
    pages = (
        ("content", "sources", _("Content"), _("Where the entries come from")),
        ("notifications", "site-notifications", _("Notifications"), _("Where a whole team hears what happens here")),
        ("people", "site-people", _("People"), _("Who may read, publish and change settings here")),
        ("tokens", "site-tokens", _("API tokens and badges"), _("For programs, and for pages that show the state")),
        ("health", "site-health", _("Health"), _("Whether all parts of Buildhub run")),
        ("kept", "kept-settings", _("What is kept"), _("How long logs, earlier content and messages stay")),
        ("changes", "settings-changes", _("Changes of settings"), _("Who changed what, and when ({count})")),
    )
    return [
        Entry(key=key, title=title, words=words.replace("{count}", str(count)), url=reverse(name, args=[site.slug]))
        for key, name, title, words in pages
    ]


def environment_tabs(environment: Environment, here: str) -> list[Tab]:
    """The pages of one environment."""
    pages = (
        ("environment-settings", _("Environment")),
        ("hosting-settings", _("Hosting")),
        ("rules-settings", _("Rules")),
    )
    args = [environment.site.slug, environment.slug]
    return [Tab(title=title, url=reverse(name, args=args), is_here=name == here) for name, title in pages]


def shared_with(project: GitLabProject, site: Site) -> list[str]:
    """The other sites that build in the same project."""
    return [other.name for other in rights.sites_of(project) if other.pk != site.pk]
