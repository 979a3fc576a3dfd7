"""A throwaway PostgreSQL for the test session: real, fast and forgetful."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from buildhub.up import postgres


def start() -> tuple[str, Callable[[], None]]:
    """Start a cluster in a temporary folder and return its DATABASE_URL and the function that removes it."""
    folder = Path(tempfile.mkdtemp(prefix="buildhub-test-", dir="/tmp"))
    cluster = postgres.Cluster(
        files=folder / "postgres", sockets=folder / "run", log=folder / "postgres.log", durable=False
    )
    process = None

    def stop() -> None:
        if process:
            postgres.stop(process)
        shutil.rmtree(folder, ignore_errors=True)

    try:
        postgres.prepare(cluster)
        process = postgres.start(cluster)
        postgres.wait_until_ready(cluster, process)
        postgres.ensure_database(cluster, "buildhub")
    except BaseException:
        stop()
        raise
    return f"postgres://{postgres.USER}@/{cluster.sockets}/buildhub", stop
