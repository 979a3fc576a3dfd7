"""The commands of the long-running processes: the same under `manage.py up`, compose and systemd."""

from collections.abc import Sequence
from pathlib import Path


def web_command(*, python: str = "python", host: str, port: int, processes: int = 2) -> list[str]:
    """The web server: eight threads in each process, and two of them, so that a burst of presses finds two cores."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        *(python, "-m", "gunicorn", "buildhub.wsgi", "--bind", bind),
        *("--worker-class", "gthread", "--workers", str(processes), "--threads", "8"),
        *("--graceful-timeout", "5", "--no-control-socket"),
    ]


def worker_command(*, python: str = "python", extra: Sequence[str] = ()) -> list[str]:
    """The worker: two processes that run tasks, without the chatter between many workers.

    It is nicer than the web server and the database, so that a burst of builds does not make people wait for pages.
    """
    return [
        *("nice", "-n", "10", python, "-m", "celery", "--app", "buildhub", "--quiet", "worker", "--concurrency", "2"),
        *("--without-gossip", "--without-mingle", "--loglevel", "INFO", *extra),
    ]


def worker_with_beat_command(*, python: str = "python", schedule: Path) -> list[str]:
    """The worker that also ticks, for one machine; `schedule` is the file that remembers the last ticks."""
    return worker_command(python=python, extra=("--beat", "--schedule", str(schedule)))


def beat_command(*, python: str = "python", schedule: Path) -> list[str]:
    """The ticks alone, once beside any number of workers."""
    return [
        *(python, "-m", "celery", "--app", "buildhub", "--quiet", "beat"),
        *("--schedule", str(schedule), "--loglevel", "INFO"),
    ]
