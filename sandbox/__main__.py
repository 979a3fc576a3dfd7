"""The demonstration's world in one process: a stand-in GitLab, the museum's CMS, and the published sites.

``python -m sandbox --data DIR --gitlab-port 0 --cms-port 0 --site-port 0 --dashboard-url URL`` prints one
JSON line when everything answers. Tokens come from SANDBOX_* variables, so that `ps` shows none.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from sandbox import astro, second
from sandbox.cms import CMSOptions, create_cms
from sandbox.gitlab import GitLabSandbox
from sandbox.site import PortTaken, WebServer, create_site

HOST = "127.0.0.1"
REPOSITORY = Path(__file__).parent / "repository"
PROJECT_NAME = "harbour-museum"
REF = "main"
# The image of a real project has the publisher's wheel installed (`pip wheel ./publisher`); the jobs of the
# demonstration run with this Python and find the package where it lies.
JOB_ENVIRONMENT = {"PYTHONPATH": str(Path(__file__).parents[1].resolve())}
BELOW = "{label}/"  # after the address of all previews, where they have no host names of their own
USUAL_PACE_SECONDS = 1.5
STOP_WITHIN_SECONDS = 1.8
LISTEN_SECONDS = 0.2
TOKENS = ("trigger_token", "api_token", "content_token", "builds_token", "drafts_token")


class World:
    """The three servers, wired to each other; raises PortTaken when one of the ports is in use."""

    def __init__(self, options: Namespace, tokens: dict[str, str]) -> None:
        self.tokens = tokens
        self.site_folder = (options.data / "site").resolve()
        archive = (options.data / "archive-site").resolve()
        site = create_site(self.site_folder, {second.PLACE: archive / "live"})
        self.site = WebServer(site, host=HOST, port=options.site_port)
        self.second = second.Second(folder=archive, site_url=f"{self.site.url}{second.PLACE}/")
        self.preview_url = f"http://{{label}}.localhost:{self.site.port}/"
        if options.previews == "path":
            self.preview_url = f"{self.site.url}previews/{BELOW}"
        self.cms = self._cms(options)
        node, self.note = astro.choose(os.environ)
        self.astro: astro.AstroSite | None = None
        if node is not None:
            folder = (options.data / "astro-site").resolve()
            places = {"site_url": self.site.url, "site_folder": self.site_folder, "preview_url": self.preview_url}
            self.astro = astro.prepare(node, folder=folder, **places)
        repository = self.astro.repository if self.astro else REPOSITORY
        environment = JOB_ENVIRONMENT | dict(self.astro.runner_environment if self.astro else {})
        self.gitlab = GitLabSandbox(
            data=options.data / "gitlab", host=HOST, port=options.gitlab_port, runner_environment=environment
        )
        self.project = self.gitlab.add_project(
            name=PROJECT_NAME,
            repository=repository,
            default_ref=REF,
            refs=dict.fromkeys(self._refs().values(), repository),
            variables=self._variables(options),
            trigger_token=tokens["trigger_token"],
            api_token=tokens["api_token"],
            hook_url=options.hook_url,
            hook_token=options.hook_token,
        )
        content_url = f"{self.cms.url}api/entries"
        self.archive = self.second.add(self.gitlab, REPOSITORY, content_url=content_url, tokens=tokens)

    def _cms(self, options: Namespace) -> WebServer:
        """The museum's CMS, which tells the dashboard of edits."""
        cms = create_cms(
            CMSOptions(
                data=options.data / "cms",
                content_token=self.tokens["content_token"],
                dashboard_url=options.dashboard_url,
                site_url=self.site.url,
                hook_url=options.content_hook_url or "",
                hook_token=options.content_hook_token or "",
            )
        )
        return WebServer(cms, host=HOST, port=options.cms_port)

    def start(self) -> None:
        for part in (self.gitlab, self.cms, self.site):
            part.start()

    def stop(self) -> None:
        """Stop GitLab first, so that no job outlives the servers it talks to."""
        for part in (self.gitlab, self.cms, self.site):
            part.stop()

    def description(self) -> dict[str, Any]:
        """Where everything is, for the one who started this process."""
        content = {"url": f"{self.cms.url}api/entries", "token": self.tokens["content_token"]}
        of_builds = {name: self.tokens[name] for name in ("builds_token", "drafts_token")}
        return {
            "gitlab": {
                "url": self.gitlab.url,
                "project_id": self.project.id,
                "ref": REF,
                "trigger_token": self.tokens["trigger_token"],
                "api_token": self.tokens["api_token"],
            },
            "content": content | (of_builds if self.astro else {}),
            "refs": self._refs(),
            "note": self.note,
            "cms_url": self.cms.url,
            "mailbox_url": f"{self.cms.url}mailbox/",
            "site_url": self.site.url,
            "staging_url": f"{self.site.url}staging/",
            "preview_url": self.preview_url,
            "site_folder": str(self.site_folder),
            "second": self.second.description(self.archive),
        }

    def _refs(self) -> dict[str, str]:
        """The branch of each environment."""
        return astro.REFS if self.astro else dict.fromkeys(astro.REFS, REF)

    def _variables(self, options: Namespace) -> dict[str, str]:
        if self.astro:
            return {
                "CONTENT_API_URL": f"{options.dashboard_url.rstrip('/')}/content/demo/entries/",
                "CONTENT_API_TOKEN": self.tokens["builds_token"],
                "DRAFTS_API_TOKEN": self.tokens["drafts_token"],
                "CMS_URL": self.cms.url,
                "SITE_NAME": "Harbour Museum",
            }
        return {
            "CONTENT_URL": f"{self.cms.url}api/entries",
            "CONTENT_TOKEN": self.tokens["content_token"],
            "SITE_FOLDER": str(self.site_folder),
            "SITE_URL_LIVE": self.site.url,
            "SITE_URL_STAGING": f"{self.site.url}staging/",
            "SITE_URL_PREVIEWS": self.preview_url.removesuffix(BELOW),
            "DEMO_PACE": str(options.pace),
        }


