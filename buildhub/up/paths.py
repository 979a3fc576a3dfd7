"""Where `manage.py up` keeps its data, and the addresses and secrets that follow from it.

Settings read this module, so that a command run beside a running `up` finds its database and broker by
itself. It uses the standard library only.
"""

import base64
import fcntl
import hashlib
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
POSTGRES_SOCKET = ".s.PGSQL.5432"
VALKEY_SOCKET = "valkey.sock"
# A socket's path may have 107 bytes on Linux and 103 on macOS; PostgreSQL adds ".lock" to a file beside it.
LONGEST_SOCKET_PATH = 100
# Not TMPDIR: a command started from another shell must find the same folder, and macOS' own TMPDIR is long.
SHORT_PATHS = Path("/tmp")  # noqa: S108


def data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """The absolute data folder: BUILDHUB_DATA, or `.data` in the repository. It need not exist yet."""
    chosen = environ.get("BUILDHUB_DATA", "").strip()
    folder = Path(chosen).expanduser() if chosen else ROOT / ".data"
    return Path(os.path.abspath(folder))  # noqa: PTH100 - resolve() would follow links that may be moved later


def socket_dir(data: Path) -> Path:
    """The folder of the Unix sockets: `run` in the data folder, or a short one if that path is too long."""
    inside = data / "run"
    longest = max(len(os.fsencode(inside / name)) for name in (POSTGRES_SOCKET, VALKEY_SOCKET))
    if longest < LONGEST_SOCKET_PATH:
        return inside
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return SHORT_PATHS / f"buildhub-{os.getuid()}-{digest}"


def ready_file(data: Path) -> Path:
    """The file that is there while `up` is ready; it holds addresses and the demo's passwords."""
    return data / "ready.json"


def make_private_dir(folder: Path) -> Path:
    """Make the folder (0700) if absent and return it.

    Raises PermissionError when it is a link or belongs to somebody else.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(f"{folder} is not a folder of this user")
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)
    return folder


def database_url(data: Path) -> str:
    """The embedded PostgreSQL's address, as django-environ reads it."""
    return f"postgres://buildhub@/{quote(str(socket_dir(data)))}/buildhub"


def broker_url(data: Path) -> str:
    """The embedded Valkey's address, as Celery reads it."""
    return f"redis+socket://{quote(str(socket_dir(data) / VALKEY_SOCKET))}"


def secret(data: Path, name: str) -> str:
    """The secret of that name, made on first use and kept (0600) in `secrets` of the data folder.

    "encryption-key" is a Fernet key (base64 of 32 bytes); all others are 64 urlsafe characters. Two
    processes that ask at once get the same one.
    """
    path = data / "secrets" / name
    kept = _read(path)
    if kept:
        return kept
    if not data.exists():
        make_private_dir(data)
    make_private_dir(path.parent)
    with (path.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _read(path) or _write(path, _fresh(name))


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return ""


def _write(path: Path, value: str) -> str:
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return value


def _fresh(name: str) -> str:
    if name == "encryption-key":
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(48)
