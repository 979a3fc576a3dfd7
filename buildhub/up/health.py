"""Asks the web server whether it is well: `up` before it prints the address, containers by this path."""

import http.client
import os
import sys
from collections.abc import Sequence

EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104


def reachable(host: str) -> str:
    """The address to visit when a server listens on `host`, which may stand for all addresses."""
    return EVERY_ADDRESS.get(host, host)


def allowed_name(allowed_hosts: Sequence[str]) -> str:
    """A Host header that ALLOWED_HOSTS lets in."""
    first = next(iter(allowed_hosts), "")
    return "localhost" if first in ("", "*") else first.lstrip(".")


def is_well(host: str, port: int, name: str) -> bool:
    """Whether GET /healthz, with `name` as its Host, is answered with 200 within two seconds."""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": name})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    names = [name.strip() for name in os.environ.get("ALLOWED_HOSTS", "").split(",")]
    sys.exit(not is_well("127.0.0.1", int(os.environ.get("PORT") or 8000), allowed_name(names)))
