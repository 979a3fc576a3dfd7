"""Error reports to Sentry, or to what speaks its protocol. Only where SENTRY_DSN is set; no requirement."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from deploys.log_context import fields


def start(dsn: str, *, environment: str) -> None:
    """Send unhandled errors and logged ones from here on. Raises ImproperlyConfigured without the library.

    Neither values of variables, bodies of requests nor people's names leave: they may hold tokens and drafts.
    """
    try:
        import sentry_sdk
    except ImportError as error:
        raise ImproperlyConfigured(
            "SENTRY_DSN is set, but sentry-sdk is not installed: pip install 'sentry-sdk[celery,django]'."
        ) from error
    try:
        sentry_sdk.init(
            dsn=dsn,
            environment=environment,
            before_send=_with_fields,
            include_local_variables=False,
            max_request_body_size="never",
            send_default_pii=False,
            traces_sample_rate=0.0,
        )
    except sentry_sdk.utils.BadDsn as error:
        raise ImproperlyConfigured(f"SENTRY_DSN is no address of a Sentry project: {error}.") from error


def _with_fields(event: Any, _hint: Any) -> Any:
    """The event with what was at work as tags: the task, and the build's id."""
    event.setdefault("tags", {}).update({name: str(value) for name, value in fields().items()})
    return event
