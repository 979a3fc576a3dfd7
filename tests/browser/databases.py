"""Databases of the browser tests, beside the one that pytest-django empties between tests."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from psycopg import sql


def make(name: str, *, like: str = "template0") -> str:
    """Make a database anew in the session's cluster, as a copy of `like`, and return its DATABASE_URL."""
    drop(name)
    _run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(like)))
    address = urlsplit(os.environ["DATABASE_URL"])
    return address._replace(path=f"{address.path.rpartition('/')[0]}/{name}").geturl()


def drop(name: str) -> None:
    """Remove a database, also while somebody is connected to it."""
    _run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _run(command: sql.Composed) -> None:
    facts = settings.DATABASES["default"]
    place = {"host": facts["HOST"], "port": facts["PORT"], "user": facts["USER"], "password": facts["PASSWORD"]}
    known = {key: str(value) for key, value in place.items() if value}
    with psycopg.connect(dbname="postgres", autocommit=True, **known) as connection:  # type: ignore[arg-type]
        connection.execute(command)


def broker(number: int) -> str:
    """The session's broker, but a database of its own there, so that no other worker takes the messages."""
    return f"{os.environ['REDIS_URL'].partition('?')[0]}?virtual_host={number}"
