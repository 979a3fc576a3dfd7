"""The project's settings for the tests: a throwaway Postgres, no broker, a quick password hash.

pytest-django reads settings before any conftest, so the cluster is started here; it goes when the process ends.
"""

import atexit
import os
import tempfile

from tests import postgres

os.environ.setdefault("BUILDHUB_DATA", tempfile.mkdtemp(prefix="buildhub-tests-"))
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")  # nothing listens there
if "DATABASE_URL" not in os.environ:
    os.environ["DATABASE_URL"], _stop = postgres.start()
    atexit.register(_stop)

from buildhub.settings import *  # noqa: E402, F403 - a settings module is a star import

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
