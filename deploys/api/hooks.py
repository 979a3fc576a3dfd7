"""Hooks from GitLab: checked, remembered once, answered at once. A hook is a hint; the worker asks GitLab."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.timezone import now
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from deploys import wake
from deploys.builds import tokens
from deploys.builds.steps.find import VARIABLE
from deploys.gitlab import webhooks
from deploys.gitlab.errors import HookMalformed, HookRejected
from deploys.lifecycle import State
from deploys.models import Build, GitLabProject, HookDelivery

logger = logging.getLogger(__name__)

MOST_BYTES = 25 * 1024 * 1024  # GitLab docs, webhooks: payloads end there


@csrf_exempt
@login_not_required
@require_POST
def gitlab_hook(request: HttpRequest, key: str) -> HttpResponse:
    """Take a delivery for the project with this key. 202 also for kinds that we do not use: GitLab disables hooks
    that answer 4xx. 401 when the token or the signature is wrong, 400 when the body is not JSON."""
    project = get_object_or_404(GitLabProject, hook_key=key)
    try:
        body = request.read(MOST_BYTES)
        webhooks.verify(
            headers=request.headers,
            body=body,
            token=project.hook_token,
            signing_token=project.hook_signing_token,
            now=now(),
        )
        hook = webhooks.parse(headers=request.headers, body=body)
    except HookRejected as error:
        logger.warning("A hook for %s was rejected: %s", project, error.reason)
        return JsonResponse({"message": str(error)}, status=401)
    except HookMalformed as error:
        return JsonResponse({"message": str(error)}, status=400)
    if _is_new(project, hook.delivery_key):
        GitLabProject.objects.filter(pk=project.pk).update(hook_heard_at=now())
        _take_hint(project, hook)
        if hook.kind in {"pipeline", "job", "deployment"}:
            wake.observe(project.pk)
        elif hook.kind == "token":
            tokens.ask_anew(project)
    return JsonResponse({"message": "Thank you."}, status=202)


def _is_new(project: GitLabProject, delivery_key: str) -> bool:
    """True the first time that a delivery comes; its row is the memory of it."""
    _, is_new = HookDelivery.objects.get_or_create(project=project, key=delivery_key[:128])
    return is_new


def _take_hint(project: GitLabProject, hook: webhooks.Hook) -> None:
    """A hook may name our pipeline before our own request was answered: remember it for the look-up."""
    if hook.pipeline_id is None:
        return
    correlation = hook.variables.get(VARIABLE) or (hook.name or "").removeprefix("Buildhub ")
    unsettled = Build.objects.filter(
        environment__gitlab_project=project, state__in=[State.STARTING, State.UNKNOWN], pipeline_id=None
    )
    for build in unsettled:
        if str(build.key) == correlation:
            Build.objects.filter(pk=build.pk).update(pipeline_hint=hook.pipeline_id)
            if build.state == State.UNKNOWN:
                wake.settle(build.pk)
