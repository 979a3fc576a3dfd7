"""What a log line carries, as text and as JSON."""

from __future__ import annotations

import json
import logging
import logging.config
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from celery import shared_task

from buildhub.logs import logging_config
from deploys.lifecycle import State
from deploys.log_context import about, begin, end
from deploys.transitions import advance
from tests.scenes import make_build


@shared_task(name="deploys.tests.look_at")
def look_at(build_id: int, depth: int = 0) -> None:
    """A task with a row's id and something else."""


@pytest.fixture
def written(request: pytest.FixtureRequest) -> Iterator[StringIO]:
    """What a logger of this test's own writes, in the way that the setting LOG_FORMAT asks for."""
    config = logging_config(as_json=request.param == "json", level="INFO")
    stream = StringIO()
    config["handlers"]["stderr"]["stream"] = stream
    config["loggers"] = {"deploys": {"handlers": ["stderr"], "level": "INFO"}}
    del config["root"]
    logger = logging.getLogger("deploys")
    before = (logger.handlers[:], logger.level)
    logging.config.dictConfig(config)
    yield stream
    logger.handlers, logger.level = before


def as_json(text: str) -> list[dict[str, Any]]:
    """One object a line."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("written", ["json"], indirect=True)
def test_a_line_of_a_task_names_the_task_and_the_build(written: StringIO) -> None:
    """By the names of its arguments; what is no id stays out, and after the task nothing is left."""
    logger = logging.getLogger("deploys.tests")
    begin(task=look_at, args=(7,), kwargs={"depth": 3})
    logger.info("looking")
    end()
    logger.info("done")
    during, after = as_json(written.getvalue())
    assert (during["task"], during["build_id"], during["message"]) == ("tests.look_at", 7, "looking")
    assert "depth" not in during
    assert {"task", "build_id", "about"} & after.keys() == set()
    assert after["level"] == "INFO"


@pytest.mark.parametrize("written", ["text"], indirect=True)
def test_text_says_it_at_the_end_of_the_line(written: StringIO) -> None:
    """For people; a line about nothing in particular ends as it did."""
    logger = logging.getLogger("deploys.tests")
    with about(build_id=7):
        logger.warning("looking")
    logger.warning("done")
    first, second = written.getvalue().splitlines()
    assert first.endswith("WARNING deploys.tests looking [build_id=7]")
    assert second.endswith("WARNING deploys.tests done")


@pytest.mark.parametrize("written", ["json"], indirect=True)
def test_one_inside_another_gives_back_what_was_before(written: StringIO) -> None:
    """A look at a project passes several builds."""
    logger = logging.getLogger("deploys.tests")
    with about(project_id=1):
        with about(build_id=7):
            logger.info("inner")
        logger.info("outer")
    inner, outer = as_json(written.getvalue())
    assert (inner["project_id"], inner["build_id"]) == (1, 7)
    assert "build_id" not in outer


@pytest.mark.django_db
@pytest.mark.parametrize("written", ["json"], indirect=True)
def test_each_move_of_a_build_is_a_line_with_its_key(written: StringIO) -> None:
    """The key is what GitLab's pipeline is called by; a move that another worker made is no line."""
    build = make_build()
    stale = type(build).objects.get(pk=build.pk)
    assert advance(build, State.CANCELED)
    assert not advance(stale, State.CANCELED)
    (line,) = as_json(written.getvalue())
    assert (line["build_id"], line["build"]) == (build.pk, str(build.key))
    assert line["message"] == f"Build {build.number} went from queued to canceled."
