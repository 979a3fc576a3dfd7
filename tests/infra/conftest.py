"""The edge functions, started once for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.infra.edge import Edge, node_program
from tests.infra.templates import INFRA


def _start(name: str) -> Iterator[Edge]:
    if node_program() is None:
        pytest.skip("NOT TESTED: the edge functions, as there is no node. Install it or set NODE to its path.")
    edge = Edge(INFRA / "functions" / name)
    yield edge
    edge.close()


@pytest.fixture(scope="module")
def site_edge() -> Iterator[Edge]:
    """functions/directory-index.js."""
    yield from _start("directory-index.js")


@pytest.fixture(scope="module")
def preview_edge() -> Iterator[Edge]:
    """functions/preview-host.js."""
    yield from _start("preview-host.js")
