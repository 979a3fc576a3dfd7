"""From a press to the page: how long with the Astro site, what an edit sends, whether two builds are the same.

The whole chain runs on this machine: the sample CMS, the dashboard (gunicorn, Celery worker, PostgreSQL, Valkey), the
stand-in GitLab with its runner, `astro build`, the publisher, the web host. The runner finds the modules that the
site's image brings, so `npm ci` is no part. Each round edits a title in the CMS and then presses Publish; the time is
from the press's request to the first answer of the public page that has the new title, asked for every 50 ms. Files and
paths are counted on an S3 server (moto) with a distribution in front, by the bytes that are there before and after.
"""

from __future__ import annotations

import argparse
import os
import re

import _ready
from _newsroom import Newsroom, Place, Publish, runner_environment
from _report import Figure, median, report
from _stage import HOST, Stage
from flask import Flask, Response

from sandbox.site import WebServer, create_site
from tests.examples import archive
from tests.publisher import servers
from tests.publisher.hosts import BucketHost, Cdn

ENTRIES, MANY = 200, 2_000
EDITED = 90  # one in the middle of its section and of its subjects
MOST_SECONDS = 20
MOST_PATHS = 15
PULL = re.compile(r"what differs: (\d+) requests, (\d+) entries")


def main() -> None:
    """Measure, and print the figures beside their targets."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--only", default="time,counts,many", help="some of: time, counts, many")
    chosen = arguments.parse_args()
    parts = chosen.only.split(",")
    os.environ |= {
        "AWS_ACCESS_KEY_ID": servers.KEY,
        "AWS_SECRET_ACCESS_KEY": servers.SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    try:
        environment = runner_environment()
    except RuntimeError as reason:
        print(f"Not measured: {reason}")
        return
    figures: list[Figure] = []
    with Stage(runner_environment=environment) as stage:
        stage.start_web()
        stage.start_worker()
        if "time" in parts:
            figures += timed(stage, chosen.rounds)
        if "counts" in parts:
            figures += counted(stage)
        if "many" in parts:
            figures += pulled(stage)
    how = f"{ENTRIES} entries; time: {chosen.rounds} rounds after one to warm up, each one edit and one press."
    report("press -> page of the Astro site", how, figures)


def timed(stage: Stage, rounds: int) -> list[Figure]:
    """Edits of titles, one press after the other, to a folder that a web server shows."""
    newsroom = on_a_disk(stage, "quay", entries=ENTRIES)
    newsroom.publish()
    found = []
    for number in range(rounds + 1):
        loads = os.getloadavg()[0]
        found.append(retitled(newsroom, EDITED + number))
        print(f"  round {number}: {found[-1].seen:.1f} s, load average before it {loads:.1f}", flush=True)
    found = found[1:]
    figures = [
        Figure(
            name="longest, press -> new text on the page",
            value=max(one.seen for one in found),
            unit="s",
            most=MOST_SECONDS,
        ),
        Figure(name="median, press -> new text on the page", value=median([one.seen for one in found]), unit="s"),
        Figure(name="median, of it until the job began", value=median([one.job_began for one in found]), unit="s"),
    ]
    for name, seconds in stages_of(found).items():
        figures.append(Figure(name=f"median, of it {name}", value=median(seconds), unit="s"))
    live = median([one.live - one.seen for one in found])
    return [*figures, Figure(name="median, from there until the card says Live", value=live, unit="s")]


def counted(stage: Stage) -> list[Figure]:
    """What one edit changes, sends and has dropped from caches; whether two cold builds are the same."""
    url, stop = servers.start_moto()
    try:
        host = BucketHost(url, "museum")
        cdn = Cdn(host, url)
        server = WebServer(in_front_of(host), host=HOST, port=0)
        server.start()
        place = Place(target=host.target, address=server.url, endpoint=url)
        variables = {
            "SITE_BUCKET": host.bucket,
            "SITE_DISTRIBUTION_ID": cdn.distribution,
            "AWS_ENDPOINT_URL": url,
            **{name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")},
        }
        newsroom = Newsroom(stage, place, name="museum", entries=ENTRIES, variables=variables)
        newsroom.publish()
        figures = [Figure(name="files of the site", value=len(pages_of(host)), unit="")]
        for kind in ("body", "title"):
            before = pages_of(host)
            publish = retitled(newsroom, EDITED) if kind == "title" else rewritten(newsroom, EDITED)
            figures += figures_of_an_edit(kind, before, pages_of(host), publish, cdn.asked()[-1])
        newsroom.nightly()
        first = pages_of(host)
        newsroom.nightly()
        differ = len(differing(first, pages_of(host)))
        return [*figures, Figure(name="two cold builds: files that differ", value=differ, unit="", most=0, least=0)]
    finally:
        stop()


def pulled(stage: Stage) -> list[Figure]:
    """What an edit costs the pull of a large site."""
    newsroom = on_a_disk(stage, "archive", entries=MANY)
    newsroom.publish()
    publish = retitled(newsroom, EDITED)
    found = PULL.search(publish.log)
    requests, entries = (int(found[1]), int(found[2])) if found else (-1, -1)
    return [
        Figure(name=f"{MANY:,} entries, one edit: requests of the pull", value=requests, unit="", most=1, least=1),
        Figure(name="the same: entries in it", value=entries, unit="", most=1, least=1),
        Figure(name="the same: press -> new text on the page", value=publish.seen, unit="s"),
    ]


def on_a_disk(stage: Stage, name: str, *, entries: int) -> Newsroom:
    """A newsroom whose pages a web server shows from a folder, as in the demo."""
    folder = _ready.DATA / f"{name}-site"
    server = WebServer(create_site(folder), host=HOST, port=0)
    server.start()
    target = folder / "live"
    target.mkdir(parents=True)
    place = Place(target=str(target), address=server.url)
    return Newsroom(stage, place, name=name, entries=entries, variables={"SITE_FOLDER": str(target)})


def in_front_of(host: BucketHost) -> Flask:
    """What visitors ask: the bucket's files, with a directory index."""
    app = Flask("bucket", static_folder=None)

    @app.get("/", defaults={"path": ""})
    @app.get("/<path:path>")
    def file(path: str) -> Response:
        key = f"{path}index.html" if path == "" or path.endswith("/") else path
        try:
            return Response(host.read(key)["Body"].read(), mimetype="text/html")
        except host.client.exceptions.NoSuchKey:
            return Response(status=404)

    return app


