"""Ticks and wake-up messages name tasks that exist: a wrong name fails only in the worker, where nobody looks."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from buildhub.celery import app
from deploys import wake


@pytest.fixture(scope="module")
def tasks() -> set[str]:
    """The names that a worker knows."""
    app.loader.import_default_modules()
    return set(app.tasks)


def test_every_tick_has_its_task(tasks: set[str], settings: Any) -> None:
    """What beat sends."""
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert named - tasks == set()


def test_every_message_has_its_task(tasks: set[str]) -> None:
    """What pages and steps send."""
    tree = ast.parse(Path(wake.__file__).read_text(encoding="utf-8"))
    named = {
        f"deploys.{node.args[0].value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "_submit" and isinstance(node.args[0], ast.Constant)
    }
    assert len(named) >= 6
    assert named - tasks == set()
