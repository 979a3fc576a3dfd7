"""Sites that are small, where the start of a program decides, and large, where memory and slow algorithms do."""

from __future__ import annotations

import shutil

import _publish_peers
from _figure import Figure
from _publish_contest import Contestant, bring_back_command, releases
from _publish_site import Site
from _publish_stage import Stage

SIZES = (12_500, 50_000, 100_000)
OTHERS = 500 + 2_000 + 6  # files of a site that are no numbered pages
WORK = ("first upload", "redeploy", "bring back")


def small_site(stage: Stage, rounds: int) -> list[Figure]:
    """384 files, few changes."""
    site = Site(stage.folder / "small", 300, assets=40, pictures=38)
    ours = _ours(stage, "small")
    ours.measure("first upload", stage, site.folder, site.digests())
    for _ in range(max(5, rounds)):
        site.edit()
        ours.measure("redeploy", stage, site.folder, site.digests())
    return [
        Figure(name="small site, redeploy", value=ours.middle("redeploy"), unit="s", most=0.6),
        Figure(name="small site, redeploy, processor", value=ours.cpu("redeploy"), unit="s", most=0.35),
    ]


def large_sites(stage: Stage) -> list[Figure]:
    """What work costs by the size of the site: processor time for a thousand files, and memory. Prints as it goes."""
    seen = {}
    print("by size of the site:", flush=True)
    for size in SIZES:
        ours = seen[size] = _one_size(stage, size)
        for work in WORK:
            run = ours.runs[work][0]
            print(
                f"  {size:>7} files, {work:<14}{run.wall:>8.2f} s{run.cpu:>8.2f} s CPU"
                f"{run.cpu * 1000 / size:>7.3f} for 1,000 files{run.memory:>6.0f} MB{run.wrong:>4} wrong",
                flush=True,
            )
    small, large = seen[SIZES[0]], seen[SIZES[-1]]
    figures = [
        Figure(name="100,000 files, peak memory", value=_memory(large), unit="MB", most=400),
        Figure(name="12,500 files, peak memory", value=_memory(small), unit="MB", most=150),
    ]
    for work in WORK:
        growth = large.cpu(work) / small.cpu(work) / (SIZES[-1] / SIZES[0])
        figures.append(Figure(name=f"{work}, CPU for a file, 100,000 to 12,500", value=growth, unit="x", most=1.2))
    return figures


def _one_size(stage: Stage, size: int) -> Contestant:
    folder = stage.folder / f"files-{size}"
    site = Site(folder, size - OTHERS)
    ours = _ours(stage, f"files-{size}")
    before = site.digests()
    ours.measure("first upload", stage, folder, before)
    release = releases(stage, ours.bucket)[0]["id"]
    site.edit()
    ours.measure("redeploy", stage, folder, site.digests())
    ours.measure_command("bring back", stage, before, None, lambda url: bring_back_command(ours.bucket, release, url))
    shutil.rmtree(folder)
    return ours


def _ours(stage: Stage, bucket: str) -> Contestant:
    stage.client.create_bucket(Bucket=bucket)
    return Contestant(_publish_peers.found()[0], bucket)


def _memory(ours: Contestant) -> float:
    return max(run.memory for runs in ours.runs.values() for run in runs)
