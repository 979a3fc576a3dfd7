"""The bytes of an answer, counted and unpacked piece by piece, so that a small bomb stays small."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import httpx

from deploys.content.sources.errors import ErrorClass, SourceMalformed, SourceTooLarge, SourceUnavailable

_PIECE = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


def body_of(reply: httpx.Response, most: int) -> bytes:
    """Read a streamed answer. Raises SourceTooLarge above most bytes (unpacked), and errors of httpx."""
    found = bytearray()
    for piece in _unpacked(reply):
        found += piece
        if len(found) > most:
            raise SourceTooLarge(
                f"One answer of the source has more than {_in_words(most)}: ask for smaller pages or fewer fields."
            )
    return bytes(found)


def start_of(reply: httpx.Response, most: int) -> bytes:
    """Read at most so many bytes of an answer and leave the rest."""
    found = bytearray()
    for piece in _unpacked(reply):
        found += piece
        if len(found) >= most:
            break
    return bytes(found[:most])


def _unpacked(reply: httpx.Response) -> Iterator[bytes]:
    packing = reply.headers.get("Content-Encoding", "identity").strip().lower()
    if packing in ("", "identity"):
        yield from reply.iter_raw()
    elif packing in ("gzip", "x-gzip"):
        yield from _gunzipped(reply.iter_raw())
    else:
        raise SourceMalformed(
            f"The source packs its answers in a way we did not ask for ({packing[:20]}): have it obey Accept-Encoding.",
            error_class=ErrorClass.NOT_JSON,
        )


def _gunzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_GZIP)
    came = False
    try:
        for piece in pieces:
            rest = piece
            came = came or bool(piece)
            while rest and not unpacker.eof:
                yield unpacker.decompress(rest, _PIECE)
                rest = unpacker.unconsumed_tail
        yield unpacker.flush(_PIECE)
    except zlib.error as error:
        raise SourceMalformed(
            "The source's packed answer is damaged: look at what stands between it and us (proxy, cache).",
            error_class=ErrorClass.NOT_JSON,
        ) from error
    if came and not unpacker.eof:
        raise SourceUnavailable("The source's answer ended too early: try again.")


def _in_words(size: int) -> str:
    return f"{size // (1024 * 1024)} MB" if size >= 1024 * 1024 else f"{max(size // 1024, 1)} KB"
