"""A command in its own process group, so that it and everything it started can be ended together."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

SHELL = shutil.which("bash")
# In real life jobs run on other machines: here they must not make people wait for pages.
NICE = ("nice", "-n", "10")
# GitLab Runner's bash stops at the first failing command, also inside a pipe.
SHELL_COMMAND = [SHELL, "--noprofile", "--norc", "-eo", "pipefail"] if SHELL else ["sh", "-e"]


class ProcessGroup:
    """A running shell script. Its output goes to the end of a file."""

    def __init__(self, script: Path, *, folder: Path, environment: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*NICE, *SHELL_COMMAND, str(script)],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> int:
        """The exit code of the shell; whatever it left running in its group is killed. Signals count as 128 + n."""
        # The dead leader is not reaped yet, so its number cannot be given to another group in between.
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        self.signal(signal.SIGKILL)
        code = self._process.wait()
        return code if code >= 0 else 128 - code

    def signal(self, number: int) -> None:
        """Send a signal to the whole group, unless it is over."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)
