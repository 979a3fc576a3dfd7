"""What can be said of a site and its environments today: settings, GitLab's names, CI file, content, web host.

Reads the database, the sources of content, GitLab and the web host; changes nothing anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from django.core.checks import CheckMessage, run_checks
from django.core.checks.messages import ERROR

from deploys.content.trial import try_row
from deploys.doctor.address import address_looks
from deploys.doctor.branches import branch_looks
from deploys.doctor.gitlab import Talk, connection_looks, trigger_look
from deploys.doctor.model import CannotLook, Check, Finding, Look, Thing
from deploys.doctor.webhook import hook_look, hook_url
from deploys.models import ContentSource, Environment, GitLabProject, HostState, Site
from deploys.releases.hosting import Host
from publisher.errors import PublisherError, Unavailable

SETTINGS = Thing("settings", "Settings")
GITLAB = Thing("gitlab.settings", "Connection to GitLab")
HOST = Thing("host.answers", "Web host")
LAST_LOOK = Thing("host.last_look", "The last look at the web host")
SOURCE = Thing("content.source", "Source of content")

GITLAB_DOCS = "docs/setup-gitlab.md"

# What Django says of us alone: its own advice for other ways of running is no matter of this.
_OURS = "buildhub."


def installation() -> tuple[Check, ...]:
    """What counts for every site."""
    return (
        Check(
            key="settings",
            title="Settings",
            looks=(Look(thing=SETTINGS, run=_settings),),
            docs="docs/operations.md",
        ),
    )


def checks(environment: Environment, *, ci_text: str | None = None) -> tuple[Check, ...]:
    """All checks of one environment. ci_text: its project's CI file, where somebody has it at hand."""
    project = environment.gitlab_project
    asked = of_gitlab(project, [environment], ci_text=ci_text).looks if project else ()
    looks = (Look(thing=GITLAB, run=partial(_gitlab, environment)), *asked)
    return (Check(key="gitlab", title="GitLab", looks=looks, docs=GITLAB_DOCS), of_host(environment))


def of_gitlab(
    project: GitLabProject, environments: Sequence[Environment], *, base: str = "", ci_text: str | None = None
) -> Check:
    """GitLab itself is asked: of the connection, and of the branch of each environment that builds by it.

    The project may be one that is not saved. base: our own address, where PUBLIC_URL does not say it.
    """
    talk = Talk(project)
    looks = [
        *connection_looks(talk),
        trigger_look(talk, environments[0] if environments else None),
        *(look for one in environments for look in branch_looks(talk, one, ci_text=ci_text)),
        *([hook_look(talk, hook_url(project, base))] if project.pk else []),  # before that it has no address
    ]
    return Check(key="gitlab", title="GitLab", looks=tuple(looks), docs=GITLAB_DOCS)


def of_host(environment: Environment) -> Check:
    """The web host, as this process may ask it, and what visitors get."""
    looks = (
        Look(thing=HOST, run=partial(_host, environment)),
        Look(thing=LAST_LOOK, run=partial(_last_look, environment)),
        *address_looks(environment),
    )
    return Check(key="host", title="Web host", looks=looks, docs="docs/publishing.md#in-the-dashboard")


def content(site: Site) -> Check:
    """The check of a site's sources."""
    sources = list(site.sources.filter(is_active=True))
    return Check(
        key="content",
        title="Content",
        looks=(Look(thing=SOURCE, run=partial(_sources, site, sources)),),
        docs="docs/content-sources.md",
    )


def _settings() -> Iterator[Finding]:
    found = [one for one in run_checks() if (one.id or "").startswith(_OURS) or one.level >= ERROR]
    for one in found:
        yield _of_django(one)
    if not found:
        yield SETTINGS.ok("Nothing is wrong with the settings of this process.")


def _of_django(message: CheckMessage) -> Finding:
    return SETTINGS.wrong(
        message.msg, message.hint or "Correct it in `.env` and start again.", is_needed=message.level >= ERROR
    )


def _gitlab(environment: Environment) -> Iterator[Finding]:
    missing = environment.missing_settings()
    if missing:
        yield GITLAB.missing(
            f"Publishing needs {', '.join(missing)}.",
            "Enter it in the site's Settings → GitLab, or in `.env`: `.env.example` says where each comes from.",
            "manage.py site_from_environment",
        )
        return
    project = environment.gitlab_project
    if project and project.trouble:
        since = f" since {project.trouble_since:%Y-%m-%d %H:%M %Z}" if project.trouble_since else ""
        yield GITLAB.wrong(
            f"GitLab refuses{since}: {project.trouble_note or project.trouble}.",
            "What each refusal means is in docs/setup-gitlab.md.",
        )
    elif project and project.heard_at:
        yield GITLAB.ok(f"All settings are there; GitLab answered last at {project.heard_at:%Y-%m-%d %H:%M %Z}.")
    else:
        yield GITLAB.ok("All settings are there; GitLab was not asked yet.")


def _host(environment: Environment) -> Iterator[Finding]:
    """Ask the web host as this process may; the worker may have other credentials."""
    if not environment.target:
        yield HOST.unknown(
            "Buildhub does not know where this environment is published to.",
            "Enter the target (in `.env` SITE_BUCKET) where the pipeline publishes with our publisher: then it keeps "
            "and brings back versions.",
            is_needed=False,
        )
        return
    if environment.is_for_previews:
        return  # each preview has a place of its own
    try:
        live = Host(environment).status().release
    except Unavailable as error:
        raise CannotLook(str(error), "Try again when it answers.") from error
    except PublisherError as error:
        next_step = "Look at the target (in `.env` SITE_BUCKET) and at the credentials of this process."
        yield HOST.wrong(str(error), next_step)
        return
    yield HOST.ok(f"It answers; {f'{live} is live' if live else 'nothing is published yet'}.")


def _last_look(environment: Environment) -> Iterator[Finding]:
    if environment.is_for_previews or not (environment.target or environment.marker_url):
        return
    state = HostState.of(environment)
    if state.checked_at is None:
        yield LAST_LOOK.unknown(
            "The worker has not looked yet.", "Start the worker; it looks every 15 minutes.", is_needed=False
        )
    elif state.trouble:
        yield LAST_LOOK.wrong(
            f"{state.finding} (seen by the worker at {state.checked_at:%Y-%m-%d %H:%M %Z})",
            "“Check the service status” on the publish card shows it, and can have it looked at again.",
        )
    else:
        yield LAST_LOOK.ok(f"All was well at {state.checked_at:%Y-%m-%d %H:%M %Z}.")


def _sources(site: Site, sources: Sequence[ContentSource]) -> Iterator[Finding]:
    if not sources:
        yield SOURCE.missing(
            "The site has none: buttons cannot say what would be published.",
            "Set one up.",
            f"manage.py source add {site.slug} --help",
            is_needed=False,
        )
    for row in sources:
        thing = Thing(SOURCE.key, f"Source {row.name}")
        command = f"manage.py source check {site.slug} --source '{row.name}'"
        trial = try_row(row, sample=1)
        if not trial.works:
            yield thing.wrong(trial.error, "Look at it.", command)
            continue
        yield thing.ok(f"It can be read{f' ({trial.total} entries)' if trial.total is not None else ''}.")
        for sentence in (*trial.findings, *trial.warnings):
            yield thing.wrong(sentence, "Look at it.", command, is_needed=False)
