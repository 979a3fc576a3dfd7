"""The main commands as processes of their own, as a shell or a cron job runs them."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys

import pytest

from deploys.models import Build, Site
from tests import scenes
from tests.flows import worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]


def surroundings() -> dict[str, str]:
    """The test database, the real settings."""
    more = {
        "DATABASE_URL": worker.test_database_url(),
        "DJANGO_SETTINGS_MODULE": "buildhub.settings",
        "LOG_LEVEL": "WARNING",
    }
    return os.environ | more


def manage(*arguments: str, given: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a pipe."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=worker.ROOT,
        env=surroundings() | more,
        input=given,
        stdin=None if given is not None else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_without_a_database_each_command_says_what_to_do() -> None:
    """One sentence and exit code 2: in `changes` 1 would mean that there are some."""
    done = manage("changes", "museum", "live", DATABASE_URL="postgres://someone@127.0.0.1:1/nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("The database cannot be reached: ")
    assert done.stderr.endswith("or say in DATABASE_URL where it is.\n")
    assert len(done.stderr.splitlines()) == 1


def test_a_site_goes_to_another_database_by_a_pipe() -> None:
    """Export to standard output, import from standard input, secrets by the environment."""
    site = scenes.make_environment(site=scenes.make_site(slug="museum", content_token="secret")).site
    written = manage("site", "export", "museum")
    assert (written.returncode, written.stderr) == (0, "")
    assert "secret" not in written.stdout.replace("# Secrets", "")
    text = written.stdout.replace("slug: museum", "slug: copy", 1)
    plan = manage("site", "import", "-", "--dry-run", given=text)
    assert (plan.returncode, Site.objects.count()) == (0, 1)
    assert "BUILDHUB_SECRET_SITE_CONTENT_TOKEN" in plan.stdout
    made = manage("site", "import", "-", given=text, BUILDHUB_SECRET_SITE_CONTENT_TOKEN="given")
    assert made.returncode == 0, made.stderr
    copy = Site.objects.get(slug="copy")
    assert (copy.content_token, copy.environments.count()) == ("given", site.environments.count())
    assert manage("site", "import", "-", given=text).stdout == "Everything is as in the file.\n"
    wrong = manage("site", "import", "-", given=text.replace("time_zone:", "time_zoen:"))
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "site.time_zoen: this is not known here" in wrong.stderr


def test_publish_in_a_pipe_has_plain_lines_and_exit_codes() -> None:
    """Nothing that moves; JSON is one object a line."""
    environment = scenes.make_environment(four_eyes=True)
    place = (environment.site.slug, environment.slug)
    asked = manage("publish", *place)
    assert (asked.returncode, asked.stdout.endswith("build 1  In line\n")) == (0, True)
    waited = manage("publish", *place, "--wait", "--timeout", "0.01", "--json")
    lines = [json.loads(line) for line in waited.stdout.splitlines()]
    assert (waited.returncode, lines[-1]["kind"]) == (3, "left")
    assert "\r" not in waited.stdout
    assert manage("publish", "nowhere", "live").returncode == 2
    assert manage("publish").returncode == 2


def test_ctrl_c_on_a_terminal_leaves_the_build_alone() -> None:
    """A real terminal: the line moves, and Ctrl-C says what goes on."""
    environment = scenes.make_environment()
    main, other = pty.openpty()
    command = [sys.executable, "manage.py", "publish", environment.site.slug, environment.slug, "--wait"]
    with subprocess.Popen(
        command, cwd=worker.ROOT, env=surroundings(), stdin=other, stdout=other, stderr=other, start_new_session=True
    ) as process:
        os.close(other)
        shown = ""
        while "in line" not in shown:
            shown += os.read(main, 4096).decode()
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=60)
        shown += os.read(main, 65536).decode()
    os.close(main)
    assert code == 130
    assert "\r  in line" in shown
    assert "Interrupted; the build goes on by itself." in shown
    assert "Traceback" not in shown
    assert Build.objects.get().is_open


@pytest.mark.endurance
def test_prune_and_rotation_and_checks_run_as_processes() -> None:
    """Exit code 0 and words; an unknown name is 2."""
    environment = scenes.make_environment()
    assert "Would go" in manage("prune", "--dry-run").stdout
    pruned = manage("prune", environment.site.slug, "--json")
    assert (pruned.returncode, json.loads(pruned.stdout)["dry_run"]) == (0, False)
    assert manage("prune", "nowhere").returncode == 2
    assert manage("rotate_keys", "--dry-run").returncode == 0
    assert manage("source", "check", environment.site.slug, "Blog").returncode == 2
