"""The git program, run so that a repository cannot run anything here and no secret shows."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from deploys.content.sources.errors import ErrorClass, SourceError, SourceRefused, SourceUnavailable
from deploys.content.sources.patience import Patience

# No hooks, no helpers that ask or store, no redirects to hosts that nobody checked, no other transports.
_ALWAYS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "credential.helper": "",
    "http.followRedirects": "false",
    "protocol.allow": "never",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "fetch.recurseSubmodules": "false",
}
_MOST_WORDS = 300


class Git:
    """Runs git in one bare repository. options: configuration for this use, secrets too; never shown to others.

    secret: taken out of git's own words. shared_options: a file of options that git's own children obey as well.
    """

    def __init__(
        self,
        folder: Path,
        *,
        options: Mapping[str, str],
        patience: Patience,
        secret: str = "",
        shared_options: Path | None = None,
    ) -> None:
        self._folder = folder
        self._patience = patience
        self._secret = secret
        self._environment = _environment({**_ALWAYS, **options})
        if shared_options:
            self._environment["GIT_CONFIG_GLOBAL"] = str(shared_options)

    def run(self, *arguments: str) -> bytes:
        """Run to the end and give the output. Raises SourceError."""
        with self._started(arguments) as process:
            try:
                output, words = process.communicate(timeout=self._patience.left())
            except subprocess.TimeoutExpired:
                raise SourceUnavailable(
                    "Git took longer than the source's time limit: raise “deadline”, or try again later.",
                    error_class=ErrorClass.TOO_SLOW,
                ) from None
        if process.returncode:
            raise self._error(words)
        return output

    @contextmanager
    def streaming(self, *arguments: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """Run and give its input and output; it is ended with the block, whether it was done or not."""
        with self._started(arguments) as process:
            assert process.stdin and process.stdout  # noqa: S101 both are pipes, as _started asks for them
            yield process.stdin, process.stdout

    @contextmanager
    def _started(self, arguments: tuple[str, ...]) -> Iterator[subprocess.Popen[bytes]]:
        try:
            process = subprocess.Popen(
                ["git", "--git-dir", str(self._folder), *arguments],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if arguments[0] in ("fetch", "ls-remote", "init") else subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise SourceRefused(
                "The program git cannot be started on this server: have an admin install it.",
                error_class=ErrorClass.GIT_FAILED,
            ) from error
        try:
            yield process
        finally:
            # Git leaves its own children behind when only it is ended.
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    with suppress(OSError):
                        stream.close()
            process.wait()

    def _error(self, words: bytes | None) -> SourceError:
        text = " ".join((words or b"").decode("utf-8", "replace").split())
        text = text.replace(self._secret, "[hidden]") if self._secret else text
        lower = text.lower()
        detail = text[max(lower.find("fatal:"), 0) :][:_MOST_WORDS]
        for signs, error_class, sentence in _REFUSALS:
            if any(sign in lower for sign in signs):
                return SourceRefused(sentence, error_class=error_class, detail=detail)
        return SourceUnavailable(
            f"The repository could not be fetched: try again later. Git says: “{detail}”.",
            error_class=ErrorClass.GIT_FAILED,
            detail=detail,
        )


_REFUSALS = (
    (
        ("authentication failed", "could not read username", "could not read password", "error: 401", "error: 403"),
        ErrorClass.TOKEN_REJECTED,
        "The repository wants a valid token: enter one that may read it.",
    ),
    (
        ("couldn't find remote ref", "remote ref does not exist"),
        ErrorClass.NOT_FOUND,
        "The repository has no such branch, or nothing in it yet: check the branch.",
    ),
    (
        ("not found", "does not appear to be a git repository", "does not exist", "error: 404"),
        ErrorClass.NOT_FOUND,
        "There is no repository at this address, or the token may not see it: check both.",
    ),
    (
        ("unable to update url base from redirection", "error: 301", "error: 302", "error: 307", "error: 308"),
        ErrorClass.MOVED,
        "The repository's address leads on to another one: enter that one.",
    ),
    (
        ("transport '", "not allowed"),
        ErrorClass.ADDRESS_BLOCKED,
        "Repositories are read over https only: use such an address.",
    ),
)


def _environment(options: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the server's own but the way to programs; options as configuration that no list of processes shows."""
    found = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_CONFIG_COUNT": str(len(options)),
    }
    for number, (name, value) in enumerate(options.items()):
        found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return found
