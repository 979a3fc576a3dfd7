"""The embedded PostgreSQL: real servers in throwaway folders."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from buildhub.up import identity, postgres
from buildhub.up.errors import UpError
from buildhub.up.postgres import Cluster

pytestmark = pytest.mark.process


@pytest.fixture
def cluster(folder: Path) -> Cluster:
    """A cluster that is not made yet."""
    return Cluster(files=folder / "postgres", sockets=folder / "run", log=folder / "log", durable=False)


@pytest.fixture
def started() -> Iterator[Callable[[Cluster], subprocess.Popen[bytes]]]:
    """Prepares and starts clusters and stops them in the end."""
    running: list[subprocess.Popen[bytes]] = []

    def start(cluster: Cluster) -> subprocess.Popen[bytes]:
        postgres.prepare(cluster)
        running.append(postgres.start(cluster))
        postgres.wait_until_ready(cluster, running[-1])
        return running[-1]

    yield start
    for process in running:
        if process.poll() is None:
            postgres.stop(process)


def connect(cluster: Cluster, name: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection that commits each statement."""
    return psycopg.connect(host=str(cluster.sockets), user=postgres.USER, dbname=name, autocommit=True)


type Start = Callable[[Cluster], subprocess.Popen[bytes]]


def test_it_starts_from_nothing_and_keeps_its_data(cluster: Cluster, started: Start) -> None:
    """Stop and start leave rows and database in place; making the database twice is fine."""
    process = started(cluster)
    postgres.ensure_database(cluster, "buildhub")
    with connect(cluster, "buildhub") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    postgres.stop(process)
    assert process.returncode == 0
    started(cluster)
    postgres.ensure_database(cluster, "buildhub")
    with connect(cluster, "buildhub") as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_it_listens_on_a_private_socket_only(cluster: Cluster, started: Start) -> None:
    """No port, no password, and nobody else can enter the folder."""
    started(cluster)
    with connect(cluster, "postgres") as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert cluster.sockets.stat().st_mode & 0o077 == 0


def test_it_recovers_after_kill(folder: Path, started: Start) -> None:
    """What was committed is there; the file of the dead server is not taken for a ready one."""
    cluster = Cluster(files=folder / "postgres", sockets=folder / "run", log=folder / "log")
    process = started(cluster)
    with connect(cluster, "postgres") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    process.kill()
    process.wait()
    assert "ready" in (cluster.files / "postmaster.pid").read_text()
    assert not postgres.is_ready(cluster, process.pid + 1)
    started(cluster)
    with connect(cluster, "postgres") as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_stop_does_not_wait_for_clients(cluster: Cluster, started: Start) -> None:
    """An idle connection in a transaction is cut."""
    process = started(cluster)
    with connect(cluster, "postgres") as connection:
        connection.execute("BEGIN")
        postgres.stop(process)
        assert process.returncode == 0
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_a_second_server_on_the_same_files_is_refused_in_words(cluster: Cluster, started: Start) -> None:
    """PostgreSQL's own words are passed on."""
    started(cluster)
    second = postgres.start(cluster)
    with pytest.raises(UpError, match=r"did not start:(.|\n)*postmaster\.pid"):
        postgres.wait_until_ready(cluster, second)


def test_an_interrupted_first_start_is_repeated(cluster: Cluster, started: Start) -> None:
    """Half-made files lie beside the place of the whole ones and are thrown away."""
    unfinished = cluster.files.with_name("postgres.new")
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    started(cluster)
    assert not unfinished.exists()


def test_files_of_another_version_are_refused_in_words(cluster: Cluster) -> None:
    """The sentence names both versions."""
    postgres.prepare(cluster)
    (cluster.files / "PG_VERSION").write_text("17\n")
    with pytest.raises(UpError, match=r"made by PostgreSQL 17, but this is PostgreSQL \d+"):
        postgres.prepare(cluster)


def test_a_wrong_folder_of_binaries_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """BUILDHUB_PG_BIN is the setting to change."""
    monkeypatch.setenv("BUILDHUB_PG_BIN", str(tmp_path))
    with pytest.raises(UpError, match=f"BUILDHUB_PG_BIN is {tmp_path}"):
        postgres.binaries()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs to become somebody else")
@pytest.mark.parametrize("way", ["namespace", "nobody"])
def test_root_runs_it_in_folders_closed_to_others(
    way: str, cluster: Cluster, started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways work in a 0700 folder, and each takes over files that the other one made."""
    nobody = identity.Identity(enter=identity.become_nobody, owner=65534)
    namespace = identity.Identity(enter=identity.enter_namespace, owner=0)
    ways = [namespace, nobody] if way == "nobody" else [nobody, namespace]
    for chosen in ways:
        monkeypatch.setattr(postgres, "database_identity", lambda _probe, chosen=chosen: chosen)
        process = started(cluster)
        assert cluster.files.stat().st_uid == chosen.owner
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