def retitled(newsroom: Newsroom, number: int) -> Publish:
    """Another title for this entry, on its page."""
    new = f"What the quay said, {number}"
    path = archive.edit(newsroom.store, archive.title(number), title=new)
    return newsroom.publish(path, f"<h1>{new}</h1>")


def rewritten(newsroom: Newsroom, number: int) -> Publish:
    """Another text for this entry, on its page."""
    path = archive.edit(newsroom.store, archive.title(number), body="A text that nobody had read before.")
    return newsroom.publish(path, "A text that nobody had read before.")


def figures_of_an_edit(
    kind: str, before: dict[str, bytes], after: dict[str, bytes], publish: Publish, paths: list[str]
) -> list[Figure]:
    """Sent are those that differ, no more and no fewer."""
    differ = differing(before, after)
    sent = set(publish.report["added"] + publish.report["changed"]) - {"buildhub.json"}
    return [
        Figure(name=f"{kind} of one entry: files whose bytes differ", value=len(differ), unit=""),
        Figure(
            name="the same: files sent that differ not, or the other way",
            value=len(differ ^ sent),
            unit="",
            most=0,
            least=0,
        ),
        Figure(name="the same: invalidation paths", value=len(paths), unit="", most=MOST_PATHS),
    ]


def pages_of(host: BucketHost) -> dict[str, bytes]:
    """Everything that visitors can get, without the marker, which names the build."""
    return {path: body for path, body in host.served().items() if path != "buildhub.json"}


def differing(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    """Paths whose bytes are not the same in both."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def stages_of(found: list[Publish]) -> dict[str, list[float]]:
    """The rest of the way: seconds of each part of each round."""
    return {
        "the job, until the page was there": [one.seen - one.job_began for one in found],
        "astro build, as it says itself": [built(one.log) for one in found],
    }


def built(log: str) -> float:
    """Seconds that Astro says it took."""
    found = re.search(r"page\(s\) built in .*?([\d.]+)(ms|s)", log)
    if found is None:
        return float("nan")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


if __name__ == "__main__":
    main()
