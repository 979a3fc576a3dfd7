"""Where the data is, and the addresses and secrets that follow from it."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote, urlsplit

import environ
import pytest
from cryptography.fernet import Fernet

from buildhub.up import paths


def test_the_data_folder_is_in_the_repository_unless_it_is_named() -> None:
    """Without BUILDHUB_DATA, `.data` beside manage.py."""
    assert paths.data_dir({}) == paths.ROOT / ".data"
    assert (paths.ROOT / "manage.py").exists()
    assert paths.data_dir({"BUILDHUB_DATA": "/srv/buildhub"}) == Path("/srv/buildhub")


def test_a_relative_data_folder_becomes_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Children run in other folders and must find the same one."""
    monkeypatch.chdir(tmp_path)
    assert paths.data_dir({"BUILDHUB_DATA": "some/../data"}) == tmp_path / "data"


def test_sockets_are_in_the_data_folder_while_the_path_is_short() -> None:
    """Nothing is left outside the data folder."""
    assert paths.socket_dir(Path("/srv/data")) == Path("/srv/data/run")


def test_a_long_data_folder_gets_a_short_socket_folder_of_its_own() -> None:
    """Operating systems limit a socket's path to about a hundred bytes."""
    one, other = (paths.socket_dir(Path("/srv") / (letter * 90)) for letter in "ab")
    assert one != other
    assert max(len(str(one / paths.POSTGRES_SOCKET)), len(str(one / paths.VALKEY_SOCKET))) < 100


@pytest.mark.parametrize("name", ["plain", "with space", "é+%41#?&@"])
def test_addresses_lead_to_the_sockets_whatever_the_folder_is_called(name: str) -> None:
    """django-environ reads the database's address back; Celery splits the broker's the same way."""
    data = Path("/srv") / name
    read = environ.Env.db_url_config(paths.database_url(data))
    assert (read["HOST"], read["USER"], read["NAME"]) == (str(paths.socket_dir(data)), "buildhub", "buildhub")
    assert unquote(urlsplit(paths.broker_url(data)).path) == str(paths.socket_dir(data) / "valkey.sock")


def test_a_secret_is_made_once_and_kept_to_oneself(tmp_path: Path) -> None:
    """The second call reads what the first one made."""
    made = paths.secret(tmp_path, "some-token")
    assert paths.secret(tmp_path, "some-token") == made
    assert len(made) >= 50
    assert paths.secret(tmp_path, "other-token") != made
    assert stat.S_IMODE((tmp_path / "secrets" / "some-token").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_the_encryption_key_is_a_fernet_key(tmp_path: Path) -> None:
    """It encrypts and decrypts."""
    key = Fernet(paths.secret(tmp_path, "encryption-key"))
    assert key.decrypt(key.encrypt(b"token")) == b"token"


def test_all_who_ask_at_once_get_the_same_secret(tmp_path: Path) -> None:
    """Web and worker start together on an empty data folder."""
    with ThreadPoolExecutor(16) as pool:
        made = set(pool.map(lambda _: paths.secret(tmp_path, "contested"), range(64)))
    assert len(made) == 1


def test_a_link_is_not_taken_for_a_private_folder(tmp_path: Path) -> None:
    """In a shared folder such as /tmp somebody else could have put it there."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(PermissionError, match="not a folder of this user"):
        paths.make_private_dir(tmp_path / "link")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_somebody_elses_folder_is_not_used(tmp_path: Path) -> None:
    """Its owner could read what is in it."""
    (tmp_path / "foreign").mkdir()
    os.chown(tmp_path / "foreign", 12345, -1)
    with pytest.raises(PermissionError, match="not a folder of this user"):
        paths.make_private_dir(tmp_path / "foreign")


def test_an_open_folder_is_closed_to_others(tmp_path: Path) -> None:
    """A folder made by hand may be readable by everybody."""
    (tmp_path / "open").mkdir(mode=0o755)
    assert stat.S_IMODE(paths.make_private_dir(tmp_path / "open").stat().st_mode) == 0o700
