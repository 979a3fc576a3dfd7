"""What a release changed for visitors, in a few words: the same on the card, in lists and on the build's page."""

from __future__ import annotations

from django.utils.translation import ngettext

from deploys.models import Release
from deploys.web.figures import grouped
from deploys.web.page_list import only_pages


def was_live(release: Release) -> bool:
    """True when the host showed all of it before, so that nothing had to be done."""
    return bool(release.report.get("was_live"))


def is_all_new(release: Release) -> bool:
    """True when no page of the site was there before."""
    counts = release.report.get("counts", {})
    only_added = not counts.get("changed") and not counts.get("removed") and bool(counts.get("added"))
    return only_added and bool(release.pages) and release.pages_changed == release.pages


def changed(release: Release | None) -> str:
    """How much changed: "8 of 257 pages changed"; empty when that is not known, nothing did, or all of it is new."""
    if release is None or not release.pages_changed or is_all_new(release):
        return ""
    count, total = release.pages_changed, total_pages(release)
    text = ngettext("{count} of {total} page changed", "{count} of {total} pages changed", total)
    return text.format(count=grouped(count), total=grouped(total))


def it_changed(release: Release | None) -> str:
    """The same as a sentence after one about the version: "It changed 8 of 257 pages."."""
    if not changed(release) or release is None:
        return ""
    total = total_pages(release)
    text = ngettext("It changed {count} of {total} page.", "It changed {count} of {total} pages.", total)
    return text.format(count=grouped(release.pages_changed or 0), total=grouped(total))


def pages(release: Release | None) -> str:
    """The bare count for a list: "8 pages"; empty when not known or none."""
    count = (release.pages_changed or 0) if release else 0
    return ngettext("{count} page", "{count} pages", count).format(count=grouped(count)) if count else ""


def total_pages(release: Release) -> int:
    """The pages of the site before and after together, so that removed ones are counted among them."""
    gone = len(only_pages(release.report.get("removed")))
    return max((release.pages or 0) + gone, release.pages_changed or 0)
