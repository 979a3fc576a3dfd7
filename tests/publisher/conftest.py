"""The hosts that every publishing scenario runs on."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.publisher import servers
from tests.publisher.hosts import BucketHost, Cdn, FolderHost, Host, Site, small_site
from tests.publisher.proxy import Proxy

START = {"moto": servers.start_moto, "seaweedfs": servers.start_seaweedfs, "ministack": servers.start_ministack}
_numbers = itertools.count(1)


LONG = {
    "test_agreement.py",
    "test_cdn.py",
    "test_faults.py",
    "test_killed.py",
    "test_killed_promotion.py",
    "test_rivals.py",
    "test_unbroken.py",
}
FURTHER_SERVERS = ("seaweedfs", "ministack")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes is run by `make endurance`; every scenario runs on a folder and on moto in `make test` too."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            is_further = any(name in item.name for name in FURTHER_SERVERS) or "strict_bucket" in getattr(
                item, "fixturenames", ()
            )
            if item.path.name in LONG or is_further:
                item.add_marker(pytest.mark.endurance)


@pytest.fixture(scope="session")
def server() -> Iterator[Callable[[str], str]]:
    """The address of a server by name; each is started once, when it is first asked for."""
    running: dict[str, servers.Started] = {}

    def address(name: str) -> str:
        if name == "ministack" and servers.ministack_program() is None:
            pytest.skip("MiniStack is not installed here")
        if name not in running:
            running[name] = START[name]()
        return running[name][0]

    yield address
    for _, stop in running.values():
        stop()


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys for the test servers, and nothing of this machine's own AWS settings."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", servers.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", servers.SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def new_bucket(url: str) -> BucketHost:
    """A fresh bucket; a server that has only just started is given time."""
    for _ in range(60):
        try:
            host = BucketHost(url, f"site-{next(_numbers)}")
            host.write_by_hand("ready", b"1")
            host.delete_by_hand("ready")
            return host
        except (ClientError, BotoCoreError):
            time.sleep(0.25)
    raise RuntimeError(f"{url} takes no objects")


@pytest.fixture(params=["folder", "moto", "seaweedfs", "ministack"])
def host(request: pytest.FixtureRequest, server: Callable[[str], str], tmp_path: Path) -> Host:
    """Each kind of host in turn."""
    return FolderHost(tmp_path / "target") if request.param == "folder" else new_bucket(server(request.param))


@pytest.fixture(params=["moto", "seaweedfs", "ministack"])
def bucket(request: pytest.FixtureRequest, server: Callable[[str], str]) -> BucketHost:
    """Each S3 server in turn."""
    return new_bucket(server(request.param))


@pytest.fixture
def strict_bucket(server: Callable[[str], str]) -> BucketHost:
    """The server that checks signatures and checksums."""
    return new_bucket(server("seaweedfs"))


@pytest.fixture
def cdn(server: Callable[[str], str]) -> Cdn:
    """A bucket with a distribution, on the server that has both."""
    host = new_bucket(server("ministack"))
    return Cdn(host, host.url)


@pytest.fixture
def proxy(strict_bucket: BucketHost) -> Iterator[Proxy]:
    """A proxy in front of that server."""
    proxy = Proxy(strict_bucket.url)
    yield proxy
    proxy.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A small build."""
    return small_site(tmp_path / "dist")
