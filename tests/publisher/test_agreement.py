"""Tools that others wrote find nothing to do after a publish and after a bring back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from publisher import bring_back, publish
from publisher.rules import Rules
from tests.publisher.hosts import BucketHost, Site, next_build

SERVERS = str(Path(sys.executable).parent.parent / "servers" / "bin")
HIDDEN = ".releases/**"


def program(name: str) -> str:
    """In the folders of PEERS, else beside the test servers, else in PATH."""
    found = shutil.which(name, path=os.environ.get("PEERS", "")) or shutil.which(name, path=SERVERS)
    found = found or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not here: put the folder that it is in into PEERS")
    return found


def rclone_finds(host: BucketHost, folder: Path) -> str:
    """What differs, by size and MD5, in either direction."""
    there = f":s3,provider=Other,env_auth=true,region=us-east-1,force_path_style=true,endpoint='{host.url}'"
    command = [program("rclone"), "check", str(folder), f"{there}:{host.bucket}", "--config", os.devnull]
    command += ["--exclude", HIDDEN, "--combined", "-", "--log-level", "ERROR"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 1), done.stderr
    return "".join(line for line in done.stdout.splitlines(keepends=True) if not line.startswith("= "))


def aws_finds(host: BucketHost, folder: Path) -> str:
    """What a sync would do."""
    command = [program("aws"), "--endpoint-url", host.url, "--region", "us-east-1", "s3", "sync", str(folder)]
    command += [host.target, "--dryrun", "--size-only", "--delete", "--exclude", HIDDEN]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("finds", [rclone_finds, aws_finds], ids=["rclone", "aws"])
def test_another_tool_finds_nothing_to_do(
    finds: Callable[[BucketHost, Path], str], strict_bucket: BucketHost, site: Site
) -> None:
    """No name counts as hashed here, so nothing stays on for open tabs: the bucket is the build and nothing else."""
    host = strict_bucket
    options = replace(host.options, rules=Rules(hashed=()), anyway=True)
    later = next_build(site)
    publish(site.write(), host.target, release="r1", options=options)
    publish(later.write(), host.target, release="r2", options=options)
    assert finds(host, later.folder) == ""
    # It would see a file too many, one too few and one of another size.
    site.write()
    seen = finds(host, site.folder)
    assert all(path in seen for path in ("news/index.html", "page-1/index.html", "_astro/site.Bx3f9A2c.css"))
    bring_back(host.target, "r1", options=options)
    assert finds(host, site.folder) == ""
