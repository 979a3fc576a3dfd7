"""kill -9 in the middle of a promotion, then the same command again."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from publisher import publish, status, verify
from tests.publisher.conftest import new_bucket
from tests.publisher.hosts import FolderHost, Site, next_build, small_site
from tests.publisher.proxy import Proxy
from tests.publisher.test_killed import command, kill_after, run, usual_time

MOMENTS = 6


@pytest.mark.process
@pytest.mark.parametrize("kind", ["folder", "seaweedfs", "moto"])
def test_a_killed_promotion_is_finished_by_the_next(kind: str, server: Callable[[str], str], tmp_path: Path) -> None:
    """The live place shows the release byte for byte, and no work is left."""
    seed = int(os.environ.get("PUBLISHER_KILL_SEED", str(random.randrange(10**6))))
    chance = random.Random(seed)
    staging, live = (
        FolderHost(tmp_path / name) if kind == "folder" else new_bucket(server(kind)) for name in ("staging", "live")
    )
    proxy = Proxy(live.options.endpoint, delay=0.02) if kind != "folder" else None
    way = proxy.url if proxy else ""
    site = small_site(tmp_path / "dist", pages=40)
    options = replace(staging.options, address="https://staging.example.org")
    publish(site.write(), staging.target, release="s", options=options)
    usual = usual_time(command(live, way, "promote", staging.target, live.target, "s"))
    for moment in range(MOMENTS):
        build = next_build(Site(site.folder, dict(site.files))) if moment % 2 == 0 else site
        build.files["turn.txt"] = str(moment).encode()
        publish(build.write(), staging.target, release=f"s{moment}", options=options)
        arguments = command(live, way, "promote", staging.target, live.target, f"s{moment}")
        kill_after(arguments, chance.uniform(0.15, usual))
        done = run(arguments)
        assert done.returncode == 0, f"PUBLISHER_KILL_SEED={seed}: {done.stderr}"
        served = {path: body for path, body in live.served().items() if path in build.files or "_astro/" not in path}
        assert served == build.files, f"PUBLISHER_KILL_SEED={seed}"
        state = status(live.target, options=live.options)
        assert (state.release, state.unfinished) == (f"s{moment}", "")
        assert verify(live.target, options=live.options).is_as_published
    if proxy:
        proxy.close()
