"""Lists are read page by page, each thing once, and no further than needed."""

from datetime import timedelta

import httpx
import pytest

from deploys.gitlab import MalformedAnswer
from tests.gitlab.answering import JOB, NINE, PIPELINE, Recorder, always, gitlab


def pages(*numbers: list[int], header: bool) -> Recorder:
    """Answer with the given pages of pipelines, with or without the X-Next-Page header."""

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        rows = [
            PIPELINE | {"id": number, "created_at": (NINE + timedelta(minutes=number)).isoformat()}
            for number in numbers[page - 1]
        ]
        following = str(page + 1) if page < len(numbers) else ""
        return httpx.Response(200, json=rows, headers={"X-Next-Page": following} if header else {})

    return Recorder(answer)


@pytest.mark.parametrize("header", [True, False])
def test_a_list_turns_pages_and_names_each_pipeline_once(header: bool) -> None:
    """A pipeline pushed onto the next page by newer ones is not doubled."""
    answers = pages([9, 8], [8, 7], [6], header=header)
    found = gitlab(answers).list_pipelines(per_page=2)
    assert [pipeline.id for pipeline in found] == [9, 8, 7, 6]
    assert len(answers.requests) == 3


def test_a_list_stops_at_its_last_allowed_page() -> None:
    """max_pages bounds the work."""
    answers = pages([9, 8], [7, 6], [5, 4], header=True)
    assert [pipeline.id for pipeline in gitlab(answers).list_pipelines(per_page=2, max_pages=2)] == [
        9,
        8,
        7,
        6,
    ]


def test_a_list_stops_where_the_time_ends() -> None:
    """Newest first: after the first pipeline that is too old no page is turned, and old ones are left out."""
    answers = pages([9, 8], [7, 6], [5, 4], header=True)
    found = gitlab(answers).list_pipelines(per_page=2, created_after=NINE + timedelta(minutes=7))
    assert [pipeline.id for pipeline in found] == [9, 8, 7]
    assert len(answers.requests) == 2


def test_a_list_asks_with_its_filters_and_checks_them() -> None:
    """GitLab ignores parameters that it does not know; what it lists too much is left out."""
    rows = [PIPELINE | {"id": 2, "name": "Publish b"}, PIPELINE | {"id": 1, "name": "Publish a"}]
    answers = always(200, rows)
    found = gitlab(answers).list_pipelines(name="Publish a", ref="main", source="trigger", username="bot")
    assert [pipeline.id for pipeline in found] == [1]
    assert dict(answers.only.url.params) == {
        "name": "Publish a",
        "ref": "main",
        "source": "trigger",
        "username": "bot",
        "order_by": "id",
        "sort": "desc",
        "per_page": "100",
        "page": "1",
    }


def test_jobs_are_listed_over_all_pages() -> None:
    """A pipeline of more than 100 jobs is listed whole; retried jobs only if asked for."""
    rows = [JOB | {"id": number} for number in range(1, 151)]

    def answer(request: httpx.Request) -> httpx.Response:
        start = 100 * (int(request.url.params["page"]) - 1)
        return httpx.Response(200, json=rows[start : start + 100])

    answers = Recorder(answer)
    assert len(gitlab(answers).list_jobs(5)) == 150
    assert "include_retried" not in answers.requests[0].url.params
    gitlab(answers).list_jobs(5, include_retried=True)
    assert answers.requests[-1].url.params["include_retried"] == "true"
    assert answers.requests[-1].url.path == "/api/v4/projects/7/pipelines/5/jobs"


def test_a_list_that_is_none_is_malformed() -> None:
    """An object in place of a list is no empty list: a look-up must not take it for "not there"."""
    for data in ({"message": "hm"}, [{"id": 1}], [PIPELINE, None]):
        with pytest.raises(MalformedAnswer) as caught:
            gitlab(always(200, data)).list_pipelines()
        assert caught.value.sent == "no"
        assert str(caught.value).startswith("We could not list the pipelines: ")
