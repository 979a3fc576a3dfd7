"""The command line. Exit codes: 0 done, or nothing to do; 1 the host did not answer, try again; 2 wrong use; 3 held
back because much of the site would vanish; 4 another run is at it; 5 refused, something must be put right first;
6 verify: the target is not as published; 7 published, but the CDN did not say in time that it dropped the old pages.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from publisher.build_log import BuildLog
from publisher.errors import HeldBack, PublisherError
from publisher.options import Options
from publisher.results import OnProgress, Progress, Published, Verified, as_json
from publisher.rules import read_rules
from publisher.terminal import Screen, lines_of

NOT_AS_PUBLISHED = 6
CDN_NOT_SEEN = 7


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = parser().parse_args(argv)
    screen, log = Screen(sys.stderr, quiet=arguments.json), BuildLog(sys.stderr)

    def show(progress: Progress) -> None:
        screen.show(progress)
        log.show(progress)

    try:
        result = arguments.run(arguments, _options(arguments), show)
    except PublisherError as error:
        screen.end()
        log.fail(error)
        failure: dict[str, Any] = {"error": type(error).__name__, "message": str(error), "exit_code": error.exit_code}
        if isinstance(error, HeldBack):
            failure["removed"] = list(error.removed)
        _write(arguments, failure, [str(error), *(f"  - {path}" for path in failure.get("removed", []))], sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        screen.end()
        print("Stopped. What was begun is noted: publish again to finish it.", file=sys.stderr)  # noqa: T201 - said to whoever stopped it
        return 130
    screen.end()
    code, words = _judge(result)
    if code:
        log.fail(words)
    _write(arguments, as_json(result), lines_of(result), sys.stdout)
    return code


def _judge(result: object) -> tuple[int, str]:
    """The exit code of what was done, and why it is not 0."""
    if isinstance(result, Verified) and not result.is_as_published:
        return NOT_AS_PUBLISHED, f"The target does not show release {result.release} as it was published."
    if isinstance(result, Published) and not result.invalidation.completed:
        words = f"Release {result.release} is live, but the CDN did not say in time that it dropped the old pages."
        return CDN_NOT_SEEN, words
    return 0, ""


def _write(arguments: argparse.Namespace, data: dict[str, Any], lines: Sequence[str], stream: Any) -> None:
    """The report file, and what people or machines read."""
    if getattr(arguments, "report", None):
        arguments.report.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    if arguments.json:
        print(json.dumps(data))  # noqa: T201 - this is the command's output
    else:
        for line in lines:
            print(line, file=stream)


def parser() -> argparse.ArgumentParser:
    """Every command and its options."""
    whole = argparse.ArgumentParser(prog="python -m publisher", description="Publish a built site.", epilog=__doc__)
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., object], text: str, *, of: str = "") -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=text, description=text)
        one.set_defaults(run=run)
        _places(one, of)
        _common(one)
        return one

    publish = command("publish", _publish, "Send what changed and make it live.", of="dist")
    publish.add_argument("--release", default="", help="name of the release; left out: the pipeline's, or the time")
    publish.add_argument("--address", default="", help="public address of this site: counts the files that name it")
    _changing(publish)
    plan = command("plan", _plan, "Say what publish would do. Changes nothing.", of="dist")
    plan.add_argument("--release", default="", help=argparse.SUPPRESS)
    _looking(plan)
    back = command("bring-back", _bring_back, "Show an earlier release again, without a build.")
    back.add_argument("release", help="name of a kept release")
    _changing(back)
    promote = command("promote", _promote, "Show a release that another target keeps, by copies alone.", of="source")
    promote.add_argument("release", help="name of a release that SOURCE keeps")
    promote.add_argument("--as", dest="as_release", default="", metavar="ID", help="its name here (the same)")
    _changing(promote)
    state = command("status", _status, "Say what is live and who works on it.")
    state.add_argument("--address", default="", help="public address of the site: checks that .releases/ is not public")
    command("verify", _verify, "Compare the target with its live release. Changes nothing.")
    command("list", _list, "List the kept releases.")
    prune = command("prune", _prune, "Give up old releases, never the live one.")
    prune.add_argument("--keep", type=int, default=10, help="how many of the newest stay in any case (10)")
    prune.add_argument("--keep-days", type=float, default=30, help="how long the others stay (30)")
    return whole


def _places(one: argparse.ArgumentParser, of: str) -> None:
    if of == "dist":
        one.add_argument("dist", type=Path, help="folder of the built site")
    elif of == "source":
        one.add_argument("source", help="the target that keeps the release")
    one.add_argument("target", help="s3://bucket[/prefix], or a folder")


def _common(one: argparse.ArgumentParser) -> None:
    one.add_argument("--endpoint", help="address of an S3-compatible host")
    one.add_argument("--rules", type=Path, help="rules file (publisher.toml or publisher.json in this folder)")
    one.add_argument("--json", action="store_true", help="print the result as JSON, and nothing else")
    one.add_argument("--wait", type=float, default=600, help="seconds to wait for another run to end (600)")
    one.add_argument("--lease", type=float, default=60, help="seconds of silence after which a run is dead (60)")
    one.add_argument("--timeout", type=float, default=60, help="seconds to wait for an answer (60)")
    one.add_argument("--tries", type=int, default=7, help="how often a request is sent before giving up (7)")
    one.add_argument("--threads", type=int, default=64, help="requests at once (64)")


def _looking(one: argparse.ArgumentParser) -> None:
    one.add_argument("--distribution", default="", help="id of the CloudFront distribution in front")
    one.add_argument("--verify", action="store_true", help="look at what is there, do not trust the manifest")
    one.add_argument("--remove-unknown", action="store_true", help="with --verify: delete files of no release")
    one.add_argument("--marker", default="", metavar="PATH", help="also publish a small file that names the release")


def _changing(one: argparse.ArgumentParser) -> None:
    _looking(one)
    anyway = "go on although much of the site would vanish, or although what is promoted names another address"
    one.add_argument("--anyway", action="store_true", help=anyway)
    one.add_argument("--report", type=Path, help="write the result to this file as JSON")
    one.add_argument("--invalidation-wait", type=float, default=900, help="seconds to wait for the CDN (900)")


def _options(arguments: argparse.Namespace) -> Options:
    """The arguments as options; what was not given keeps the option's own value."""
    names = {one.name for one in dataclasses.fields(Options)} - {"rules"}
    given = {name: value for name, value in vars(arguments).items() if name in names and value is not None}
    rules = read_rules(arguments.rules, folder=Path.cwd())
    return Options(rules=rules, **given)


