"""The pages behind `web_url`."""

from tests.sandbox.gitlab.conftest import Place


def test_links_lead_to_a_page(place: Place) -> None:
    """A pipeline shows its jobs, a job its log without terminal codes and without markup from the log."""
    place.add("a: {script: ['echo \"<b>bold</b>\"']}")
    number = place.start()
    pipeline = place.wait(number)
    page = place.http.get(pipeline["web_url"]).text
    job = place.jobs(number)["a"]
    assert job["web_url"] in page and "success" in page
    log = place.http.get(job["web_url"]).text
    assert "&lt;b&gt;bold&lt;/b&gt;" in log
    assert "<b>bold" not in log and "\x1b" not in log and "section_start" not in log


def test_a_broken_file_shows_why(place: Place) -> None:
    """The page of a failed configuration names the problem."""
    place.add("a: {script: [x], foo: 1}")
    place.trigger()
    (row,) = place.get("/pipelines")
    assert "jobs:a config contains unknown keys: foo" in place.http.get(row["web_url"]).text


def test_pages_of_nothing(place: Place) -> None:
    """Unknown numbers and the wrong project are 404."""
    place.add("a: {script: [echo]}", runs_jobs=False)
    number = place.start()
    for path in ("demo/site/-/pipelines/99", "demo/site/-/jobs/99", f"demo/other/-/pipelines/{number}"):
        assert place.http.get(f"{place.sandbox.url}/{path}").status_code == 404


def test_the_settings_show_what_a_maintainer_copies(place: Place) -> None:
    """Number, tokens and webhooks; a webhook is added there, and its secret is not shown again."""
    project = place.add("a: {script: [echo]}", runs_jobs=False).project
    address = f"{place.sandbox.url}/{project.path_with_namespace}/-/settings"
    page = place.http.get(address).text
    assert all(part in page for part in (str(project.id), project.trigger_token, project.api_token))
    answer = place.http.post(address, data={"url": "https://here.example/hooks/", "token": "hook-secret-77"})
    assert answer.status_code == 303
    after = place.http.get(address).text
    assert "https://here.example/hooks/" in after and "hook-secret-77" not in after
    assert project.hooks[-1].token == "hook-secret-77"
    assert address in place.http.get(f"{place.sandbox.url}/").text
