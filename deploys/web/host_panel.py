"""How the web host stands, in words: what the last look found, what to do, which versions are kept and at what cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deploys.builds import copies, rights
from deploys.models import Environment, HostState, HostTrouble, Release, Role
from deploys.web import buttons, clock, host_words
from deploys.web.figures import grouped, size
from deploys.web.pills import Pill

AS_PUBLISHED = Pill(word=gettext_lazy("As published"), icon="tick-circle", tone="ok")
TROUBLE = Pill(word=gettext_lazy("Needs a look"), icon="warning", tone="warn")
NOT_LOOKED = Pill(word=gettext_lazy("Not looked at yet"), icon="dashes", tone="idle")
LOOKED = Pill(word=gettext_lazy("Looked at"), icon="tick", tone="idle")
SHOWN = 20
FREE_PATHS = 1000  # that CloudFront drops per month and account without a charge: docs/publishing.md


@dataclass(frozen=True, kw_only=True)
class HostPanel:
    """The panel. `since` is safe HTML; `facts` are names with words; `key` changes when anything else does."""

    pill: Pill
    headline: str
    finding: str
    todo: list[str]
    since: SafeString | str
    facts: list[tuple[str, str | SafeString]]
    key: str
    differing: list[str] = field(default_factory=list)
    more: str = ""
    buttons: list[buttons.Button] = field(default_factory=list)

    @property
    def is_trouble(self) -> bool:
        """True when somebody has something to do."""
        return self.pill is TROUBLE


def panel_of(environment: Environment, role: Role, moment: datetime) -> HostPanel | None:
    """Put together what the row of the host knows; asks no host. None where nothing can be looked at."""
    if not (environment.target or environment.marker_url):
        return None
    state = host_words.state_of(environment) or HostState(environment=environment)
    trouble = host_words.trouble_for(role, environment)
    may_see_paths = rights.may_bring_back(role, environment)
    differing = [str(path) for path in state.differing] if may_see_paths and trouble else []
    return HostPanel(
        pill=_pill(state, trouble),
        headline=host_words.headline(state, trouble, is_kept=bool(environment.target)),
        finding=state.finding if trouble else "",
        todo=host_words.todo(trouble, environment, is_admin=role.includes(Role.ADMIN)) if trouble else [],
        since=clock.when(state.trouble_since, moment) if trouble and state.trouble_since else "",
        facts=_facts(environment, state, role, moment),
        key=f"{state.pk}-{state.checked_at.timestamp() if state.checked_at else ''}-{environment.version}",
        differing=differing[:SHOWN],
        more=_more(len(differing) - SHOWN),
        buttons=_buttons(environment, state, trouble, role),
    )


def _pill(state: HostState, trouble: HostTrouble | None) -> Pill:
    if trouble:
        return TROUBLE
    if state.checked_at is None:
        return NOT_LOOKED
    return LOOKED if state.trouble else AS_PUBLISHED


def _facts(
    environment: Environment, state: HostState, role: Role, moment: datetime
) -> list[tuple[str, str | SafeString]]:
    is_admin = role.includes(Role.ADMIN)
    rows: list[tuple[str, str | SafeString]] = [
        (_("Last look"), clock.when(state.checked_at, moment) if state.checked_at else _("None yet")),
    ]
    if environment.target:
        rows += [(_("Kept versions"), _kept(environment, state, moment)), (_("How long"), _rule(environment))]
    elif is_admin:
        words = _("This site's pipeline does not say what it puts there. docs/publishing.md says how it can.")
        rows.append((_("Kept versions"), words))
    if environment.distribution and is_admin:
        rows.append((_("Addresses the CDN dropped this month"), _paths(state, moment)))
    return rows


def _kept(environment: Environment, state: HostState, moment: datetime) -> str:
    count = len(state.kept)
    if not count:
        return _("None yet")
    releases = Release.objects.filter(environment=environment, host_id__in=state.kept)
    oldest = releases.order_by("created_at").values_list("created_at", flat=True).first()
    parts = {"count": grouped(count), "size": size(state.storage or 0)}
    if oldest is None:
        return ngettext("{count} version; it takes {size}", "{count} versions; they take {size}", count).format(**parts)
    local = localtime(oldest)
    day = date_format(local, clock.DAY if local.year == localtime(moment).year else clock.DAY_AND_YEAR)
    text = ngettext(
        "{count} version, from {day}; it takes {size}",
        "{count} versions, the oldest from {day}; they take {size}",
        count,
    )
    return text.format(day=day, **parts)


def _rule(environment: Environment) -> str:
    last = ngettext("the last {count}", "the last {count}", environment.keep_releases)
    days = ngettext("all of the last day", "all of {count} days", environment.keep_days)
    return _("{last}, and {days}").format(
        last=last.format(count=environment.keep_releases), days=days.format(count=environment.keep_days)
    )


def _paths(state: HostState, moment: datetime) -> str:
    used = state.invalidated_paths.get(f"{moment:%Y-%m}", 0)
    return _("{used} of the {free} that are free for an account").format(used=grouped(used), free=grouped(FREE_PATHS))


def _more(count: int) -> str:
    return ngettext("and {count} more", "and {count} more", count).format(count=grouped(count)) if count > 0 else ""


def _buttons(
    environment: Environment, state: HostState, trouble: HostTrouble | None, role: Role
) -> list[buttons.Button]:
    found: list[buttons.Button] = []
    if trouble == HostTrouble.CHANGED_BY_HAND:
        found.append(_put_back(environment, state, role))
    if rights.may_publish(role, environment):
        url = reverse("look-at-host", args=[environment.site.slug, environment.slug])
        found.append(buttons.Button(id="do-look-now", label=_("Look now"), url=url, busy=_("Looking")))
    return found


def _put_back(environment: Environment, state: HostState, role: Role) -> buttons.Button:
    live = environment.live_release
    off = "" if rights.may_bring_back(role, environment) else _("Your role does not allow this. Ask a publisher.")
    if not off and (live is None or not state.keeps(live)):
        off = _("The published files are no longer kept. Publish again.")
    if not off and live and live.build.environment_id == environment.pk:
        off = copies.why_not_kept(live.build.brings_back or live.build, state)
    return buttons.Button(
        id="do-put-back",
        label=_("Put the published files back"),
        url=reverse("put-back", args=[environment.site.slug, environment.slug]),
        tone="primary",
        icon="again",
        busy=_("Starting"),
        off=off,
    )
