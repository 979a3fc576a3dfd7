"""Why a build failed, in four parts: what happened, what visitors see, what to do, and the main button.

Each class has sentences from the most to the least particular; the first whose facts are all known is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from string import Formatter

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.timezone import is_aware, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.gitlab.refusals import REFUSALS
from deploys.gitlab.start_refusals import Refusal
from deploys.lifecycle import State
from deploys.models import Build, Environment, Role, Step
from deploys.releases.served import FRONT_PAGE
from deploys.web import clock, pills
from deploys.web.card_model import say
from deploys.web.explanation_table import TABLE, Row
from deploys.web.figures import grouped

UNPROVED = "deploy_unproved"
NOTHING_WRITTEN = {"not_kept", "held_back", "preview_differs"}  # copies that ended before they touched the site
# Facts that are no text: these may be said where not everybody may read what is not published yet.
NUMBERS = frozenset({"count", "pages_there", "limit_minutes"})
_REFUSALS: dict[str, Refusal] = {str(row.error_class): row for row in REFUSALS}


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What the panel and the card say about a failure. `main` names the main button: cms, retry, log or site.

    `touched` is True when the last step had begun, so that nobody can promise an untouched site; a publish that was
    held back had not written anything. `repeats` counts
    how many of the newest builds failed with the same class.
    """

    code: str
    headline: str
    happened: list[str]
    todo: list[str]
    main: str
    edit_url: str = ""
    for_admins: str = ""
    touched: bool = False
    repeats: int = 1

    @property
    def is_site_in_doubt(self) -> bool:
        """True when nobody can say which version visitors see."""
        return self.touched or self.code == UNPROVED

    def visitors(self, environment: Environment, moment: datetime) -> str:
        """What visitors see, as safe HTML; never more than we know."""
        if self.is_site_in_doubt:
            return say(_("The build had begun to go live, so visitors may see either version. Open the site to look."))
        release = environment.live_release
        if release is None or not release.is_proved:
            return say(_("Nothing has changed for them."))
        since = clock.when(release.live_at or release.created_at, moment)
        return say(_("Nothing has changed for them. The version from {time} stayed live."), time=since)

    def visitors_short(self) -> str:
        """The same in a few words, for announcements."""
        if self.is_site_in_doubt:
            return _("Visitors may see either version.")
        return _("The live site was not touched.")


def code_of(build: Build) -> str:
    """The class of the failure; "lost_contact" for builds that were given up without an answer."""
    if build.error_class:
        return build.error_class
    return "lost_contact" if build.state == State.LOST else "unknown"


def explain(build: Build, *, touched: bool, repeats: int = 1, role: Role | None = None) -> Explanation:
    """Explain the failure of a build. The admin's part is only filled for admins."""
    code = code_of(build)
    facts = _facts(build)
    row = _row_of(build)
    refusal = _REFUSALS.get(code)
    todo = _all(row.todo, facts)
    main = "log" if repeats >= 3 and row.main == "retry" else row.main
    edit_url = _safe_edit_url(build)
    if main == "cms" and not edit_url:
        main = "retry"
    setting = str(facts.get("setting") or (refusal.setting if refusal else ""))
    return Explanation(
        code=code,
        headline=_first(row.headline, facts),
        happened=[sentence for sentence in (_first(row.happened, facts), _repeated(repeats)) if sentence],
        todo=todo,
        main=main,
        edit_url=edit_url,
        for_admins=setting if role and role.includes(Role.ADMIN) else "",
        touched=touched and not pills.is_held_back(build),
        repeats=repeats,
    )


def discreet(build: Build) -> Explanation:
    """Explain the failure without a word of the content or of the log, for messages. One query for a built one."""
    row = _row_of(build)
    facts = {name: value for name, value in _facts(build).items() if name in NUMBERS}
    touched = copy_touched_the_site(build) if build.is_copy else went_live_partly(build)
    return Explanation(
        code=code_of(build),
        headline=_first(row.headline, facts),
        happened=[sentence for sentence in (_first(row.happened, facts),) if sentence],
        todo=_all(row.todo, facts),
        main="link",
        touched=touched and not pills.is_held_back(build),
    )


