"""Pieces of a log are right with servers that give parts and with those that give everything each time."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deploys.gitlab.trace import Window

LOG = bytes(65 + number % 26 for number in range(30_000))


def new_server(log: bytes, window: Window) -> bytes:
    """Answer as a GitLab that knows byte_offset and byte_limit; the reader stops at enough."""
    return log[window.byte_offset :][: window.byte_limit][: window.enough]


def old_server(log: bytes, window: Window) -> bytes:
    """Answer as a GitLab that ignores both; the reader stops at enough."""
    return log[: window.enough]


@pytest.mark.parametrize("server", [new_server, old_server])
@given(offset=st.integers(0, 30_000), limit=st.integers(1, 40_000))
@example(offset=5000, limit=40_000)
def test_a_piece_starts_where_it_was_asked_to(server: object, offset: int, limit: int) -> None:
    """Both kinds of server lead to the same bytes; none is lost, doubled or too many."""
    assert callable(server)
    window = Window.at(offset, limit)
    piece = window.cut(server(LOG, window))
    assert piece.data == LOG[offset : offset + len(piece.data)]
    assert len(piece.data) <= limit
    assert (piece.offset, piece.next_offset) == (offset, offset + len(piece.data))
    assert bool(piece.data) is (offset < len(LOG))
    assert piece.more or piece.next_offset == len(LOG)


@pytest.mark.parametrize("server", [new_server, old_server])
@pytest.mark.parametrize("limit", [1000, 5000, 1 << 20])
def test_reading_on_while_there_is_more_gives_the_whole_log(server: object, limit: int) -> None:
    """Going on from next_offset as long as more is true ends with the whole log."""
    assert callable(server)
    read, more = b"", True
    while more:
        window = Window.at(len(read), limit)
        piece = window.cut(server(LOG, window))
        read, more = read + piece.data, piece.more
    assert read == LOG


@pytest.mark.parametrize("server", [new_server, old_server])
def test_at_the_end_of_a_growing_log_there_is_nothing_yet(server: object) -> None:
    """An empty piece keeps the place, and the next one has what came since."""
    assert callable(server)
    window = Window.at(len(LOG), 1000)
    piece = window.cut(server(LOG, window))
    assert (piece.data, piece.next_offset, piece.more) == (b"", len(LOG), False)
    assert window.cut(server(LOG + b"news", window)).data == b"news"
