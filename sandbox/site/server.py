"""A threaded HTTP server for one WSGI application, started and stopped within the process."""

from __future__ import annotations

import errno
import socket
import threading
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

POLL_SECONDS = 0.05
BACKLOG = 128


class PortTaken(OSError):
    """Another program listens on the port."""


class QuietHandler(WSGIRequestHandler):
    """Answers without delay and writes no line per request."""

    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def version_string(self) -> str:
        return "harbour-museum"


class WebServer:
    """Serves ``app`` on ``host``; port 0 chooses a free one. Raises PortTaken when the port is in use."""

    def __init__(self, app: WSGIApplication, *, host: str, port: int) -> None:
        self._socket = _listening_socket(host, port)
        self.host, self.port = host, int(self._socket.getsockname()[1])
        self._server: BaseWSGIServer = make_server(
            host, self.port, app, threaded=True, request_handler=QuietHandler, fd=self._socket.fileno()
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": POLL_SECONDS}, daemon=True
        )

    @property
    def url(self) -> str:
        """The address with a slash at its end."""
        return f"http://{self.host}:{self.port}/"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests; those that run are left to end by themselves."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._socket.close()


def _listening_socket(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(errno.EADDRINUSE, f"Port {port} on {host} is used by another program") from error
        raise
    return listener