def went_live_partly(build: Build) -> bool:
    """True when the step that puts files on the web host had begun. One query."""
    return build.jobs.filter(step=Step.GOING_LIVE, started_at__isnull=False).exists()


def headline_of(build: Build) -> str:
    """The reason in one line, for lists."""
    return _first(_row_of(build).headline, _facts(build))


def class_words(code: str) -> str:
    """A class of failure in one line, without the facts of any build: for choosing one."""
    refusal = _REFUSALS.get(code)
    if code not in TABLE and refusal:
        return str(_(refusal.sentence))
    return str(TABLE.get(code, TABLE["unknown"]).headline[-1])


def _row_of(build: Build) -> Row:
    """The words for this build's failure."""
    if pills.is_held_back(build) and build.is_copy:
        return TABLE["copy_held_back"]
    if pills.is_held_back(build) and FRONT_PAGE in build.error_facts.get("removed", []):
        return TABLE["front_page_held_back"]
    code = code_of(build)
    return TABLE.get(code) or _row_of_refusal(code) or TABLE["unknown"]


def copy_touched_the_site(build: Build) -> bool:
    """True when a copy that did not go well may have put some of its files in place."""
    return build.claimed_at is not None and build.error_class not in NOTHING_WRITTEN


def _repeated(repeats: int) -> str:
    if repeats < 2:
        return ""
    return _("This happened on the last {count} builds.").format(count=repeats)


def _row_of_refusal(code: str) -> Row | None:
    refusal = _REFUSALS.get(code)
    if refusal is None:
        return None
    return Row(
        headline=(gettext_lazy("The build service did not start the build"),),
        happened=(refusal.sentence,),
        todo=(gettext_lazy("Nothing you did. Tell an admin; your changes are safe."),),
        main="retry",
    )


def _facts(build: Build) -> dict[str, str]:
    """The facts that are known, as text; `limit_minutes` comes from the environment when the build did not say."""
    known = {name: _text(value) for name, value in build.error_facts.items() if value not in (None, "", [])}
    if deleted_at := _moment(known.pop("deleted_at", "")):
        known["deleted_at"] = clock.moment_words(deleted_at, now())
    known.setdefault("limit_minutes", str(int(build.environment.time_limit.total_seconds() // 60)))
    return known


def _text(value: object) -> str:
    return grouped(value) if isinstance(value, int) else str(value)


def _moment(text: str) -> datetime | None:
    """Read a time that a build printed, UTC unless it says otherwise; None when it is none."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is None or is_aware(moment) else moment.replace(tzinfo=UTC)


def _safe_edit_url(build: Build) -> str:
    """The link into the CMS, only when it stays below the site's own CMS address."""
    url, base = str(build.error_facts.get("edit_url") or ""), build.site.cms_url
    return url if base and (url == base or url.startswith(base.rstrip("/") + "/")) else ""


def _needs(sentence: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(sentence) if name}


def _first(variants: tuple[str | Promise, ...], facts: Mapping[str, str]) -> str:
    for variant in variants:
        sentence = str(variant)
        if _needs(sentence) <= facts.keys():
            return sentence.format_map(facts)
    return ""


def _all(sentences: tuple[str | Promise, ...], facts: Mapping[str, str]) -> list[str]:
    return [str(s).format_map(facts) for s in sentences if _needs(str(s)) <= facts.keys()]


def same_class_in_a_row(build: Build) -> int:
    """How many builds up to this one failed with the same class, at most five. One query."""
    earlier = (
        build.environment.builds.ended()
        .filter(number__lt=build.number)
        .exclude(state__in=[State.CANCELED, State.SUPERSEDED])
    )
    count = 1
    for other in earlier.order_by("-number")[:4]:
        if other.state == State.SUCCEEDED or code_of(other) != code_of(build):
            break
        count += 1
    return count
