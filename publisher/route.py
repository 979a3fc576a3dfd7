"""The way to a host: through which proxy, and which certificates to believe. The environment says so, as for boto3."""

from __future__ import annotations

import base64
import functools
import importlib.util
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


class Untrusted(OSError):
    """The certificate of the host is not one to believe. A second try would not change it."""


class Unpassable(OSError):
    """The proxy does not let this through. A second try would not change it."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """authorization: the value of the header that it wants, "" for none."""

    name: str
    port: int
    authorization: str

    @property
    def headers(self) -> tuple[str, ...]:
        """The lines that a request to it has beside its own."""
        return (f"Proxy-Authorization: {self.authorization}",) if self.authorization else ()


def proxy_for(base: str) -> Proxy | None:
    """The proxy that HTTPS_PROXY or HTTP_PROXY name for this address, unless NO_PROXY does. Raises ValueError."""
    parts = urlsplit(base)
    if not any(os.environ.get(name) for name in (f"{parts.scheme}_proxy", f"{parts.scheme}_proxy".upper())):
        return None
    from urllib.request import getproxies, proxy_bypass  # takes a while to import

    address = getproxies().get(parts.scheme, "")
    if not address or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    found = urlsplit(address if "://" in address else f"http://{address.removeprefix('//')}")
    if found.scheme != "http" or not found.hostname:
        raise ValueError(f"{parts.scheme.upper()}_PROXY has to name a proxy as http://name:port")
    known = f"{unquote(found.username)}:{unquote(found.password)}" if found.username and found.password else ""
    authorization = f"Basic {base64.b64encode(known.encode()).decode()}" if known else ""
    return Proxy(found.hostname, found.port or 80, authorization)


def pass_through(connection: socket.socket, proxy: Proxy, name: str, port: int) -> None:
    """Ask the proxy to pass on whatever comes, for TLS. Raises OSError."""
    host = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
    lines = [f"CONNECT {host} HTTP/1.1", f"Host: {host}", *proxy.headers, "", ""]
    connection.sendall("\r\n".join(lines).encode("ascii"))
    with connection.makefile("rb", buffering=0) as answers:
        words = answers.readline(65536).split(None, 2)
        while answers.readline(65536).rstrip(b"\r\n"):
            continue
    status = words[1].decode("latin-1") if len(words) > 1 else "nothing"
    if not status.startswith("2"):
        kind = Unpassable if status.startswith("4") else OSError
        raise kind(f"the proxy {proxy.name}:{proxy.port} answered {status} to CONNECT {host}")


@functools.cache
def trust(bundle: str) -> Any:
    """Which certificates to believe: those of this file or folder, else the machine's. Read once. Raises OSError."""
    import ssl

    if bundle:
        folder = Path(bundle).is_dir()
        return ssl.create_default_context(cafile=None if folder else bundle, capath=bundle if folder else None)
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"] and not _has_folder(ssl.get_default_verify_paths().capath):
        # Small images of a system have none; botocore brings some along.
        found = importlib.util.find_spec("botocore")
        for place in (found.submodule_search_locations or []) if found else []:
            context.load_verify_locations(Path(place, "cacert.pem"))
    return context


def _has_folder(path: str | None) -> bool:
    return bool(path) and any(Path(str(path)).glob("*.0"))


def secured(connection: socket.socket, context: Any, name: str) -> Any:
    """The connection with TLS over it. Raises OSError."""
    import ssl

    try:
        return context.wrap_socket(connection, server_hostname=name)
    except ssl.SSLCertVerificationError as error:
        raise Untrusted(error.verify_message) from error
