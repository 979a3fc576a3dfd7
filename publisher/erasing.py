"""Erase a target: everything that was published to a folder or prefix of its own goes, such as a preview."""

from __future__ import annotations

from publisher.contract import Target
from publisher.errors import Refused
from publisher.ledger import Ledger, claimed
from publisher.options import Options
from publisher.pointer import POINTER
from publisher.publishing import silent
from publisher.results import Erased, OnProgress, Progress
from publisher.running import holding
from publisher.targets import opened


def erase(target: str, *, options: Options | None = None, on_progress: OnProgress = silent) -> Erased:
    """Delete everything below the target, its records and the pointer last. An empty target needs nothing.

    Only for what this publisher made: a place without its pointer, one that holds other targets, and a whole bucket are
    refused. Raises Busy, Refused, Unavailable, LostClaim; may be repeated after any, also after a run that was killed.
    """
    options = options or Options()
    with opened(target, options) as host:
        if reason := host.no_erasing():
            raise Refused(reason)
        ledger = Ledger(host, options, on_progress)
        return claimed(ledger, lambda: _erase(host, ledger, on_progress))


def _erase(target: Target, ledger: Ledger, on_progress: OnProgress) -> Erased:
    paths = target.everything()
    if not paths:
        return Erased(files=0)
    if POINTER not in paths:
        raise Refused(f"{target.name} holds files that this publisher did not put there. Nothing was deleted.")
    if inner := next((path for path in sorted(paths) if path.endswith(f"/{POINTER}")), ""):
        raise Refused(f"{target.name} holds another site ({inner.removesuffix(POINTER)}). Nothing was deleted.")
    ledger.take("erasing", None, ledger.pointer.release)
    with holding(ledger):
        # First it is written that nothing stands here: a publish after a broken run must not trust what is half gone.
        ledger.note(release="", manifest="", journal="", releases=(), spent=())
        on_progress(Progress(stage="Erasing", total=len(paths)))
        target.erase([path for path in paths if path != POINTER], ledger)
        ledger.vanish()
    on_progress(Progress(stage="Erased", done=len(paths), total=len(paths)))
    return Erased(files=sum(not path.startswith(".releases/") for path in paths))
