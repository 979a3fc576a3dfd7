"""What differs between what stands on the target and what should: compared as sets, by content and headers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from publisher.contract import Kind, Step
from publisher.errors import HeldBack
from publisher.model import FRONT_PAGE, File, Leaving, is_page
from publisher.rules import Rules

DAY = 86400
# What a page needs is there before the page; what leads to pages comes after them; the front page is last.
HASHED, OTHER, PAGES, INDEXES, FRONT = range(5)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """steps: in the order of waves; gone: to be deleted; leaving: hashed assets that stay for now.

    stale: paths whose old version may be in a cache: replaced or deleted ones, never new ones.
    """

    steps: tuple[Step, ...]
    gone: Mapping[str, File]
    leaving: Mapping[str, Leaving]
    stale: tuple[str, ...]
    same_paths: bool
    pages_before: int
    pages_gone: tuple[str, ...]
    loses_front_page: bool

    @property
    def changes_nothing(self) -> bool:
        """True when nothing has to be sent, deleted or noted."""
        return not self.steps and not self.gone and self.same_paths

    def changes(self) -> Changes:
        """The same as what visitors get and lose."""
        return Changes(
            added=self.of(Kind.ADDED),
            changed=self.of(Kind.CONTENT),
            headers_changed=self.of(Kind.HEADERS),
            removed=tuple(sorted(self.gone)),
        )

    def of(self, kind: Kind) -> tuple[str, ...]:
        """The paths of one kind of change."""
        return tuple(sorted(step.path for step in self.steps if step.kind is kind))


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What visitors got and lost, by path in order."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    headers_changed: tuple[str, ...]
    removed: tuple[str, ...]

    @classmethod
    def since(cls, before: Mapping[str, File], wanted: Mapping[str, File], staying: Iterable[str]) -> Changes:
        """Of the wanted files against those before; staying: other paths that are there as well now."""
        both = sorted(wanted.keys() & before.keys())
        changed = tuple(path for path in both if not wanted[path].has_content_of(before[path]))
        others = [path for path in both if wanted[path].headers != before[path].headers]
        return cls(
            added=tuple(sorted(wanted.keys() - before.keys())),
            changed=changed,
            headers_changed=tuple(path for path in others if wanted[path].has_content_of(before[path])),
            removed=tuple(sorted(before.keys() - wanted.keys() - set(staying))),
        )


def wave_of(path: str, rules: Rules, last: str) -> int:
    """In which wave a file goes up. last: the path of the marker, which is true only when all else is there."""
    if path in (FRONT_PAGE, last):
        return FRONT
    if rules.is_hashed(path):
        return HASHED
    if is_page(path):
        return PAGES
    name = path.rpartition("/")[2]
    is_index = name.startswith("sitemap") or name in ("rss.xml", "feed.xml", "atom.xml", "feed.json", "llms.txt")
    return INDEXES if is_index else OTHER


def compare(
    wanted: Mapping[str, File],
    *,
    there: Mapping[str, File],
    leaving: Mapping[str, Leaving],
    uncertain: Iterable[str],
    rules: Rules,
    now: float,
    last: str = "",
) -> Comparison:
    """there: files of the site as they stand; leaving: hashed assets kept on; uncertain: paths that a broken run may
    have changed (their caches are stale whatever stands there)."""
    steps = []
    for path, file in wanted.items():
        was = there.get(path) or (leaving[path].file if path in leaving else None)
        if was is None or not was.is_same_as(file):
            kind = Kind.ADDED if was is None else Kind.HEADERS if was.has_content_of(file) else Kind.CONTENT
            steps.append(Step(path, file, kind, was, wave_of(path, rules, last)))
    steps.sort(key=lambda step: (step.wave, step.path))
    gone, still_leaving = _departed(wanted, there, leaving, rules, now)
    stale = {step.path for step in steps if step.kind is not Kind.ADDED} | set(uncertain)
    stale |= {path for path in gone if path not in leaving}
    pages_gone = tuple(sorted(path for path in there if is_page(path) and path not in wanted))
    return Comparison(
        steps=tuple(steps),
        gone=gone,
        leaving=still_leaving,
        stale=tuple(sorted(stale)),
        same_paths=wanted.keys() == there.keys(),
        pages_before=sum(map(is_page, there)),
        pages_gone=pages_gone,
        loses_front_page=FRONT_PAGE in pages_gone,
    )


def _departed(
    wanted: Mapping[str, File], there: Mapping[str, File], leaving: Mapping[str, Leaving], rules: Rules, now: float
) -> tuple[dict[str, File], dict[str, Leaving]]:
    """What is deleted, and the hashed assets that stay for open tabs and cached pages."""
    gone: dict[str, File] = {}
    staying: dict[str, Leaving] = {}
    for path, file in there.items():
        if path not in wanted:
            if rules.is_hashed(path):
                staying[path] = Leaving(file, now)
            else:
                gone[path] = file
    for path, one in leaving.items():
        if path not in wanted and path not in there:
            # Hosts tell their time in whole seconds: no days means no days, whatever the clocks say.
            if rules.keep_hashed_days and now - one.since < rules.keep_hashed_days * DAY:
                staying[path] = one
            else:
                gone[path] = one.file
    return gone, staying


def guard(comparison: Comparison, rules: Rules) -> str:
    """Why this should not go live without a person's word; "" when nothing speaks against it."""
    lost, before = len(comparison.pages_gone), comparison.pages_before
    if comparison.loses_front_page:
        return f"The front page ({FRONT_PAGE}) would go."
    if before and lost * 100 > rules.removal_guard_percent * before:
        return f"{lost} of {before} pages would go, more than {rules.removal_guard_percent:g} %."
    return ""


def hold_back(comparison: Comparison, rules: Rules) -> None:
    """Raises HeldBack when the guard speaks."""
    reason = guard(comparison, rules)
    if reason:
        raise HeldBack(
            f"Held back: {reason} Nothing was changed. Look at the list; when it is meant, publish with --anyway.",
            removed=comparison.pages_gone,
        )
