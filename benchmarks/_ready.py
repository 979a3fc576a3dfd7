"""Importing this makes ready what every benchmark stands on: a throwaway PostgreSQL and Valkey, and Django.

The settings are production's; the servers run in a temporary folder and go when the process ends. PostgreSQL is
durable here, unlike in the tests, because a press waits for its commit to reach the disk.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import django  # noqa: E402 - the path first
from django.core.management import call_command  # noqa: E402

from buildhub.up import postgres  # noqa: E402
from tests import valkey  # noqa: E402

DATA = Path(tempfile.mkdtemp(prefix="buildhub-bench-", dir="/tmp"))
CLUSTER = postgres.Cluster(files=DATA / "postgres", sockets=DATA / "run", log=DATA / "postgres.log")


def _start_postgres() -> str:
    postgres.prepare(CLUSTER)
    process = postgres.start(CLUSTER)
    atexit.register(postgres.stop, process)
    postgres.wait_until_ready(CLUSTER, process)
    postgres.ensure_database(CLUSTER, "buildhub")
    return f"postgres://{postgres.USER}@/{CLUSTER.sockets}/buildhub"


def _start_valkey() -> str:
    url, stop = valkey.start()
    atexit.register(stop)
    return url


def _set_up_django() -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "buildhub.settings",
        "BUILDHUB_DATA": str(DATA / "data"),
        "DATABASE_URL": _start_postgres(),
        "REDIS_URL": _start_valkey(),
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DEBUG": "false",
        "LOG_LEVEL": "WARNING",
        "PUBLIC_URL": "",
        "STATIC_ROOT": "",
    }
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)


DATA.chmod(0o755)  # as root, the database runs as another user and passes through here
atexit.register(shutil.rmtree, DATA, ignore_errors=True)
_set_up_django()
