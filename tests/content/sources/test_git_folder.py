"""Markdown in a real Git repository: keys, dates, people, hostile files, and what is not allowed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploys.content.sources.addresses import Guard
from deploys.content.sources.errors import ErrorClass, SourceBlocked, SourceError, SourceRefused, SourceUnavailable
from deploys.content.sources.git_config import git_config_from
from deploys.content.sources.git_folder import GitFolderSource
from deploys.content.sources.types import Entry
from tests.content.sources.answering import Answering, Asked, Cms, Reply

type Served = Callable[[Answering], Cms]
POST = """---
title: The opening
date: 2026-03-01
tags: [art, night]
---

Doors open at nine.
"""


class Repository:
    """A repository in a folder, with commits at given times."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, **environment: str) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=Mei Okafor", "-c", "user.email=mei@example.org", *arguments],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            check=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, files: dict[str, str | bytes | None], *, at: str = "2026-03-01T10:00:00Z", by: str = "") -> str:
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "--all")
        author = ["--author", f"{by} <x@example.org>"] if by else []
        self.git("commit", "--quiet", "-m", "Edit", *author, GIT_COMMITTER_DATE=at, GIT_AUTHOR_DATE=at)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An empty repository."""
    return Repository(tmp_path / "site")


@pytest.fixture
def source(tmp_path: Path, repository: Repository) -> Callable[..., GitFolderSource]:
    """A source of the repository; an admin allows the folder."""

    def made(*, etag: str = "", **settings: Any) -> GitFolderSource:
        config = git_config_from({"location": str(repository.folder), **settings})
        return GitFolderSource(config, cache=tmp_path / "cache", allow_local=True, etag=etag)

    return made


def by_key(source: GitFolderSource) -> dict[str, Entry]:
    return {entry.key: entry for entry in source.read()}


def test_a_file_is_an_entry(repository: Repository, source: Callable[..., GitFolderSource]) -> None:
    """Its path is the key, its values the fields, git says who and when."""
    repository.commit({"src/blog/2026/opening.md": POST, "README.txt": "no entry", "src/page.md": "no entry"})
    given = source(
        folder="src/blog",
        time_zone="Europe/Berlin",
        page_address="/blog/{key}/",
        edit_address="https://git.example/edit/main/{path}",
    )
    (entry,) = given.read()
    assert (entry.key, entry.title, entry.status) == ("2026/opening", "The opening", "live")
    assert entry.publish_at == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert (entry.changed_at, entry.changed_by) == (datetime(2026, 3, 1, 10, tzinfo=UTC), "Mei Okafor")
    assert entry.fields == {"tags": ["art", "night"], "body": "Doors open at nine.\n"}
    assert (entry.url, entry.edit_url) == (
        "/blog/2026/opening/",
        "https://git.example/edit/main/src/blog/2026/opening.md",
    )
    assert (given.total, given.is_complete, given.warnings) == (1, True, [])


def test_slugs_drafts_and_toml(repository: Repository, source: Callable[..., GitFolderSource]) -> None:
    """A slug of its own is the key; drafts are not public; TOML is read as well."""
    repository.commit(
        {
            "a.md": "---\nslug: first\ndraft: true\n---\nText",
            "b.mdx": "+++\ntitle = 'B'\npublishDate = 2027-01-01T08:00:00Z\n+++\nText",
            "c.markdown": "No values at all",
            "d.md": "Text\n\n# A  heading #\n",
        }
    )
    found = by_key(source())
    assert set(found) == {"first", "b", "c", "d"}
    assert found["d"].title == "A heading"
    assert found["first"].status == "draft"
    assert (found["b"].title, found["b"].publish_at) == ("B", datetime(2027, 1, 1, 8, tzinfo=UTC))
    assert (found["c"].title, found["c"].fields) == ("c", {"body": "No values at all"})


def test_who_changed_which_file_last(repository: Repository, source: Callable[..., GitFolderSource]) -> None:
    """One walk through the history gives each file its own last change, merges and strange names included."""
    repository.commit({"a.md": "1", "b.md": "1", "ä b\nc.md": "1"}, by="Ada")
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit({"b.md": "2"}, by="Ben", at="2026-03-02T10:00:00Z")
    repository.git("checkout", "--quiet", "main")
    repository.commit({"ä b\nc.md": "3"}, by="Cem", at="2026-03-03T10:00:00Z")
    repository.git("merge", "--quiet", "side", "-m", "Merge")
    found = by_key(source())
    assert {key: entry.changed_by for key, entry in found.items()} == {"a": "Ada", "b": "Ben", "ä b\nc": "Cem"}
    assert found["b"].changed_at == datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_an_unchanged_branch_is_not_read(repository: Repository, source: Callable[..., GitFolderSource]) -> None:
    """The commit of the last reading that counted is asked for first; other settings read everything."""
    repository.commit({"a.md": "1"})
    first = source()
    assert by_key(first).keys() == {"a"}
    again = source(etag=first.etag)
    assert by_key(again) == {}
    assert (again.etag_unchanged, again.is_complete, again.etag) == (True, True, first.etag)
    assert by_key(source(etag=first.etag, title_field="name")).keys() == {"a"}
    repository.commit({"a.md": None, "b.md": "1"})
    assert by_key(source(etag=first.etag)).keys() == {"b"}


def test_a_branch_of_ones_choice(repository: Repository, source: Callable[..., GitFolderSource]) -> None:
    """Another branch has other files; one that is not there is named as the cause."""
    repository.commit({"a.md": "1"})
    repository.git("checkout", "--quiet", "-b", "next")
    repository.commit({"b.md": "1"})
    repository.git("checkout", "--quiet", "main")
    assert by_key(source()).keys() == {"a"}
    assert by_key(source(branch="next")).keys() == {"a", "b"}
    with pytest.raises(SourceRefused, match="no such branch"):
        by_key(source(branch="gone"))


def test_a_history_that_was_rewritten_is_read_again(
    repository: Repository, source: Callable[..., GitFolderSource]
) -> None:
    """A forced push is no reason to stop."""
    repository.commit({"a.md": "1"})
    by_key(source())
    repository.git("commit", "--quiet", "--amend", "-m", "Other")
    repository.commit({"b.md": "1"})
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    assert by_key(source()).keys() == {"a"}


@pytest.mark.parametrize(
    "top",
    [
        "a: [1, 2",
        "a: !!python/object/apply:os.system ['touch /tmp/owned']",
        "- a list",
        "\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))]),
        "a: " + "[" * 200 + "]" * 200,
    ],
)
def test_values_that_cannot_be_read_are_text(
    repository: Repository, source: Callable[..., GitFolderSource], top: str
) -> None:
    """One broken or hostile file does not hide the others, and runs nothing."""
    text = f"---\n{top}\n---\nText"
    repository.commit({"bad.md": text, "good.md": POST})
    given = source()
    found = by_key(given)
    assert (found["bad"].fields, found["good"].title) == ({"body": text}, "The opening")
    assert "1 files have values at their top that cannot be read (bad.md:" in given.warnings[0]


def test_odd_bytes_and_links_do_no_harm(repository: Repository, source: Callable[..., GitFolderSource]) -> None:
    """Letters that are none are replaced; a symbolic link is not followed, and is no entry."""
    (repository.folder / "link.md").symlink_to("/etc/passwd")
    repository.commit({"bin.md": b"---\ntitle: a\xff\x00b\n---\n\xfe\x00"})
    (entry,) = source().read()
    assert "\0" not in f"{entry.title}{entry.fields}"


def test_a_file_that_is_too_large_is_named(repository: Repository, source: Callable[..., GitFolderSource]) -> None:
    """Leaving it out would look as if it had been removed."""
    repository.commit({"big.md": "x" * 2000})
    with pytest.raises(SourceError, match=r"big\.md"):
        by_key(source(max_bytes=1000))


def test_hooks_do_not_run(repository: Repository, source: Callable[..., GitFolderSource], tmp_path: Path) -> None:
    """Neither those of the repository nor any that were put into the copy."""
    repository.commit({"a.md": "1"})
    by_key(source())
    (copy,) = (tmp_path / "cache").glob("*.git")
    sign = tmp_path / "ran"
    for folder in (copy / "hooks", repository.folder / ".git" / "hooks"):
        folder.mkdir(exist_ok=True)
        for name in ("reference-transaction", "post-checkout", "post-upload-pack"):
            (folder / name).write_text(f"#!/bin/sh\ntouch {sign}\n")
            (folder / name).chmod(0o755)
    repository.folder.joinpath("b.md").write_text("1")
    repository.git("add", "b.md")
    repository.git("-c", "core.hooksPath=/dev/null", "commit", "--quiet", "-m", "Second")
    sign.unlink(missing_ok=True)
    assert by_key(source()).keys() == {"a", "b"}
    assert not sign.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_another_user_is_read(repository: Repository, source: Callable[..., GitFolderSource]) -> None:
    """Git itself would refuse; the admin who allowed the folder has decided."""
    repository.commit({"a.md": "1"})
    for path in (repository.folder, *repository.folder.rglob("*")):
        os.chown(path, 12345, 12345)
    assert by_key(source()).keys() == {"a"}


# --- what is not allowed ---------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "“location” cannot work: it is missing"),
        ({"location": "ext::sh -c touch% /tmp/owned"}, "“location” cannot work"),
        ({"location": "file:///srv/site"}, "https address"),
        ({"location": "ssh://git@git.example/site.git"}, "https address"),
        ({"location": "git@git.example:site.git"}, "“location” cannot work"),
        ({"location": "--upload-pack=touch"}, "“location” cannot work"),
        ({"location": "https://user:pass@git.example/site.git"}, "as a secret"),
        ({"location": "https://git.example/s.git", "branch": "--output=x"}, "no branch's name"),
        ({"location": "https://git.example/s.git", "branch": "a..b"}, "no branch's name"),
        ({"location": "https://git.example/s.git", "folder": "../other"}, "inside of the repository"),
        ({"location": "https://git.example/s.git", "time_zone": "Mars"}, "no time zone"),
        ({"location": "https://git.example/s.git", "depth": "1"}, "no such setting"),
    ],
)
def test_settings_that_cannot_work_are_named(settings: dict[str, str], words: str) -> None:
    """Other transports than https, options in disguise, places outside."""
    with pytest.raises(SourceRefused, match=words):
        git_config_from(settings)


def test_a_folder_of_this_server_needs_an_admin(repository: Repository, tmp_path: Path) -> None:
    """Without that, a path is refused before git is started."""
    with pytest.raises(SourceBlocked, match="BUILDHUB_CONTENT_FOLDERS"):
        GitFolderSource(git_config_from({"location": str(repository.folder)}), cache=tmp_path)


def test_a_private_host_is_refused_before_anything_is_sent(served: Served, tmp_path: Path) -> None:
    """The same guard as for HTTP."""
    cms = served(lambda asked: Reply(status=404))
    source = GitFolderSource(git_config_from({"location": f"{cms.url}/site.git"}), cache=tmp_path)
    with pytest.raises(SourceBlocked, match="private network"):
        by_key(source)
    assert cms.requests == []


def over_http(cms: Cms, tmp_path: Path, *, host: str = "127.0.0.1", token: str = "") -> GitFolderSource:
    guard = Guard(["127.0.0.1", host], resolve=lambda host, port: ["127.0.0.1"])
    config = git_config_from({"location": f"http://{host}:{cms.port}/site.git"})
    return GitFolderSource(config, cache=tmp_path, guard=guard, token=token)


def serving_a(repository: Repository) -> Answering:
    """The repository over plain HTTP, as any web server gives it, to those with the token."""
    repository.git("update-server-info")

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("authorization") != "Basic b2F1dGgyOmdsLXNlY3JldA==":
            return Reply(status=401, headers={"WWW-Authenticate": "Basic"})
        path = repository.folder / ".git" / asked.path.removeprefix("/site.git/")
        return Reply(data=path.read_bytes()) if path.is_file() else Reply(status=404)

    return answer


def test_a_repository_over_http_with_a_token(repository: Repository, served: Served, tmp_path: Path) -> None:
    """The token goes to the host, at the address that was checked, whatever its name leads to elsewhere."""
    repository.commit({"a.md": POST})
    cms = served(serving_a(repository))
    found = by_key(over_http(cms, tmp_path / "c", host="git.museum.invalid", token="gl-secret"))
    assert found["a"].title == "The opening"
    stored = b"".join(path.read_bytes() for path in (tmp_path / "c").rglob("*") if path.is_file())
    assert b"gl-secret" not in stored


def test_a_wrong_token_is_said_in_words(repository: Repository, served: Served, tmp_path: Path) -> None:
    """Git never waits for somebody to type a password, and its words do not show the token."""
    repository.commit({"a.md": POST})
    source = over_http(served(serving_a(repository)), tmp_path / "c", token="gl-wrong")
    with pytest.raises(SourceRefused, match="valid token") as refused:
        by_key(source)
    assert refused.value.error_class == ErrorClass.TOKEN_REJECTED
    assert "gl-wrong" not in f"{refused.value} {refused.value.detail}"


def test_a_redirect_is_not_followed(served: Served, tmp_path: Path) -> None:
    """It could lead to a host that nobody checked."""
    elsewhere = served(lambda asked: Reply(data=b""))
    cms = served(lambda asked: Reply(status=302, headers={"Location": f"{elsewhere.url}{asked.path}"}))
    with pytest.raises(SourceError):
        by_key(over_http(cms, tmp_path / "c"))
    assert elsewhere.requests == []


def test_a_repository_that_is_not_there(served: Served, tmp_path: Path) -> None:
    """The address or the token is to be checked."""
    with pytest.raises(SourceRefused, match="no repository at this address"):
        by_key(over_http(served(lambda asked: Reply(status=404)), tmp_path / "c"))


def test_git_that_hangs_is_ended(served: Served, tmp_path: Path) -> None:
    """The deadline counts for git too, and its children go with it."""

    def drip(asked: Asked) -> Reply:
        return Reply(data=iter(lambda: b" ", b"never"))

    cms = served(drip)
    guard = Guard(["127.0.0.1"])
    config = git_config_from({"location": f"{cms.url}/site.git", "deadline": 1})
    with pytest.raises(SourceUnavailable, match="deadline"):
        by_key(GitFolderSource(config, cache=tmp_path / "c", guard=guard))
