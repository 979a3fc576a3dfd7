"""What a build put on the web host: which pages changed, how much was sent, what caches were told, what was seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.builds import rights
from deploys.models import Build, Proof, Release, ReleasePages
from deploys.web import clock, page_list, release_words
from deploys.web.card_model import join, say
from deploys.web.figures import grouped, short_duration, size
from deploys.web.page_list import PageList
from deploys.web.permissions import Visit


@dataclass(frozen=True, kw_only=True)
class OnHost:
    """The section. `headline` is safe HTML; `facts` are names with words; `warnings` are for those who read logs."""

    headline: SafeString
    finding: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    pages: PageList = field(default_factory=PageList)
    others: str = ""


def on_host(visit: Visit, build: Build, moment: datetime, *, show_all: bool = False) -> OnHost | None:
    """Read what is known of the build's release; None when nothing is. At most two queries."""
    release: Release | None = getattr(build, "release", None)
    if release is None or build.environment.is_for_previews:
        return None
    finding = release.finding if not release.is_proved and release.proof != Proof.UNCHECKED else ""
    if release.reported_at is None:
        return OnHost(headline=_seen(release, moment), finding=finding) if finding else None
    listed = _listed(release)
    return OnHost(
        headline=_headline(release, moment),
        finding=finding,
        facts=_facts(release),
        warnings=_warnings(release) if rights.may_read_log(visit.role) else [],
        pages=page_list.list_of(
            build,
            listed,
            total=release.pages_changed or 0,
            carriers=[build.pk],
            sizes=ReleasePages.of(release) if any(paths for _kind, paths in listed) else None,
            show_all=show_all,
        ),
        others=_others(release),
    )


def _listed(release: Release) -> list[tuple[page_list.Kind, list[str]]]:
    """New and removed pages first: there are few of them as a rule, and they matter most."""
    names = ((page_list.NEW, "added"), (page_list.REMOVED, "removed"), (page_list.CHANGED, "changed"))
    return [(kind, page_list.only_pages(release.report.get(name))) for kind, name in names]


def _headline(release: Release, moment: datetime) -> SafeString:
    if release_words.was_live(release):
        return join(say(_("Nothing on the site had to change; visitors saw this already.")), _seen(release, moment))
    count, total = release.pages_changed or 0, release_words.total_pages(release)
    if release_words.is_all_new(release):
        text = ngettext(
            "The site was put there for the first time, {count} page.",
            "The site was put there for the first time, {count} pages.",
            count,
        )
        return join(say(text, count=grouped(count)), _seen(release, moment))
    if not count:
        return join(say(_("No page changed.")), _seen(release, moment))
    if _is_live(release) and release.live_at:
        return _live(count, total, clock.when(release.live_at, moment))
    return join(say("{words}.", words=release_words.changed(release)), _seen(release, moment))


def _live(count: int, total: int, time: SafeString) -> SafeString:
    text = ngettext(
        "{count} of {total} page changed, live since {time}.",
        "{count} of {total} pages changed, live since {time}.",
        total,
    )
    return say(text, count=grouped(count), total=grouped(total), time=time)


def _is_live(release: Release) -> bool:
    return release.is_proved and release.replaced_at is None


def _seen(release: Release, moment: datetime) -> SafeString:
    """Whether visitors get it, as far as anybody looked."""
    if release.proof == Proof.PENDING:
        return say(_("We look whether visitors see it."))
    if release.proof == Proof.MISSING:
        return say(_("It was not seen on the site yet; visitors may see either version."))
    if release.proof == Proof.UNCHECKED:
        return say(_("Nobody can check here whether visitors see it."))
    since = clock.when(release.live_at or release.created_at, moment)
    if release.replaced_at:
        until = clock.when(release.replaced_at, moment)
        return say(_("It was live from {time} until {until}."), time=since, until=until)
    return say(_("Live since {time}."), time=since)


def _facts(release: Release) -> list[tuple[str, str]]:
    rows = [
        (_("Put there"), _sent(release)),
        (_("The whole site"), _whole(release)),
        (_("Caches of the CDN"), _caches(release)),
    ]
    return [(name, words) for name, words in rows if words]


def _sent(release: Release) -> str:
    counts = release.report.get("counts", {})
    count = counts.get("added", 0) + counts.get("changed", 0)
    if not count:
        return ""
    parts = {"count": grouped(count), "time": short_duration(release.seconds or 0)}
    if not release.sent_bytes:
        text = ngettext("{count} file in {time}, copied there", "{count} files in {time}, copied there", count)
        return text.format(**parts)
    text = ngettext("{count} file sent, {size} in {time}", "{count} files sent, {size} in {time}", count)
    return text.format(size=size(release.sent_bytes), **parts)


def _whole(release: Release) -> str:
    if not release.files:
        return ""
    text = ngettext("{count} page, {size} in all", "{count} pages, {size} in all", release.pages or 0)
    return text.format(count=grouped(release.pages or 0), size=size(release.size or 0))


def _caches(release: Release) -> str:
    count = release.report.get("caches_dropped", 0)
    if not count:
        return ""
    if not release.report.get("caches_completed", True):
        return _("The CDN has not confirmed yet that it dropped the old pages: some visitors may see them for a while")
    text = ngettext("told to drop {count} address", "told to drop {count} addresses", count)
    return text.format(count=grouped(count))


def _warnings(release: Release) -> list[str]:
    warnings = [str(words) for words in release.report.get("warnings", [])]
    if count := release.report.get("unknown", 0):
        text = ngettext(
            "{count} file on the web host belongs to no version; it was left there.",
            "{count} files on the web host belong to no version; they were left there.",
            count,
        )
        warnings.append(text.format(count=grouped(count)))
    return warnings


def _others(release: Release) -> str:
    """Files that are no pages: pictures, styles, feeds."""
    counts = release.report.get("counts", {})
    count = sum(counts.get(name, 0) for name in ("added", "changed", "removed")) - (release.pages_changed or 0)
    if count <= 0:
        return ""
    if not release.pages_changed:
        text = ngettext("{count} other file changed", "{count} other files changed", count)
    else:
        text = ngettext("and {count} other file", "and {count} other files", count)
    return text.format(count=grouped(count))
