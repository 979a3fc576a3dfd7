"""What someone asks of a web host: look at it now, and put published files back. Rows only."""

from __future__ import annotations

from django.db import transaction
from django.utils.timezone import now

from deploys import wake
from deploys.builds import copies, rights
from deploys.builds.actions import NotAllowed
from deploys.models import Build, Environment, HostState, User


def look_now(*, environment: Environment, actor: User) -> None:
    """Have the web host looked at now, every file of it. Raises NotAllowed."""
    if not rights.may_publish(rights.role_of(actor, environment.site), environment):
        raise NotAllowed(rights.who_may_publish(environment))
    with transaction.atomic():
        state, _ = HostState.objects.get_or_create(environment=environment)
        _look(state)


def look_after_mending(environment: Environment) -> None:
    """Look again at a host that had trouble, now that files were put there. Call inside a transaction."""
    state = HostState.objects.filter(environment=environment).exclude(trouble="").first()
    if state is not None:
        _look(state)


def _look(state: HostState) -> None:
    HostState.objects.filter(pk=state.pk).update(next_check_at=now(), compared_at=None)
    transaction.on_commit(lambda: wake.check_host(state.pk))


def put_back(*, environment: Environment, actor: User, key: str = "") -> Build:
    """Put the files of the live release back where somebody changed them. Raises NotAllowed, NotKept, IsLive."""
    live = environment.live_release
    if live is None:
        raise copies.NotKept("Nothing has been published yet.")
    return copies.bring_back(build=live.build, actor=actor, key=key)
