"""The site as a process: serves pages and APIs, and does what it is told on its standard input, line by line."""

import json
import os
import sys
from threading import Thread
from wsgiref.simple_server import make_server

import django
from django.core.wsgi import get_wsgi_application


def main():
    """Tell the port, then obey until the input ends."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.content.wagtail.settings"
    django.setup()
    from tests.content.wagtail.desk import Desk, Quiet, build

    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
    build(server.server_port)
    Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.server_port}), flush=True)
    desk = Desk()
    for line in sys.stdin:
        asked = json.loads(line)
        answer = getattr(desk, asked["do"])(**asked["with"])
        print(json.dumps(answer, default=str), flush=True)


if __name__ == "__main__":
    main()