def _publish(arguments: argparse.Namespace, options: Options, show: OnProgress) -> object:
    from publisher.publishing import publish

    name = arguments.release or _of_the_job()
    return publish(arguments.dist, arguments.target, release=name, options=options, on_progress=show)


def _of_the_job() -> str:
    """The name of a release that nobody named: by it the dashboard knows what a pipeline of GitLab's own published."""
    ids = [os.environ.get(name, "") for name in ("CI_PIPELINE_ID", "CI_JOB_ID")]
    return f"pipeline-{'-'.join(ids)}" if all(re.fullmatch("[0-9]+", one) for one in ids) else ""


def _plan(arguments: argparse.Namespace, options: Options, show: OnProgress) -> object:
    from publisher.publishing import plan

    return plan(arguments.dist, arguments.target, options=options, on_progress=show)


def _bring_back(arguments: argparse.Namespace, options: Options, show: OnProgress) -> object:
    from publisher.bringing_back import bring_back

    return bring_back(arguments.target, arguments.release, options=options, on_progress=show)


def _promote(arguments: argparse.Namespace, options: Options, show: OnProgress) -> object:
    from publisher.promoting import promote

    return promote(
        arguments.source,
        arguments.target,
        arguments.release,
        as_release=arguments.as_release,
        options=options,
        on_progress=show,
    )


def _status(arguments: argparse.Namespace, options: Options, show: OnProgress) -> object:
    from publisher.privacy import records_are_public
    from publisher.records import status

    found = status(arguments.target, options=options)
    public = records_are_public(arguments.address) if arguments.address else None
    return dataclasses.replace(found, public_records=public)


def _verify(arguments: argparse.Namespace, options: Options, show: OnProgress) -> object:
    from publisher.records import verify

    return verify(arguments.target, options=options, on_progress=show)


def _list(arguments: argparse.Namespace, options: Options, show: OnProgress) -> object:
    from publisher.records import list_releases

    return list_releases(arguments.target, options=options)


def _prune(arguments: argparse.Namespace, options: Options, show: OnProgress) -> object:
    from publisher.records import prune

    return prune(
        arguments.target,
        keep=arguments.keep,
        keep_days=arguments.keep_days,
        options=options,
        on_progress=show,
    )
