"""Brings the database to the state that the code expects, and says plainly why it cannot."""

from urllib.parse import urlsplit

from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor
from kombu import Connection
from kombu.exceptions import OperationalError as BrokerError

from buildhub.up.errors import UpError


def check_reachable() -> None:
    """Raises UpError when the database does not answer within its connect timeout."""
    connection = connections["default"]
    try:
        connection.ensure_connection()
    except OperationalError as error:
        place = connection.settings_dict["HOST"] or "this machine"
        raise UpError(f"The database at {place} cannot be reached (see DATABASE_URL): {_first_line(error)}") from error


def check_broker(url: str) -> None:
    """Raises UpError when the broker at that URL does not answer within three seconds."""
    with Connection(url, connect_timeout=3, transport_options={"socket_connect_timeout": 3}) as connection:
        try:
            connection.ensure_connection(max_retries=1, timeout=3)
        except (BrokerError, OSError, ValueError, KeyError) as error:
            parts = urlsplit(url)  # without the password, which kombu would show as stars
            place = f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else parts.path
            raise UpError(f"The broker at {place} cannot be reached (see REDIS_URL): {_first_line(error)}") from error


def migrate() -> None:
    """Apply what is unapplied; with nothing to apply only one table is read. Raises UpError when it fails."""
    connection = connections["default"]
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise UpError(f"The database could not be brought up to date: {_first_line(error)}") from error


def leave() -> None:
    """Close this process's connections, so that nothing of them reaches children or outlives the database."""
    connections.close_all()


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
