"""One run of `up`, from the empty machine to the ready product and back."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command

from buildhub.up import announcement, database, health, postgres, programs
from buildhub.up.children import Child
from buildhub.up.echo import Echo
from buildhub.up.errors import Refused, UpError
from buildhub.up.lock import end_leftovers, only_one
from buildhub.up.paths import ROOT, make_private_dir, ready_file, socket_dir
from buildhub.up.ports import DEFAULT_PORT, holder, sandbox_ports, web_port
from buildhub.up.programs import Place
from buildhub.up.spawning import last_lines, spawn
from buildhub.up.stopping import StopAsked, StopSwitch
from buildhub.up.supervisor import Supervisor

SEED_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the person asked for on the command line. `port` is as typed; None lets `up` choose."""

    data: Path
    host: str
    port: str | None
    demo: bool
    quiet: bool


def run(wishes: Wishes, tell: Callable[[str], None]) -> None:
    """Start everything, keep it running, and return when a stop was asked for and all has ended.

    Raises UpError, after all has ended, when something could not be started or kept alive.
    """
    began = time.monotonic()
    try:
        make_private_dir(wishes.data)
    except OSError as error:
        raise Refused(f"The data folder cannot be used (see BUILDHUB_DATA): {error}") from error
    ready = ready_file(wishes.data)
    with only_one(wishes.data):
        ready.unlink(missing_ok=True)
        for name in end_leftovers(wishes.data):
            tell(f"Ended {name}, left over from a run that was killed.")
        place = _choose_place(wishes, tell)
        switch = StopSwitch()
        supervisor = Supervisor(data=wishes.data, switch=switch, tell=tell)
        try:
            children = _bring_up(place, wishes, supervisor, switch)
            _announce(place, wishes, began, tell)
            supervisor.watch(_echo(children, wishes, tell))
        except StopAsked:
            tell("Stopping ...")
        finally:
            ready.unlink(missing_ok=True)
            supervisor.stop()
    tell("Stopped.")


def _choose_place(wishes: Wishes, tell: Callable[[str], None]) -> Place:
    (wishes.data / "logs").mkdir(exist_ok=True)
    port = web_port(wishes.host, wishes.port)
    if not wishes.port and port != DEFAULT_PORT:
        tell(f"Port {DEFAULT_PORT} is taken by {holder(DEFAULT_PORT)}; using {port}.")
    name = health.allowed_name(settings.ALLOWED_HOSTS)
    return Place(data=wishes.data, host=wishes.host, port=port, allowed_name=name)


def _bring_up(place: Place, wishes: Wishes, supervisor: Supervisor, switch: StopSwitch) -> list[Child]:
    """Start all in order; what need not wait for each other starts together."""
    demo = _is_demo(wishes)
    make_private_dir(socket_dir(place.data))
    sandbox = []
    if demo:
        ports = sandbox_ports(place.data, place.port)
        place = replace(place, mailbox_host=f"127.0.0.1:{ports.cms}")
        sandbox = [supervisor.start(programs.sandbox_program(place, ports))]
    foundation = _start_foundation(place, supervisor)
    _prepare_database(place, demo=demo)
    serving = [supervisor.start(program(place)) for program in (programs.worker_program, programs.web_program)]
    supervisor.wait_for(*sandbox)
    if demo:
        _seed(place, switch)
    supervisor.wait_for(*serving)
    return [*foundation, *sandbox, *serving]


def _is_demo(wishes: Wishes) -> bool:
    return wishes.demo and not programs.uses_real_gitlab()


def _start_foundation(place: Place, supervisor: Supervisor) -> list[Child]:
    """Start the embedded broker and database unless REDIS_URL or DATABASE_URL name others."""
    children = []
    if settings.EMBEDDED_BROKER:
        children.append(supervisor.start(programs.valkey_program(place)))
    if settings.EMBEDDED_DATABASE:
        postgres.prepare(programs.cluster(place.data))
        children.append(supervisor.start(programs.postgres_program(place)))
    supervisor.wait_for(*children)
    return children


def _prepare_database(place: Place, *, demo: bool) -> None:
    """Migrate and, without the demo, make the site of the environment; in this process to save a second."""
    if settings.EMBEDDED_DATABASE:
        postgres.ensure_database(programs.cluster(place.data), "buildhub")
    else:
        database.check_reachable()
    if not settings.EMBEDDED_BROKER:
        database.check_broker(settings.CELERY_BROKER_URL)
    database.migrate()
    if not demo:
        try:
            call_command("site_from_environment")
        except CommandError as error:
            raise UpError(str(error)) from error
    database.leave()


def _seed(place: Place, switch: StopSwitch) -> None:
    """Put the demo's site and people into the database. Raises UpError, with the end of its log."""
    command = [sys.executable, "-m", "sandbox.seed", "--sandbox-json", str(place.sandbox_json)]
    command += ["--people-json", str(place.people_json), "--dashboard-url", place.url]
    log = place.log("seed")
    process = spawn(command, log=log, environ=programs.child_environ(place), cwd=ROOT)
    deadline = time.monotonic() + SEED_SECONDS
    try:
        while process.poll() is None and time.monotonic() < deadline:
            switch.check()
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    if process.returncode != 0:
        raise UpError(f"The demo could not be set up:\n{last_lines(log)}\n(from {log})")


def _announce(place: Place, wishes: Wishes, began: float, tell: Callable[[str], None]) -> None:
    found = announcement.describe(place, demo=_is_demo(wishes))
    announcement.write(ready_file(wishes.data), found)
    tell(announcement.as_text(place, found, time.monotonic() - began))


def _echo(children: list[Child], wishes: Wishes, tell: Callable[[str], None]) -> Echo:
    echo = Echo(tell)
    for child in children:
        if child.program.talks and not wishes.quiet:
            echo.follow(child.name, child.program.log)
    return echo
