#!/usr/bin/env python
"""Django's command line for buildhub."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import OperationalError, connection


def main() -> None:
    """Run one management command; a wrong setting is one sentence, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buildhub.settings")
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, PermissionError) as error:
        sys.exit(f"buildhub cannot start: {error}")
    except OperationalError as error:
        if connection.connection:  # it was reached: something else is wrong
            raise
        reason = str(error).strip().splitlines()[0].rstrip(".")
        sys.stderr.write(
            f"The database cannot be reached: {reason}. Start it (`make run`, or `docker compose up -d`), or say in "
            "DATABASE_URL where it is.\n"
        )
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
