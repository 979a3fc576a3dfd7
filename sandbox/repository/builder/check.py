"""The check job: every internal link, image and style sheet of the finished site must exist."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from .build import PUBLIC
from .content import Content, Entry
from .report import BuildStopped, Problem, paced, progress, run, say
from .settings import Settings

ORIGIN = "http://site.invalid"


class References(HTMLParser):
    """Collects what one page points to, and which entry it was made from."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.entry_id: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "meta" and values.get("name") == "buildhub:entry":
            self.entry_id = (values.get("content") or "").split(" ")[0]
        target = values.get("src") if tag == "img" else values.get("href") if tag in ("a", "link") else None
        if target:
            self.targets.append(target)


def main() -> None:
    settings = Settings.from_environment()
    entries = {entry.id: entry for entry in Content.load().entries}
    pages = sorted(PUBLIC.rglob("*.html"))
    problems: list[Problem] = []
    for number, page in enumerate(pages, start=1):
        problems.extend(broken_references(page, settings.base_path, entries))
        progress("checking", number, len(pages))
        paced(settings.pace, len(pages))
    say("check", f"{len(pages)} pages, {len(problems)} links that lead nowhere")
    if problems:
        raise BuildStopped(problems)


def broken_references(page: Path, base_path: str, entries: dict[str, Entry]) -> Iterator[Problem]:
    """One problem per internal target of this page that is not in the site."""
    references = References()
    references.feed(page.read_text(encoding="utf-8"))
    entry = entries.get(references.entry_id or "")
    address = f"/{page.relative_to(PUBLIC).as_posix().removesuffix('index.html')}"
    for target in dict.fromkeys(references.targets):
        if exists(target, f"{base_path}{address}", base_path):
            continue
        yield Problem(
            kind="link_broken",
            detail=f"{address} links to {target}, which is not on the site",
            page=entry.title if entry else address,
            url=address,
            entry=entry.id if entry else None,
            field="body" if entry else None,
            file=target.removeprefix(base_path),
            edit_url=entry.edit_url if entry else None,
        )


def exists(target: str, seen_from: str, base_path: str) -> bool:
    """Whether a link leads somewhere; links to other sites and to mail are not followed."""
    parts = urlsplit(urljoin(f"{ORIGIN}{seen_from}", target))
    if f"{parts.scheme}://{parts.netloc}" != ORIGIN:
        return True
    if not parts.path.startswith(f"{base_path}/"):
        return False
    file = PUBLIC / unquote(parts.path.removeprefix(f"{base_path}/"))
    return (file / "index.html").is_file() if parts.path.endswith("/") else file.is_file()


if __name__ == "__main__":
    run("check", main)
