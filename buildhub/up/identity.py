"""Which user PostgreSQL runs as: it refuses to run as root, and root is what containers and CI use.

Three ways, in this order of preference: not root, nothing to do; root inside a user namespace, where the
process has another id while its files stay root's; and, where namespaces are forbidden (Docker's default),
the user `nobody` with the one capability that lets it pass folders closed to others.
"""

import ctypes
import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from buildhub.up.errors import Refused

PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522

LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """`enter` turns a forked child into that user; `owner` is who must own the database files."""

    enter: Callable[[], None] | None
    owner: int


@cache
def database_identity(probe: Path) -> Identity:
    """The identity that works here; `probe` is a program that ends at once, such as `postgres`.

    Raises Refused when this is root and neither way is open.
    """
    if os.geteuid() != 0:
        return Identity(enter=None, owner=os.geteuid())
    for identity in (
        Identity(enter=enter_namespace, owner=0),
        Identity(enter=become_nobody, owner=_nobody()),
    ):
        if sys.platform == "linux" and _works(identity, probe):
            return identity
    raise Refused(
        "PostgreSQL does not run as root, and this machine allows neither user namespaces nor another user: "
        "start as an ordinary user, or set DATABASE_URL to a PostgreSQL that runs elsewhere."
    )


def enter_namespace() -> None:
    """In a forked child of root: be `nobody` inside a new user namespace and root outside of it."""
    inside = _nobody()  # initdb wants a user that has a name
    os.unshare(os.CLONE_NEWUSER)
    for file, line in (("setgroups", "deny"), ("uid_map", f"{inside} 0 1"), ("gid_map", f"{inside} 0 1")):
        Path(f"/proc/self/{file}").write_text(line)


def become_nobody() -> None:
    """In a forked child of root: be `nobody`, still able to pass folders that only root may enter.

    Keeps CAP_DAC_OVERRIDE over the change of user and over exec: the ambient set of capabilities(7).
    """
    user = pwd.getpwuid(_nobody())
    _check(LIBC.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    bit = 1 << CAP_DAC_OVERRIDE
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    _check(LIBC.capset(header, data))
    _check(LIBC.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0))


def give_to(owner: int, folder: Path) -> None:
    """Make `owner` the owner of the folder and all in it, when root runs and somebody else owns it."""
    if os.geteuid() != 0 or folder.stat().st_uid == owner:
        return
    for inside, _, files in os.walk(folder, topdown=False):
        for name in files:
            os.chown(Path(inside, name), owner, -1, follow_symlinks=False)
        os.chown(inside, owner, -1)


def _nobody() -> int:
    return pwd.getpwnam("nobody").pw_uid


def _works(identity: Identity, probe: Path) -> bool:
    try:
        subprocess.run([probe, "--version"], check=True, capture_output=True, preexec_fn=identity.enter)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "this is not allowed here")
