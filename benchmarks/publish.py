"""How long publishing takes, beside the tools that people use for it: same site, same server, same minutes.

`PEERS=/folder/with/programs python benchmarks/publish.py [--rounds 3] [--pages 10000] [--peers WORDS] [--large]
[--only time,proof,small,large]`. The server is SeaweedFS; every program runs as its own process, its start included.
Between two builds all file times are new and few contents differ, mostly at the same size. After each run the bucket
is compared with the build, by hash. Times are medians; on a machine that others use, trust the ratios. CPU is what the
program itself spent. Then a site is asked for, page by page, while everybody publishes it once.
"""

from __future__ import annotations

import argparse
import os

from _figure import Figure
from _publish_contest import Contestant, contest
from _publish_proof import probed
from _publish_site import DIFFER, Site
from _publish_sizes import large_sites, small_site
from _publish_stage import Stage, staged

REFERENCE = "aws s3 sync"


def main() -> None:
    """Measure, print the tables, then the figures beside their targets."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--pages", type=int, default=10_000)
    arguments.add_argument("--peers", default="", help="only peers whose name has one of these words, with commas")
    arguments.add_argument("--large", action="store_true", help="also sites of up to 100,000 files")
    arguments.add_argument("--only", default="time,proof,small", help="some of: time, proof, small, large")
    chosen = arguments.parse_args()
    parts = {*chosen.only.split(","), *(["large"] if chosen.large else [])}
    words = [word for word in chosen.peers.split(",") if word]
    figures: list[Figure] = []
    with staged() as stage:
        if "time" in parts:
            figures += timed(stage, chosen.pages, chosen.rounds, words)
        if "proof" in parts:
            seen, proved = probed(stage, words)
            print("asked for every page while publishing, each request of the publisher held back:")
            print("\n".join(one.line() for one in seen))
            figures += proved
        if "small" in parts:
            figures += small_site(stage, chosen.rounds)
        if "large" in parts:
            figures += large_sites(stage)
    print(f"{os.cpu_count()} cores, load average now: {' '.join(f'{one:.2f}' for one in os.getloadavg())}")
    print("\n".join(figure.line() for figure in figures))


def timed(stage: Stage, pages: int, rounds: int, words: list[str]) -> list[Figure]:
    """The contest and its tables."""
    site = Site(stage.folder / "dist", pages)
    files = site.files()
    size = sum(file.stat().st_size for file in files.values()) / 1e6
    print(f"Publishing {len(files)} files, {size:.0f} MB, of which {DIFFER} differ between two builds", flush=True)
    contestants = contest(stage, site, rounds, words)
    for scenario in contestants[0].runs:
        compared = [one for one in contestants if scenario in one.runs]
        # A bring back has no like among peers: they have to send the old build again, which is a redeploy.
        like = scenario.replace("bring back", "redeploy")
        base = next((one.middle(like) for one in contestants if one.peer.name == REFERENCE), 0.0)
        print(f"{scenario}: median (range), of {REFERENCE}, CPU s, MB, files left wrong, requests")
        print("\n".join(one.line(scenario, base) for one in compared))
    return _figures(contestants)


def best_correct(contestants: list[Contestant], scenario: str) -> float:
    """The quickest peer that left nothing stale."""
    peers = [one for one in contestants[1:] if one.peer.correct]
    return min((one.middle(scenario) for one in peers), default=float("nan"))


def _figures(contestants: list[Contestant]) -> list[Figure]:
    ours = contestants[0]
    slow, same = ours.runs["redeploy, +20 ms"], ours.runs["nothing changed, +20 ms"]
    runs = [run for some in ours.runs.values() for run in some]
    back, redeploy = ours.middle("bring back"), ours.middle("redeploy")
    sent = max(run.requests.get("PUT", 0) for run in ours.runs["bring back, +20 ms"])
    figures = [
        Figure(name="requests of a redeploy", value=sum(slow[-1].requests.values()), unit="", most=2 * DIFFER + 8),
        Figure(name="requests when nothing changed", value=sum(same[-1].requests.values()), unit="", most=2),
        Figure(name="files left wrong", value=max(run.wrong for run in runs), unit="", most=0),
        Figure(name="peak memory", value=max(run.memory for run in runs), unit="MB", most=150),
        Figure(name="bring back, of the redeploy", value=back / redeploy, unit="x", most=1.0),
        Figure(
            name="bring back, +20 ms, of the redeploy",
            value=ours.middle("bring back, +20 ms") / ours.middle("redeploy, +20 ms"),
            unit="x",
            most=1.0,
        ),
        Figure(name="bring back, PUTs (records only)", value=sent, unit="", most=8),
        Figure(name="bring back, seconds", value=back, unit="s"),
    ]
    reference = next((one for one in contestants if one.peer.name == REFERENCE), None)
    if reference:
        times = reference.middle("redeploy")
        figures.append(Figure(name=f"redeploy, faster than {REFERENCE}", value=times / redeploy, unit="x", least=35))
        figures.append(
            Figure(name="bring back, faster than syncing the old build", value=times / back, unit="x", least=50)
        )
    if any(one.peer.correct for one in contestants[1:]):
        for scenario, most in (("redeploy", 0.6), ("nothing changed", 0.5), ("first upload", 0.7)):
            for name in (scenario, f"{scenario}, +20 ms"):
                share = ours.middle(name) / best_correct(contestants, name)
                figures.append(Figure(name=f"{name}, of the best correct peer", value=share, unit="x", most=most))
    return figures


if __name__ == "__main__":
    main()
