"""Places to send to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from buildhub.mail import mailers
from tests.notifications.receivers import MailServer, Receiver, http_receiver, mail_server


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """A webhook receiver whose address is allowed."""
    with http_receiver() as found:
        settings.NOTIFY_PRIVATE_HOSTS = [found.host]
        settings.PUBLIC_URL = "https://publish.example.com"
        yield found


@pytest.fixture
def post_office(settings: Any) -> Iterator[MailServer]:
    """A mail server that mail leaves by."""
    with mail_server() as found:
        settings.MAILERS = mailers(f"smtp://127.0.0.1:{found.port}")
        settings.EMAIL_IS_SET_UP = True
        settings.DEFAULT_FROM_EMAIL = "Buildhub <publish@example.com>"
        settings.PUBLIC_URL = "https://publish.example.com"
        yield found
