"""The tools that people publish with, where they are installed: what each is called with, nothing hidden in between.

Programs are looked for in the folders of PEERS (separated like PATH), then in PATH. They are never installed from here.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE = "64"
type At = Callable[[str], list[str]]  # the command for a server's address


@dataclass(frozen=True, kw_only=True)
class Peer:
    """correct: False when it is known to leave stale files, so that it is no measure for others."""

    name: str
    command: Callable[[Path, str, str], list[str]]
    correct: bool = True


def found() -> list[Peer]:
    """Ourselves first, then the peers that are here."""
    peers = [Peer(name="publisher", command=_ours)]
    if aws := program("aws"):
        peers += [
            Peer(name="aws s3 sync", command=lambda dist, bucket, url: _aws(aws, dist, bucket, url)),
            Peer(
                name="aws s3 sync --size-only",
                command=lambda dist, bucket, url: [*_aws(aws, dist, bucket, url), "--size-only"],
                correct=False,
            ),
        ]
    if s5cmd := program("s5cmd"):
        peers.append(Peer(name="s5cmd sync", command=lambda dist, bucket, url: _s5cmd(s5cmd, dist, bucket, url)))
    if rclone := program("rclone"):
        peers.append(
            Peer(name="rclone sync --checksum", command=lambda dist, bucket, url: _rclone(rclone, dist, bucket, url))
        )
    if hugo := program("hugo"):
        peers.append(Peer(name="hugo deploy", command=lambda dist, bucket, url: _hugo(hugo, dist, bucket, url)))
    return peers


def program(name: str) -> str:
    """Where it is; "" when it is not here."""
    return shutil.which(name, path=os.environ.get("PEERS", "")) or shutil.which(name) or ""


def _ours(dist: Path, bucket: str, url: str) -> list[str]:
    return [sys.executable, "-m", "publisher", "publish", str(dist), f"s3://{bucket}", "--endpoint", url]


def _aws(program: str, dist: Path, bucket: str, url: str) -> list[str]:
    quiet = ["--delete", "--only-show-errors"]
    return [program, "--endpoint-url", url, "s3", "sync", str(dist), f"s3://{bucket}", *quiet]


def _s5cmd(program: str, dist: Path, bucket: str, url: str) -> list[str]:
    return [program, "--log", "error", "--endpoint-url", url, "sync", "--delete", f"{dist}/", f"s3://{bucket}/"]


def _rclone(program: str, dist: Path, bucket: str, url: str) -> list[str]:
    how = ["--checksum", "--fast-list", "--transfers", AT_ONCE, "--checkers", AT_ONCE, "--config", os.devnull]
    return [
        program,
        "sync",
        *how,
        "--s3-use-unsigned-payload=true",
        "--s3-no-check-bucket",
        str(dist),
        rclone_bucket(bucket, url),
    ]


def rclone_bucket(bucket: str, url: str) -> str:
    """As rclone writes it, without a file of settings."""
    return f":s3,provider=Other,env_auth=true,region=us-east-1,force_path_style=true,endpoint='{url}':{bucket}"


def _hugo(program: str, dist: Path, bucket: str, url: str) -> list[str]:
    site = dist.parent / f"hugo-{bucket}"
    site.mkdir(exist_ok=True)
    address = f"s3://{bucket}?region=us-east-1&endpoint={url}&use_path_style=true&disable_https=true"
    (site / "hugo.toml").write_text(
        f'baseURL = "http://site.example/"\npublishDir = "{dist}"\n'
        '[deployment]\norder = ["^_astro/", "[.](webp|svg|txt|webmanifest)$", "[.]html$"]\n'
        f'[[deployment.targets]]\nname = "bench"\nURL = "{address}"\n'
    )
    return [program, "deploy", "--source", str(site), "--target", "bench", "--maxDeletes", "-1", "--workers", AT_ONCE]
