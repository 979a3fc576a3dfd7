"""A site as large as real ones get, made anew each time, and the edits that come between two builds of it."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

PAGE, HASHED, PICTURES, PICTURE = 8_000, 500, 2_000, 47_000
REPLACED, RELINKED, EDITED, ADDED, REMOVED = 3, 30, 20, 5, 5
# Of one edit: hashed files, pages that name them, edited pages, the sitemap, new pages; and what goes.
SENT = REPLACED + RELINKED + EDITED + 1 + ADDED
GONE = REPLACED + REMOVED
DIFFER = SENT


class Site:
    """A build in a folder. `edit` makes the next build: times all new, few contents changed, sizes mostly equal."""

    def __init__(self, folder: Path, pages: int, *, assets: int = HASHED, pictures: int = PICTURES) -> None:
        self.folder = folder
        self._chance = random.Random(7)
        self._round = 0
        self._hashes = {number: self._hash() for number in range(assets)}
        self._pages = [f"section-{number // 100}/page-{number}/index.html" for number in range(pages)]
        self._filler = {path: self._text(PAGE - 300) for path in self._pages}
        for number in self._hashes:
            self._write(self._asset(number), self._chance.randbytes(self._chance.randrange(5_000, 80_000)))
        for number in range(pictures):
            self._write(f"images/{number % 40}/{number}.webp", self._chance.randbytes(PICTURE))
        for name in ("index.html", "404.html", "robots.txt", "manifest.webmanifest", "favicon.svg", "sitemap-0.xml"):
            self._write(name, self._text(2_000).encode())
        for number, path in enumerate(self._pages):
            self._write_page(number, path)

    @property
    def linked(self) -> list[str]:
        """The pages that name the assets which edits replace."""
        return self._pages[:RELINKED]

    def edit(self) -> None:
        """The next build of the site."""
        self._round += 1
        for number in range(REPLACED):
            (self.folder / self._asset(number)).unlink()
            self._hashes[number] = self._hash()
            self._write(self._asset(number), self._chance.randbytes(20_000))
        for number, path in enumerate(self._pages[:RELINKED]):
            self._write_page(number, path)
        for number in range(RELINKED, RELINKED + EDITED):
            self._filler[self._pages[number]] = self._text(PAGE - 300)
            self._write_page(number, self._pages[number])
        self._write("sitemap-0.xml", self._text(2_000).encode())
        for number in range(ADDED):
            self._write(f"news/{self._round}-{number}/index.html", self._text(PAGE).encode())
        for path in self._pages[-REMOVED:]:
            (self.folder / path).unlink()
        del self._pages[-REMOVED:]
        self.touch()

    def touch(self) -> None:
        """A build in a fresh container: every file is new."""
        for parent, _, names in os.walk(self.folder):
            for name in names:
                os.utime(Path(parent, name))

    def files(self) -> dict[str, Path]:
        """Every file by its path on the site."""
        return {
            Path(parent, name).relative_to(self.folder).as_posix(): Path(parent, name)
            for parent, _, names in os.walk(self.folder)
            for name in names
        }

    def digests(self) -> dict[str, str]:
        """The MD5 of every file, as S3 has it for an object."""
        return {path: hashlib.md5(file.read_bytes()).hexdigest() for path, file in self.files().items()}

    @property
    def staying(self) -> list[str]:
        """Pages that this build and the next both have, and the build before if it was not the first."""
        return ["index.html", *self._pages[:-REMOVED]]

    def _asset(self, number: int) -> str:
        return f"_astro/part-{number}.{self._hashes[number]}.css"

    def _hash(self) -> str:
        return f"{self._chance.randrange(16**8):08x}"

    def _text(self, size: int) -> str:
        return f"{self._chance.randrange(16 ** (size // 2)):x}".ljust(size, "x")[:size]

    def _write_page(self, number: int, path: str) -> None:
        asset = 0 if number < RELINKED else REPLACED + number % max(1, len(self._hashes) - REPLACED)
        head = f'<!doctype html><title>{number}</title><link rel="stylesheet" href="/{self._asset(asset)}">'
        self._write(path, f"{head}<p>{self._filler[path]}".ljust(PAGE).encode())

    def _write(self, path: str, body: bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
