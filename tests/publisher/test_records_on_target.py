"""The records that the publisher keeps: what is written can be read, and what cannot be read is said."""

from __future__ import annotations

import json

import pytest

from publisher import journal as journals
from publisher import model
from publisher import pointer as pointers
from publisher.errors import Refused
from publisher.journal import Journal
from publisher.model import File, Headers, Leaving, Manifest
from publisher.pointer import Claim, Pointer, Record

PAGE = File("aa", 3, Headers("text/html", "no-cache", tag="html"), '"etag"')


def test_a_manifest_is_read_as_it_was_written() -> None:
    """And the same one gives the same bytes."""
    manifest = Manifest(release="r1", made_at=1.5, files={"a": PAGE, "b": PAGE}, leaving={"c": Leaving(PAGE, 1.0)})
    assert model.decode(model.encode(manifest)) == manifest
    assert model.encode(manifest) == model.encode(manifest)


def test_a_pointer_is_read_as_it_was_written() -> None:
    """With its claim and its releases."""
    record = Record(id="r1", at=1.0, manifest="m", files=1, pages=1, size=3, content_id="c")
    claim = Claim(holder="h", what="publishing", release="r2", until=2.0)
    pointer = Pointer(release="r1", claim=claim, releases=(record,), spent=("j",), invalidated_paths={"2026-11": 4})
    assert pointers.decode(pointers.encode(pointer)) == pointer


def test_a_journal_is_read_as_it_was_written() -> None:
    """Paths in order."""
    journal = Journal(token="t", release="r", touched=["a"], stale=["b"], seed="s")
    assert journals.decode(journals.encode(journal)) == journal


def test_the_content_id_sees_content_and_headers_but_not_the_copy() -> None:
    """Two hosts give the same release different marks."""

    def content_id(file: File) -> str:
        return Manifest(release="r", made_at=0, files={"a": file}).content_id()

    assert content_id(PAGE) == content_id(File("aa", 3, PAGE.headers, '"other"'))
    assert content_id(PAGE) != content_id(File("bb", 3, PAGE.headers))
    assert content_id(PAGE) != content_id(File("aa", 3, Headers("text/css", "no-cache")))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"format": 2}', b"\x00\xff"])
def test_a_record_that_somebody_changed_is_refused_in_words(body: bytes) -> None:
    """With what to do."""
    with pytest.raises(Refused, match=r"--verify|newer version"):
        pointers.decode(body)
    with pytest.raises(Refused, match=r"--verify|newer version"):
        model.decode(body)
    with pytest.raises(Refused, match=r"--verify|newer version"):
        journals.decode(body)


def test_a_newer_format_is_not_guessed_at() -> None:
    """An old publisher must not write over what it does not understand."""
    body = json.loads(pointers.encode(Pointer()))
    with pytest.raises(Refused, match="newer version"):
        pointers.decode(json.dumps(body | {"format": 2}).encode())
