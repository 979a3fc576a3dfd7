"""Edge functions, run by node as the edge runs them: the function alone, no module, nothing of node in reach."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

RUNNER = """
const vm = require('node:vm');
const lines = require('node:readline').createInterface({ input: process.stdin });
const context = vm.createContext({});
let loaded = false;
lines.on('line', (line) => {
  if (!loaded) { vm.runInContext(JSON.parse(line), context); loaded = true; return; }
  context.given = line;
  console.log(vm.runInContext('JSON.stringify(handler(JSON.parse(given)))', context));
});
"""


def node_program() -> str | None:
    """Node, of any version: the functions are plain ECMAScript 5.1."""
    return os.environ.get("NODE") or shutil.which("node")


class Edge:
    """One function in a process of its own, asked as often as one likes."""

    def __init__(self, file: Path) -> None:
        self._process = subprocess.Popen(
            [str(node_program()), "-e", RUNNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._tell(file.read_text(encoding="utf-8"))

    def _tell(self, value: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()

    def answer(self, uri: str, *, host: str = "www.example.org", query: dict[str, Any] | None = None) -> dict[str, Any]:
        """The changed request, or an answer with a statusCode."""
        request = {"method": "GET", "uri": uri, "querystring": query or {}, "headers": {"host": {"value": host}}}
        self._tell({"version": "1.0", "request": request})
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
