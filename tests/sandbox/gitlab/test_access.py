"""Tokens, scopes and roles."""

from __future__ import annotations

from datetime import date

import pytest

from tests.sandbox.gitlab.conftest import Place

PLAIN = "build: {script: [echo built]}\n"


@pytest.fixture
def project(place: Place) -> Place:
    place.add(
        PLAIN, runs_jobs=False, protected_refs={"release": "maintainer"}, refs={"release": place.write(PLAIN, "r")}
    )
    for role in ("guest", "reporter", "developer", "maintainer", "owner"):
        place.project.add_access_token(f"glpat-{role}", role=role)
    place.project.add_access_token("glpat-reader", role="maintainer", scopes=["read_api"])
    place.project.add_access_token("glpat-code", role="maintainer", scopes=["read_repository"])
    place.project.add_access_token("glpat-old", expires_at=date(2020, 1, 1))
    place.project.add_access_token("glpat-revoked").revoked = True
    return place


@pytest.mark.parametrize(
    ("token", "status", "body"),
    [
        ("nobodys", 401, {"message": "401 Unauthorized"}),
        (None, 404, {"message": "404 Project Not Found"}),
        (
            "glpat-old",
            401,
            {
                "error": "invalid_token",
                "error_description": "Token is expired. You can either do re-authorization or token refresh.",
            },
        ),
        (
            "glpat-revoked",
            401,
            {
                "error": "invalid_token",
                "error_description": "Token was revoked. You have to re-authorize from the user.",
            },
        ),
        (
            "glpat-code",
            403,
            {
                "error": "insufficient_scope",
                "error_description": "The request requires higher privileges than provided by the access token.",
                "scope": "api read_api",
            },
        ),
        ("glpat-guest", 403, {"message": "403 Forbidden"}),
    ],
)
def test_a_token_that_may_not_read(project: Place, token: str | None, status: int, body: dict[str, str]) -> None:
    """Unknown, missing, expired, revoked, of the wrong scope, of too low a role."""
    answer = project.ask("GET", "/pipelines", token=token)
    assert (answer.status_code, answer.json()) == (status, body)


@pytest.mark.parametrize(
    ("token", "status"),
    [("glpat-reporter", 403), ("glpat-reader", 403), ("glpat-developer", 200), (None, 401), ("nobodys", 401)],
)
def test_who_may_cancel(project: Place, token: str | None, status: int) -> None:
    """Developer with scope api."""
    number = project.start()
    assert project.ask("POST", f"/pipelines/{number}/cancel", token=token).status_code == status


def test_a_protected_ref_keeps_developers_out(project: Place) -> None:
    """Cancel and retry need the right to push."""
    number = project.trigger(ref="release").json()["id"]
    statuses = [
        project.ask("POST", f"/pipelines/{number}/cancel", token=f"glpat-{role}").status_code
        for role in ("developer", "maintainer")
    ]
    assert statuses == [403, 200]


@pytest.mark.parametrize(
    ("token", "status"),
    [("glpat-reporter", 403), ("glpat-developer", 403), ("glpat-reader", 200), ("glpat-maintainer", 200)],
)
def test_who_may_read_variables(project: Place, token: str, status: int) -> None:
    """Maintainers, and developers for their own pipelines only."""
    number = project.start(A="1")
    assert project.ask("GET", f"/pipelines/{number}/variables", token=token).status_code == status


def test_a_developer_reads_variables_of_the_own_pipeline(project: Place) -> None:
    """Made with the same token."""
    body = {"ref": "main", "variables": [{"key": "A", "value": "1"}]}
    made = project.ask("POST", "/pipeline", token="glpat-developer", json=body)
    assert (made.status_code, made.json()["source"]) == (201, "api")
    kept = project.ask("GET", f"/pipelines/{made.json()['id']}/variables", token="glpat-developer").json()
    assert kept == [{"variable_type": "env_var", "key": "A", "value": "1", "raw": False}]


@pytest.mark.parametrize(
    ("token", "body", "status", "answer"),
    [
        ("glpat-reporter", {"ref": "main"}, 403, {"message": "403 Forbidden"}),
        ("glpat-developer", {}, 400, {"error": "ref is missing"}),
        ("glpat-developer", {"ref": "gone"}, 400, {"message": {"base": ["Reference not found"]}}),
        ("glpat-developer", {"ref": "main", "variables": {"A": "1"}}, 400, {"error": "variables is invalid"}),
    ],
)
def test_creating_with_an_access_token(
    project: Place, token: str, body: dict[str, object], status: int, answer: dict[str, object]
) -> None:
    """Role, ref and the array of variables."""
    given = project.ask("POST", "/pipeline", token=token, json=body)
    assert (given.status_code, given.json()) == (status, answer)


def test_a_bad_file_keeps_nothing_here(project: Place) -> None:
    """`POST /pipeline` answers 400 where the trigger endpoint answers 422 and keeps a record."""
    project.write("a: {script: [x], foo: 1}")
    answer = project.ask("POST", "/pipeline", json={"ref": "main"})
    assert (answer.status_code, answer.json()) == (
        400,
        {"message": {"base": ["jobs:a config contains unknown keys: foo"]}},
    )
    assert project.get("/pipelines") == []


def test_a_token_works_as_bearer_and_tells_about_itself(project: Place) -> None:
    """`/personal_access_tokens/self`, `/user` and `/version`."""
    root = f"{project.sandbox.url}/api/v4"
    bearer = {"Authorization": "Bearer glpat-reader"}
    about = project.http.get(f"{root}/personal_access_tokens/self", headers=bearer).json()
    assert (about["scopes"], about["active"], about["expires_at"]) == (["read_api"], True, None)
    assert project.http.get(f"{root}/user", headers=bearer).json()["id"] == about["user_id"]
    assert project.http.get(f"{root}/version", headers=bearer).json()["version"].startswith("18.")
    assert project.http.get(f"{root}/version").status_code == 401


def test_a_project_is_found_by_its_encoded_path(project: Place) -> None:
    """`group%2Fname` and the number are the same project; a stranger's token finds neither."""
    url = f"{project.sandbox.url}/api/v4/projects"
    headers = {"PRIVATE-TOKEN": "glpat-right"}
    assert project.http.get(f"{url}/demo%2Fsite", headers=headers).json()["id"] == project.project.id
    missing = project.http.get(f"{url}/demo%2Fgone", headers=headers)
    assert (missing.status_code, missing.json()) == (404, {"message": "404 Project Not Found"})
    other = project.sandbox.add_project("other", project.folder / "main", trigger_token="t", api_token="glpat-other")
    assert project.http.get(f"{url}/{other.id}", headers=headers).status_code == 404


def test_unknown_routes_say_so(project: Place) -> None:
    """GitLab's own shape for an address that it does not have."""
    answer = project.ask("GET", "/nothing")
    assert (answer.status_code, answer.json()) == (404, {"error": "404 Not Found"})


def test_trigger_tokens_show_themselves_to_their_owner(project: Place) -> None:
    """Others see four characters; a new token works at once, a deleted one no more."""
    (shown,) = project.get("/triggers")
    assert shown["token"] == "glpt"
    made = project.ask("POST", "/triggers", json={"description": "second"}).json()
    assert project.trigger(token=made["token"]).status_code == 201
    assert project.ask("DELETE", f"/triggers/{made['id']}").status_code == 204
    assert project.trigger(token=made["token"]).status_code == 404
    assert project.ask("GET", "/triggers", token="glpat-developer").status_code == 403
