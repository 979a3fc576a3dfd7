"""A CMS on this machine for the tests of the sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.content.sources.answering import Answering, Cms, serving


@pytest.fixture
def served() -> Iterator[Callable[[Answering], Cms]]:
    """Start a CMS that answers with a function."""
    with ExitStack() as stack:
        yield lambda answering: stack.enter_context(serving(answering))
