"""The project's settings for the tests: a throwaway Postgres and Valkey, and a quick password hash.

pytest-django reads settings before any conftest, so the servers are started here; they go when the process ends.
Processes that a test starts inherit their addresses.
"""

import atexit
import os
import sys
import tempfile

from tests import postgres, valkey

os.environ.setdefault("BUILDHUB_DATA", tempfile.mkdtemp(prefix="buildhub-tests-"))
if "pytest" in sys.modules:
    # Of several test processes each has servers of its own, not those of the process that started it.
    for name in os.environ.get("BUILDHUB_TEST_SERVERS", "").split():
        del os.environ[name]
    os.environ["BUILDHUB_TEST_SERVERS"] = " ".join({"DATABASE_URL", "REDIS_URL"} - os.environ.keys())
if "DATABASE_URL" not in os.environ:
    os.environ["DATABASE_URL"], _stop_postgres = postgres.start()
    atexit.register(_stop_postgres)
if "REDIS_URL" not in os.environ:
    os.environ["REDIS_URL"], _stop_valkey = valkey.start()
    atexit.register(_stop_valkey)

from buildhub.settings import *  # noqa: F403 - a settings module is a star import

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Static files are looked up when they are asked for: a walk through all of them for every test client takes longer
# than most pages.
WHITENOISE_AUTOREFRESH = True
