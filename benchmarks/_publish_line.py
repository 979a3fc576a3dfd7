"""A line to a server that counts requests and, if asked, holds each one back for some milliseconds.

Run as a program: it prints its port, then relays until its standard input closes, then prints the counts as JSON.
"""

from __future__ import annotations

import asyncio
import collections
import json
import os
import re
import subprocess
import sys
from pathlib import Path

_START = re.compile(rb"(GET|PUT|POST|DELETE|HEAD) (\S+) HTTP/1.1\r\n")
_COPY = re.compile(rb"(?i)\r\nx-amz-copy-source:")


class Line:
    """A running line."""

    def __init__(self, upstream_port: int, delay: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__)), str(upstream_port), str(delay)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def close(self) -> dict[str, int]:
        """Requests by kind."""
        counts, _ = self._process.communicate("\n")
        return dict(json.loads(counts))


async def _relay(upstream_port: int, delay: float) -> None:
    counts: collections.Counter[str] = collections.Counter()
    loop = asyncio.get_running_loop()

    async def answer_back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(262144):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", upstream_port)
        answers = asyncio.ensure_future(answer_back(back, writer))
        try:
            while data := await reader.read(262144):
                start = _START.match(data)
                if start:
                    counts["COPY" if _COPY.search(data[:4000]) else start.group(1).decode()] += 1
                if delay:
                    # Each burst goes on later by the same time, so the order stays.
                    loop.call_later(delay, forth.write, data)
                else:
                    forth.write(data)
        except ConnectionError:
            pass
        loop.call_later(delay, forth.close)
        await answers

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    print(json.dumps(counts), flush=True)
    os._exit(0)  # connections that programs left open are of no interest


if __name__ == "__main__":
    asyncio.run(_relay(int(sys.argv[1]), float(sys.argv[2])))
