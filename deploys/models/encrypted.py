"""Secrets at rest: a text field that is encrypted in the database."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    TextField = models.TextField[str, str]
else:
    TextField = models.TextField


_UNREADABLE = "A stored secret cannot be read: its key is missing from BUILDHUB_ENCRYPTION_KEYS."


class UnreadableSecret(Exception):
    """A stored secret was encrypted with a key that is not in BUILDHUB_ENCRYPTION_KEYS."""


@lru_cache(maxsize=8)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """Return the cipher of the configured keys: the first encrypts, all decrypt (cryptography docs, MultiFernet)."""
    return _cipher(tuple(settings.ENCRYPTION_KEYS))


def under_first_key(token: str) -> str | None:
    """The stored token anew, encrypted with the first key; None when it is already. Raises UnreadableSecret."""
    first, *_ = settings.ENCRYPTION_KEYS
    try:
        Fernet(first).decrypt(token.encode())
    except InvalidToken:
        pass
    else:
        return None
    try:
        return cipher().rotate(token.encode()).decode()
    except InvalidToken as error:
        raise UnreadableSecret(_UNREADABLE) from error


class EncryptedTextField(TextField):
    """Text that is stored as a Fernet token; the empty string stays empty. Cannot be searched for."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way to the database."""
        value = super().get_prep_value(value)
        return cipher().encrypt(value.encode()).decode() if value else value

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        """Decrypt on the way back. Raises UnreadableSecret when no configured key fits."""
        if not value:
            return value
        try:
            return cipher().decrypt(value.encode()).decode()
        except InvalidToken as error:
            raise UnreadableSecret(_UNREADABLE) from error
