"""The list of pipelines: filters, order, pages."""

from __future__ import annotations

import pytest

from tests.sandbox.gitlab.conftest import Place

PLAIN = "workflow: {name: 'build $REQUEST'}\nbuild: {script: [echo built]}\n"


@pytest.fixture
def full(place: Place) -> Place:
    """Five pipelines: triggered running, success, failed; one by API on develop; one pushed, pending."""
    place.add(PLAIN, runs_jobs=False, refs={"develop": place.write(PLAIN + "#\n", "develop")})
    place.ids = [place.start(REQUEST=f"b{number}") for number in range(3)]
    place.ids.append(place.ask("POST", "/pipeline", json={"ref": "develop"}).json()["id"])
    place.ids.append(place.sandbox.create_pipeline(place.project).id)
    for index, status in enumerate(("running", "success", "failed", "canceled", "pending")):
        place.sandbox.set_status(place.ids[index], status)
    return place


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [4, 3, 2, 1, 0]),
        ({"sort": "asc"}, [0, 1, 2, 3, 4]),
        ({"status": "success"}, [1]),
        ({"scope": "running"}, [0]),
        ({"scope": "pending"}, [4]),
        ({"scope": "finished"}, [3, 2, 1]),
        ({"scope": "branches"}, [4, 3, 2, 1, 0]),
        ({"scope": "tags"}, []),
        ({"ref": "develop"}, [3]),
        ({"source": "trigger"}, [2, 1, 0]),
        ({"source": "api"}, [3]),
        ({"source": "push"}, [4]),
        ({"name": "build b1"}, [1]),
        ({"name": "build"}, [4, 3]),
        ({"name": "build b"}, []),
        ({"yaml_errors": "true"}, []),
        ({"username": "nobody"}, []),
        ({"source": "trigger", "status": "failed"}, [2]),
        ({"order_by": "status", "sort": "asc"}, [3, 2, 4, 0, 1]),
        ({"created_after": "2100-01-01T00:00:00Z"}, []),
        ({"created_before": "2100-01-01T00:00:00Z"}, [4, 3, 2, 1, 0]),
        ({"updated_after": "2100-01-01"}, []),
        ({"unknown": "parameter"}, [4, 3, 2, 1, 0]),
    ],
)
def test_filters_and_order(full: Place, params: dict[str, str], expected: list[int]) -> None:
    """Each filter alone and some together; unknown ones are ignored."""
    found = [one["id"] for one in full.get("/pipelines", **params)]
    assert found == [full.ids[index] for index in expected]


def test_more_filters(full: Place) -> None:
    """By sha, by the name of the user, and by the time of the last change."""
    full.sandbox.pipeline(full.ids[0]).updated_at -= 60
    rows = full.get("/pipelines", sort="asc")
    develop = full.get("/pipelines", sha=rows[3]["sha"])
    assert [one["ref"] for one in develop] == ["develop"]
    username = full.get(f"/pipelines/{rows[0]['id']}")["user"]["username"]
    assert len(full.get("/pipelines", username=username)) == 4
    changed = full.get("/pipelines", updated_after=rows[3]["updated_at"], sort="asc")
    assert rows[4]["id"] in [one["id"] for one in changed]
    assert rows[0]["id"] not in [one["id"] for one in changed]


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"status": "cancelled"}, "status does not have a valid value"),
        ({"scope": "all"}, "scope does not have a valid value"),
        ({"order_by": "name"}, "order_by does not have a valid value"),
        ({"sort": "up"}, "sort does not have a valid value"),
        ({"updated_after": "yesterday"}, "updated_after is invalid"),
        ({"yaml_errors": "perhaps"}, "yaml_errors is invalid"),
        ({"page": "one"}, "page is invalid"),
    ],
)
def test_parameters_are_checked(full: Place, params: dict[str, str], problem: str) -> None:
    """Words that are not in the list, times and numbers that are none."""
    answer = full.ask("GET", "/pipelines", params=params)
    assert (answer.status_code, answer.json()) == (400, {"error": problem})


def test_pages_have_headers_and_links(full: Place) -> None:
    """The second of three pages, and the way to the others with the filters kept."""
    answer = full.ask("GET", "/pipelines", params={"per_page": 2, "page": 2, "sort": "asc"})
    assert [one["id"] for one in answer.json()] == full.ids[2:4]
    names = ("x-page", "x-per-page", "x-prev-page", "x-next-page", "x-total", "x-total-pages")
    assert [answer.headers[name] for name in names] == ["2", "2", "1", "3", "5", "3"]
    links = {relation: link["url"] for relation, link in answer.links.items()}
    assert set(links) == {"first", "prev", "next", "last"}
    following = full.http.get(links["next"], headers={"PRIVATE-TOKEN": "glpat-right"})
    assert [one["id"] for one in following.json()] == full.ids[4:]
    assert following.headers["x-next-page"] == ""


def test_a_page_is_never_longer_than_a_hundred(full: Place) -> None:
    """`per_page` is cut."""
    assert full.ask("GET", "/pipelines", params={"per_page": 1000}).headers["x-per-page"] == "100"


def test_the_latest_pipeline_is_that_of_the_head_commit(full: Place) -> None:
    """403 when the head commit has none, as GitLab does."""
    assert full.get("/pipelines/latest")["id"] == full.ids[4]
    assert full.get("/pipelines/latest", ref="develop")["id"] == full.ids[3]
    full.write(PLAIN + "# newer\n")
    answer = full.ask("GET", "/pipelines/latest")
    assert (answer.status_code, answer.json()) == (403, {"message": "403 Forbidden"})


def test_jobs_by_scope(full: Place) -> None:
    """One or several statuses; an unknown one is refused."""
    number = full.ids[0]
    assert [job["name"] for job in full.get(f"/pipelines/{number}/jobs", scope="running")] == ["build"]
    assert full.get(f"/pipelines/{number}/jobs", **{"scope[]": ["failed", "success"]}) == []
    assert full.ask("GET", f"/pipelines/{number}/jobs", params={"scope": "done"}).status_code == 400
    assert full.get(f"/pipelines/{number}/bridges") == []


def test_a_pipeline_can_be_renamed(full: Place) -> None:
    """The filter finds the new name."""
    number = full.ids[0]
    answer = full.ask("PUT", f"/pipelines/{number}/metadata", json={"name": "renamed"})
    assert (answer.status_code, answer.json()["name"]) == (200, "renamed")
    assert [one["id"] for one in full.get("/pipelines", name="renamed")] == [number]
