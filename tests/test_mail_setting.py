"""EMAIL_URL: one address for the mail server, or one clear sentence."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from buildhub.mail import mailers

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("smtp://mail.example.com", {"host": "mail.example.com"}),
        (
            "smtp+tls://user%40a:p%3Aw%2F@mail.example.com:587",
            {"host": "mail.example.com", "port": 587, "use_tls": True, "username": "user@a", "password": "p:w/"},
        ),
        ("smtp+ssl://mail.example.com:465", {"host": "mail.example.com", "port": 465, "use_ssl": True}),
    ],
)
def test_a_mail_server_is_one_address(url: str, options: dict[str, Any]) -> None:
    """Special signs in user name and password are written as in any address."""
    found = mailers(url)["default"]
    assert found["BACKEND"] == SMTP
    assert {name: value for name, value in found["OPTIONS"].items() if name != "timeout"} == options
    assert found["OPTIONS"]["timeout"] > 0


def test_a_folder_takes_mails_for_the_demo() -> None:
    """With spaces in its name too."""
    assert mailers("file:///var/my%20mail")["default"]["OPTIONS"] == {"file_path": "/var/my mail"}


@pytest.mark.parametrize("url", ["mail.example.com", "smtp://", "imap://mail.example.com", "smtp://h:x", "file://x"])
def test_anything_else_is_refused_at_start(url: str) -> None:
    """With the ways that there are."""
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        mailers(url)


def test_without_an_address_nothing_is_sent() -> None:
    """By a mailer that drops what it gets; the pages say that mail is not set up."""
    assert mailers("")["default"]["BACKEND"].endswith("dummy.EmailBackend")
