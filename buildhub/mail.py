"""How mail leaves: Django's MAILERS from one address such as smtp+tls://user:password@mail.example.com:587."""

from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SECONDS = 10  # for each answer of the mail server
_SMTP = {"smtp": {}, "smtp+tls": {"use_tls": True}, "smtp+ssl": {"use_ssl": True}}


def mailers(url: str) -> dict[str, dict[str, Any]]:
    """Return the setting; without an address a mailer that sends nothing.

    smtp:// in the clear, smtp+tls:// with STARTTLS, smtp+ssl:// with TLS from the start, file:///folder for a folder.
    Raises ImproperlyConfigured for anything else.
    """
    if not url:
        return {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured("EMAIL_URL is no address, such as smtp+tls://user:password@host:587.") from error
    if parts.scheme == "file" and parts.path.startswith("/"):
        backend = "django.core.mail.backends.filebased.EmailBackend"
        return {"default": {"BACKEND": backend, "OPTIONS": {"file_path": unquote(parts.path)}}}
    if parts.scheme not in _SMTP or not parts.hostname:
        raise ImproperlyConfigured(
            "EMAIL_URL must begin with smtp://, smtp+tls://, smtp+ssl:// and a host, or file:// and a folder."
        )
    options: dict[str, Any] = {"host": parts.hostname, "timeout": SECONDS, **_SMTP[parts.scheme]}
    if port:
        options["port"] = port
    if parts.username:
        options |= {"username": unquote(parts.username), "password": unquote(parts.password or "")}
    return {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
