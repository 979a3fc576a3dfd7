"""A dump and its restore, as docs/operations.md says: what Postgres refused before it refuses afterwards."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from buildhub.up import postgres
from deploys.models import Event
from tests import scenes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]


def run(tool: str, *arguments: str, host: str) -> None:
    """A program of PostgreSQL beside the server's own."""
    program = postgres.binaries() / tool
    if not program.exists():
        pytest.skip(f"{tool} does not come with this PostgreSQL")
    subprocess.run([str(program), "-h", host, "-U", "buildhub", *arguments], check=True, timeout=90)


def test_a_restored_database_has_the_rows_and_their_rules(tmp_path: Path) -> None:
    """Rows, and the triggers that keep the history as it is."""
    build = scenes.make_build()
    Event.record(build.pk, note="Pressed")
    host, name = str(connection.settings_dict["HOST"]), str(settings.DATABASES["default"]["NAME"])
    dump = tmp_path / "buildhub.dump"
    run("pg_dump", "-Fc", "-f", str(dump), name, host=host)
    run("createdb", "restored", host=host)
    try:
        run("pg_restore", "-d", "restored", "--no-owner", "--exit-on-error", str(dump), host=host)
        with psycopg.connect(host=host, user="buildhub", dbname="restored") as restored:
            found = restored.execute("SELECT note FROM deploys_event").fetchall()
            assert found == [("Pressed",)]
            with pytest.raises(psycopg.errors.IntegrityError):
                restored.execute("DELETE FROM deploys_event")
    finally:
        run("dropdb", "--force", "restored", host=host)
