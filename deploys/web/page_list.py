"""Pages of a site as a list: what became of each, its title where the content knows one, its address and size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deploys.models import Build, BuildContent, EntryVersion, Page
from deploys.releases import places, reports, served
from deploys.web.figures import grouped, size

SHOWN = 20
ALL = "all"  # what the address of a page says to have every row: ?pages=all


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What became of a page: the word, empty where the heading says it, and the icon and tone of its chip.

    `is_gone`: no visitor can open it.
    """

    word: str | Promise
    icon: str
    tone: str
    is_gone: bool = False


NEW = Kind(word=gettext_lazy("New"), icon="plus", tone="new")
CHANGED = Kind(word=gettext_lazy("Changed"), icon="edit", tone="edit")
REMOVED = Kind(word=gettext_lazy("Removed"), icon="minus", tone="gone", is_gone=True)
WOULD_VANISH = Kind(word="", icon="minus", tone="gone")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One page. `url` is where visitors open it, empty when they cannot."""

    title: str
    url: str
    kind: Kind
    meta: str


@dataclass(frozen=True, kw_only=True)
class PageList:
    """The rows, a link to all of them where some are left out, and words for what is stored nowhere."""

    rows: list[Row] = field(default_factory=list)
    all_label: str = ""
    more: str = ""


def only_pages(paths: object) -> list[str]:
    """The pages among the paths that a build or a report named."""
    named = paths if isinstance(paths, list) else []
    return [path for path in named if isinstance(path, str) and path.endswith(reports.PAGE_ENDINGS)]


def list_of(
    build: Build,
    groups: Iterable[tuple[Kind, list[str]]],
    *,
    total: int,
    carriers: Iterable[int | None],
    sizes: Mapping[str, Page] | None = None,
    show_all: bool = False,
) -> PageList:
    """List pages by path, group after group. `total` counts those too that were not stored.

    Titles are those of the content that the builds with the ids `carriers` carried. One query.
    """
    known = [(kind, path.lstrip("/")) for kind, paths in groups for path in paths]
    shown = known if show_all else known[:SHOWN]
    titles = _titles(build, [path for _kind, path in shown], carriers)
    unknown = total - len(known)
    return PageList(
        rows=[_row(build, kind, path, titles.get(path, ""), sizes or {}) for kind, path in shown],
        all_label=_all(len(known)) if len(shown) < len(known) else "",
        more=_more(unknown) if unknown > 0 and len(shown) == len(known) else "",
    )


def _row(build: Build, kind: Kind, path: str, title: str, sizes: Mapping[str, Page]) -> Row:
    name, page = name_of(path), sizes.get(path)
    parts = [str(kind.word), name if title or name == "/" else "", size(page.size) if page and not kind.is_gone else ""]
    return Row(
        title=title or (_("Front page") if name == "/" else name),
        url="" if kind.is_gone else served.page_at(places.address_of(build), path),
        kind=kind,
        meta=" · ".join(part for part in parts if part),
    )


def name_of(path: str) -> str:
    """What visitors see in their address bar: /hours/ for hours/index.html."""
    is_index = path == served.FRONT_PAGE or path.endswith(f"/{served.FRONT_PAGE}")
    return f"/{path.removesuffix(served.FRONT_PAGE) if is_index else path}"


def _titles(build: Build, paths: list[str], carriers: Iterable[int | None]) -> dict[str, str]:
    """Titles by path, as the content had them up to these builds; only of what was published."""
    wanted = {address: path for path in paths for address in _addresses(build, path)}
    if not wanted:
        return {}
    carried = BuildContent.objects.filter(source=OuterRef("source"), seq__gte=OuterRef("first_seq"))
    known = carried.filter(build__in=[pk for pk in carriers if pk])
    versions = EntryVersion.objects.filter(Exists(known), url__in=wanted, is_published=True).exclude(title="")
    rows = versions.order_by("first_seq").values_list("url", "title")
    return {wanted[url]: title for url, title in rows}


def _addresses(build: Build, path: str) -> set[str]:
    """How the content may spell the address of a page: with or without host, closing slash and ending."""
    name = name_of(path)
    spelled = {name, name.rstrip("/") or "/", name.removesuffix(".html").removesuffix(".htm")}
    hosts = {build.environment.url.rstrip("/"), build.site.cms_url.rstrip("/"), ""}
    return {f"{host}{one}" for host in hosts for one in spelled}


def _all(count: int) -> str:
    return ngettext("Show {count} page", "Show all {count} pages", count).format(count=grouped(count))


def _more(count: int) -> str:
    return ngettext("and {count} more page", "and {count} more pages", count).format(count=grouped(count))


def shows_all(given: str | None) -> bool:
    """True when the address asks for every row."""
    return given == ALL


def would_vanish_title(count: int) -> str:
    """The heading above what a held back publish would take away."""
    if not count:
        return _("Pages that would vanish")
    return ngettext("{count} page would vanish", "{count} pages would vanish", count).format(count=grouped(count))
