"""Which ports are used, and who holds a taken one."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from buildhub.up import ports
from buildhub.up.errors import Refused


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that this process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_that_was_asked_for_is_refused_with_its_holder(taken: int) -> None:
    """Here the holder is the test itself."""
    with pytest.raises(Refused, match=rf"Port {taken} is taken by .+ \(process {os.getpid()}\)"):
        ports.web_port("127.0.0.1", str(taken))


def test_without_a_wish_the_next_free_port_is_taken(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search starts at the default port."""
    monkeypatch.setattr(ports, "DEFAULT_PORT", taken)
    assert ports.web_port("127.0.0.1", None) > taken


@pytest.mark.parametrize("typed", ["eighty", "0", "65536", "-1", "80 80", "³"])
def test_what_is_no_port_number_is_refused(typed: str) -> None:
    """The sentence repeats what was typed."""
    with pytest.raises(Refused, match="must be a number from 1 to 65535"):
        ports.web_port("127.0.0.1", typed)


def test_an_address_of_another_machine_is_refused() -> None:
    """192.0.2.0/24 is reserved for documentation."""
    with pytest.raises(Refused, match=r"Port 8000 of 192\.0\.2\.1 cannot be used"):
        ports.web_port("192.0.2.1", "8000")


def test_the_sandbox_keeps_its_ports_while_they_are_free(tmp_path: Path, taken: int) -> None:
    """Links into the published site stay good over restarts; a taken port is replaced, the others stay."""
    first = ports.sandbox_ports(tmp_path, taken)
    assert len({taken, first.gitlab, first.cms, first.site}) == 4
    assert ports.sandbox_ports(tmp_path, taken + 100) == first
    with socket.create_server(("127.0.0.1", first.cms)):
        second = ports.sandbox_ports(tmp_path, taken)
    assert (second.gitlab, second.site) == (first.gitlab, first.site)
    assert second.cms not in {first.gitlab, first.cms, first.site, taken}
