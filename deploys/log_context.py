"""What a log line is about: every line that is written while a task, or a part of one, is at work carries it."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import MappingProxyType
from typing import Any

from celery.signals import task_postrun, task_prerun

_about: ContextVar[Mapping[str, Any]] = ContextVar("about", default=MappingProxyType({}))
_tokens: ContextVar[Token[Mapping[str, Any]] | None] = ContextVar("tokens", default=None)


class About(logging.Filter):
    """Adds to each record the fields of what is at work, such as `build_id`, and all of them as `about` for text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through."""
        fields = _about.get()
        for name, value in fields.items():
            if not hasattr(record, name):
                setattr(record, name, value)
        own = {name: getattr(record, name) for name in ("build_id", "build") if hasattr(record, name)}
        said = " ".join(f"{name}={value}" for name, value in {**fields, **own}.items())
        record.about = f" [{said}]" if said else ""
        return True


@contextmanager
def about(**fields: Any) -> Iterator[None]:
    """Inside, log lines carry these fields beside those from outside."""
    token = _about.set({**_about.get(), **fields})
    try:
        yield
    finally:
        _about.reset(token)


def fields() -> Mapping[str, Any]:
    """What is at work now, by field."""
    return _about.get()


@task_prerun.connect
def begin(task: Any = None, args: Any = (), kwargs: Any = None, **_: object) -> None:
    """A task begins: its name, and each argument that names a row, such as `build_id`."""
    names = list(inspect.signature(task.run).parameters)
    given = dict(zip(names, args or (), strict=False)) | dict(kwargs or {})
    rows = {name: value for name, value in given.items() if name.endswith("_id")}
    _tokens.set(_about.set({"task": task.name.removeprefix("deploys."), **rows}))


@task_postrun.connect
def end(**_: object) -> None:
    """The task is over."""
    token = _tokens.get()
    if token is not None:
        _about.reset(token)
        _tokens.set(None)
