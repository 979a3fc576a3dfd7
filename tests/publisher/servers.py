"""S3 and CloudFront servers that others wrote, started for the tests on free ports of this machine."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

KEY, SECRET = "AKIATESTSONLY", "only-for-tests"
BIN = Path(sys.executable).parent
type Started = tuple[str, Callable[[], None]]


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now; low enough that 10,000 above is a port as well, which SeaweedFS wants."""
    found: list[int] = []
    while len(found) < count:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port = 20000 + one.getsockname()[1] % 20000
            try:
                other.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def ministack_program() -> Path | None:
    """MiniStack pins libraries that differ from ours, so it lives in a virtual environment of its own."""
    named = os.environ.get("MINISTACK") or shutil.which("ministack") or BIN.parent / "servers/bin/ministack"
    return Path(named) if Path(named).exists() else None


def start_moto() -> Started:
    """moto, in a process of its own."""
    (port,) = free_ports(1)
    return _run([str(BIN / "moto_server"), "-H", "127.0.0.1", "-p", str(port)], port, {})


def start_ministack() -> Started:
    """MiniStack. Only where ministack_program() is there."""
    program = ministack_program()
    if program is None:
        raise RuntimeError("MiniStack is not installed")
    (port,) = free_ports(1)
    return _run([str(program)], port, {"GATEWAY_PORT": str(port), "PERSIST_STATE": "0", "LOG_LEVEL": "WARNING"})


def start_seaweedfs() -> Started:
    """SeaweedFS: checks signatures, so its keys are ours."""
    folder = Path(tempfile.mkdtemp(prefix="seaweedfs-"))
    s3, master, volume, filer = free_ports(4)
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    command = [str(BIN / "weed"), "server", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3"]
    command += [f"-s3.port={s3}", f"-s3.config={folder / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += [f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}", "-volume.max=500"]
    command += ["-master.volumeSizeLimitMB=64", "-s3.iam=false"]
    url, stop = _run(command, s3, {"HOME": str(folder), "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"}, folder)

    def stop_and_sweep() -> None:
        stop()
        for port in (s3, master, volume, filer):
            for number in (port, port + 10000):
                for leftover in Path("/tmp").glob(f"seaweedfs-*-{number}.sock"):
                    leftover.unlink(missing_ok=True)

    return url, stop_and_sweep


def _run(command: list[str], port: int, extra: dict[str, str], folder: Path | None = None) -> Started:
    folder = folder or Path(tempfile.mkdtemp(prefix="server-"))
    log = (folder / "log").open("wb")
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, **extra}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0
    )

    def stop() -> None:
        process.terminate()
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()  # nothing here is to be kept
            process.wait()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)

    deadline = time.monotonic() + 60
    while not _answers(port):
        if time.monotonic() > deadline or process.poll() is not None:
            words = (folder / "log").read_text(errors="replace")[-2000:]
            stop()
            raise RuntimeError(f"{command[0]} did not start: {words}")
        time.sleep(0.05)
    return f"http://127.0.0.1:{port}", stop


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
    return True
