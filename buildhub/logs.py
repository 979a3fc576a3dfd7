"""The logging configuration: lines for people or JSON for machines."""

from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS


def logging_config(*, as_json: bool, level: str) -> dict[str, Any]:
    """Return the value of Django's LOGGING: one handler to standard error.

    Every line says what is at work where that is known: the task, and the build's `build_id`.
    """
    formatter: dict[str, Any] = {"format": "%(asctime)s %(levelname)s %(name)s %(message)s%(about)s"}
    if as_json:
        formatter = {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            "reserved_attrs": [*RESERVED_ATTRS, "about"],
        }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"about": {"()": "deploys.log_context.About"}},
        "formatters": {"line": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["about"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
        },
    }
