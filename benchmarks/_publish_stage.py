"""Where programs are measured: a server of its own, and each program as a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import _publish_peers

sys.path.insert(0, str(_publish_peers.ROOT))

import boto3
from botocore.config import Config

from tests.publisher import servers


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of one program: seconds, processor seconds, the largest resident memory in MB, files left wrong."""

    wall: float
    cpu: float
    memory: float
    wrong: int = 0
    requests: dict[str, int] = field(default_factory=dict)


class Stage:
    """The server, and what every program finds in its environment."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": servers.KEY,
            "AWS_SECRET_ACCESS_KEY": servers.SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONPATH": str(_publish_peers.ROOT),
        }
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=servers.KEY,
            aws_secret_access_key=servers.SECRET,
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 20}),
        )

    def run(self, command: list[str]) -> Run:
        """To its end; a program that fails ends the benchmark."""
        log = self.folder / "log"
        with log.open("wb") as output:
            started = time.monotonic()
            process = subprocess.Popen(command, env=self.environment, stdout=output, stderr=output, cwd=self.folder)
            memory, pid = 0.0, 0
            while not pid:
                memory = max(memory, _largest_memory(process.pid))
                time.sleep(0.005)
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}: {log.read_text()[-2000:]}")
        return Run(wall=wall, cpu=usage.ru_utime + usage.ru_stime, memory=memory)

    def read_json(self, command: list[str]) -> dict[str, Any]:
        """What a command prints."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        return dict(json.loads(done.stdout))

    def listed(self, bucket: str) -> dict[str, str]:
        """Every object and its MD5."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return {one["Key"]: one["ETag"].strip('"') for page in pages for one in page.get("Contents", [])}

    def wrong(self, bucket: str, build: dict[str, str]) -> int:
        """Files that are missing, stale or too many; hashed assets of earlier builds may stay."""
        there = self.listed(bucket)
        extra = [key for key in there if key not in build and not key.startswith((".releases/", "_astro/"))]
        return len(extra) + sum(there.get(path) != digest for path, digest in build.items())


def _largest_memory(pid: int) -> float:
    """The most memory that a process has had so far, in MB; what wait4 says counts ours, before it began, as well."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found.group(1)) / 1024 if found else 0.0


@contextmanager
def staged() -> Iterator[Stage]:
    """A server of its own, gone afterwards."""
    url, stop = servers.start_seaweedfs()
    try:
        with tempfile.TemporaryDirectory(prefix="publish-bench-") as folder:
            yield Stage(url, Path(folder))
    finally:
        stop()
