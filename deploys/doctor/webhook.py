"""Whether the project's webhook leads here, tells of builds, and is believed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from deploys.doctor.gitlab import Talk
from deploys.doctor.model import CannotLook, Finding, Look, Thing
from deploys.gitlab.errors import GitLabNotFound, GitLabRefused
from deploys.gitlab.set_up import MAINTAINER, Webhook
from deploys.models import GitLabProject

HOOK = Thing("gitlab.hook", "Webhook")


def hook_url(project: GitLabProject, base: str = "") -> str:
    """Where the webhook has to lead; "" when nobody knows our address. base: it, where PUBLIC_URL does not say."""
    base = settings.PUBLIC_URL or base.rstrip("/")
    return f"{base}{reverse('gitlab-hook', args=[project.hook_key])}" if base else ""


def hook_look(talk: Talk, url: str) -> Look:
    """url: as hook_url() gives it."""
    return Look(thing=HOOK, run=partial(_hook, talk, url))


def _hook(talk: Talk, url: str) -> Iterator[Finding]:
    role = talk.seen.role
    if role is not None and role < MAINTAINER:
        return  # said where the role is looked at
    if not url:
        yield HOOK.unknown(
            "Buildhub does not know its own address, so the webhook cannot be compared.",
            "Set PUBLIC_URL in `.env`.",
            is_needed=False,
        )
        return
    try:
        hooks = talk.ask(lambda gitlab: gitlab.set_up.webhooks())
    except (GitLabRefused, GitLabNotFound) as error:
        raise CannotLook(
            "The API token may not see the project's webhooks.", "Give its user the role Maintainer for that."
        ) from error
    ours = [hook for hook in hooks if hook.url == url]
    where = "in the project under Settings → Webhooks, with the triggers Pipeline events and Job events"
    if not ours:
        astray = [hook for hook in hooks if "/hooks/gitlab/" in urlsplit(hook.url).path]
        if astray:
            leads = urlsplit(astray[0].url)
            yield HOOK.wrong(
                f"The webhook leads to another address ({leads.scheme}://{leads.netloc}), so news comes late.",
                f"Change its URL to {url} {where}.",
            )
            return
        yield HOOK.missing(
            "There is none: Buildhub asks GitLab every few seconds instead, and sees changes a little later.",
            f"Add {url} {where}, and its secret.",
            is_needed=False,
        )
        return
    yield _of_hook(talk, ours[0], where)


def _of_hook(talk: Talk, hook: Webhook, where: str) -> Finding:
    if not (talk.row.hook_token or talk.row.hook_signing_token):
        return HOOK.wrong(
            "Buildhub has no secret for the webhook, so it turns every delivery away.",
            "Make one here in Settings → GitLab and enter it in GitLab as the webhook's secret token.",
        )
    if hook.is_off:
        return HOOK.wrong(
            "GitLab has switched the webhook off after too many failures.",
            "Under Settings → Webhooks edit it, compare its secret, and test it: that switches it on again.",
        )
    if not (hook.of_pipelines and hook.of_jobs):
        return HOOK.wrong(
            "The webhook does not tell of builds.",
            "In the project under Settings → Webhooks edit it, and tick Pipeline events and Job events.",
        )
    return HOOK.ok("It leads here and tells of builds.")