def options_from(arguments: Sequence[str]) -> Namespace:
    """The command line, with SANDBOX_* variables for what was left out."""
    parser = ArgumentParser(prog="python -m sandbox", description="Run the demonstration's outside world.")
    parser.add_argument("--data", type=Path, required=True, help="folder for everything that is kept")
    for part in ("gitlab", "cms", "site"):
        parser.add_argument(f"--{part}-port", type=int, default=0, help="0 chooses a free port")
    parser.add_argument("--dashboard-url", default=os.environ.get("SANDBOX_DASHBOARD_URL", ""))
    parser.add_argument("--hook-url", default=os.environ.get("SANDBOX_HOOK_URL") or None)
    parser.add_argument("--content-hook-url", default=os.environ.get("SANDBOX_CONTENT_HOOK_URL") or None)
    parser.add_argument("--pace", type=float, default=USUAL_PACE_SECONDS, help="seconds that each stage takes longer")
    parser.add_argument(
        "--previews",
        choices=("host", "path"),
        default=os.environ.get("SANDBOX_PREVIEWS") or "host",
        help="each preview has a host name of its own, or lies below the site's address",
    )
    for name in ("hook_token", "content_hook_token", *TOKENS):
        flag, variable = f"--{name.replace('_', '-')}", f"SANDBOX_{name.upper()}"
        parser.add_argument(flag, default=os.environ.get(variable) or None, help=f"better: {variable}")
    return parser.parse_args(arguments)


def tokens_from(options: Namespace, file: Path) -> dict[str, str]:
    """The tokens: as given, else as in the last run of this data folder, else new ones."""
    last: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    content = last.get("content", {})
    known = last.get("gitlab", {}) | {
        "content_token": content.get("token"),
        "builds_token": content.get("builds_token"),
        "drafts_token": content.get("drafts_token"),
    }
    return {name: getattr(options, name) or known.get(name) or secrets.token_urlsafe(24) for name in TOKENS}


def write_private(file: Path, text: str) -> None:
    """Write a file in one step; only its owner may read it."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)


def wait_for(asked: SimpleQueue[int]) -> None:
    """Return when a signal was heard. A signal that another thread receives wakes no lock, so the queue is asked."""
    while True:
        with suppress(Empty):
            asked.get(timeout=LISTEN_SECONDS)
            return


def main(arguments: Sequence[str]) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code."""
    options = options_from(arguments)
    options.data.mkdir(parents=True, exist_ok=True)
    asked: SimpleQueue[int] = SimpleQueue()  # unlike an Event's, its lock may be taken inside a signal handler
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda heard, _: asked.put(heard))
    ready_file = options.data / "sandbox.json"
    try:
        world = World(options, tokens_from(options, ready_file))
    except PortTaken as error:
        sys.stderr.write(f"{error.strerror}.\n")
        return 1
    world.start()
    line = json.dumps(world.description())
    write_private(ready_file, f"{line}\n")
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    wait_for(asked)
    stopping = threading.Thread(target=world.stop, daemon=True)
    stopping.start()
    stopping.join(STOP_WITHIN_SECONDS)
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    # Threads that answer a last request must not hold the process.
    os._exit(code)
