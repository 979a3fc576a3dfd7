"""A site as a file and back: nothing changes, or exactly what the file says."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from deploys.models import AuditEntry, ContentSource, Environment, GitLabProject, Retention, Role, Schedule, Site
from deploys.portable.parts import PARTS, variable
from deploys.portable.reading import Refused, read
from deploys.portable.writing import as_yaml, data_of
from tests import scenes

pytestmark = pytest.mark.django_db

GIVEN = {
    "BUILDHUB_SECRET_SITE_CONTENT_TOKEN": "content",
    "BUILDHUB_SECRET_GITLAB_GITLAB_EXAMPLE_COM_77_API_TOKEN": "api",
    "BUILDHUB_SECRET_GITLAB_GITLAB_EXAMPLE_COM_77_TRIGGER_TOKEN": "trigger",
    "BUILDHUB_SECRET_ENVIRONMENT_LIVE_REPORT_TOKEN": "report",
    "BUILDHUB_SECRET_SOURCE_CONTENT_TOKEN": "cms",
}


@pytest.fixture
def site() -> Site:
    """Two places, a project with tokens, a source with a secret, a rule, and periods of its own."""
    site = scenes.make_site(slug="museum", name="Museum", content_token="content", time_zone="Europe/Lisbon")
    project = GitLabProject.objects.create(
        url="https://gitlab.example.com", project_id="77", trigger_token="trigger", api_token="api"
    )
    live = scenes.make_environment(site=site, gitlab_project=project, report_token="report", four_eyes=True, grace=3)
    scenes.make_environment(site=site, slug="staging", name="Staging", kind="staging", gitlab_project=project)
    ContentSource.objects.create(
        site=site, preset="jsonfeed", config={"url": "https://cms.example.com/feed.json"}, secrets='{"token": "cms"}'
    )
    owner = scenes.make_person(Role.PUBLISHER, site=site, username="mei")
    Schedule.objects.create(environment=live, owner=owner, weekdays=3, at=time(9), zone="Europe/Lisbon")
    Retention.objects.create(site=site, log_days=30, content_days=None)
    return site


def reopened(site: Site) -> dict[str, Any]:
    """What the site's file says, read anew."""
    return dict(yaml.safe_load(as_yaml(site)))


def forget_all() -> None:
    """As in an empty database; people stay."""
    AuditEntry.objects.all()
    Schedule.objects.all().delete()
    Environment.objects.all().delete()
    ContentSource.objects.all().delete()
    GitLabProject.objects.all().delete()
    Site.objects.all().delete()


def test_export_and_import_change_nothing(site: Site) -> None:
    """Not a row, and no entry in the audit log."""
    before = as_yaml(site)
    found = read(reopened(site), {})
    assert (found.changes, found.missing, AuditEntry.objects.count()) == ([], [], 0)
    assert as_yaml(site) == before


def test_no_secret_is_in_the_file(site: Site) -> None:
    """Only that there is one."""
    text = as_yaml(site)
    assert not [value for value in ("trigger-", ": api", ": report", ": cms\n", "hook-secret") if value in text]
    assert reopened(site)["gitlab"] == [
        {
            "url": "https://gitlab.example.com",
            "project_id": "77",
            "trigger_token": "set",
            "api_token": "set",
            "hook_token": "not set",
            "hook_signing_token": "not set",
        }
    ]
    assert reopened(site)["sources"][0]["secrets"] == {"token": "set"}


def test_an_empty_database_gets_the_same_site(site: Site) -> None:
    """With the secrets that were given; a second time changes nothing."""
    data = reopened(site)
    forget_all()
    found = read(data, GIVEN)
    made = Site.objects.get()
    assert data_of(made) == data
    assert found.missing == []
    assert GitLabProject.objects.get().api_token == "api"
    assert json.loads(ContentSource.objects.get().secrets) == {"token": "cms"}
    assert Environment.objects.get(slug="live").report_token == "report"
    assert made.content_token == "content"
    assert Schedule.objects.get().owner.username == "mei"
    assert read(data, GIVEN).changes == []


def test_secrets_that_nobody_gave_are_named_by_their_variable(site: Site) -> None:
    """The rest is made all the same."""
    data = reopened(site)
    forget_all()
    assert set(read(data, {}).missing) == set(GIVEN)
    assert Site.objects.get().content_token == ""


def test_not_set_takes_no_secret_away(site: Site) -> None:
    """A file of another installation must not lock this one out."""
    data = reopened(site)
    data["gitlab"][0]["api_token"] = "not set"
    assert read(data, {}).changes == []
    assert GitLabProject.objects.get().api_token == "api"


def test_a_change_is_made_and_written_down_in_words(site: Site) -> None:
    """By the command line, old and new; a secret only as such."""
    data = reopened(site)
    data["environments"][0]["four_eyes"] = False
    read(data, {"BUILDHUB_SECRET_ENVIRONMENT_LIVE_REPORT_TOKEN": "another"})
    entry = AuditEntry.objects.get()
    assert (entry.actor_name, entry.subject, entry.site) == ("Command line", "Environment Live site", site)
    assert entry.changes == {"Four eyes": ["yes", "no"], "Report token": ["set", "set anew"]}
    live = Environment.objects.get(slug="live")
    assert (live.four_eyes, live.report_token) == (False, "another")


def test_what_the_file_does_not_name_stays(site: Site) -> None:
    """Places, sources, columns and rules."""
    data = reopened(site)
    data["environments"] = [{"slug": "live", "name": "Live"}]
    del data["sources"], data["schedules"], data["retention"]
    assert len(read(data, {}).changes) == 1
    assert site.environments.count() == 2
    assert site.sources.count() == 1
    assert Environment.objects.get(slug="live").four_eyes


def test_a_dry_run_says_the_same_and_changes_nothing(site: Site) -> None:
    """Also for a site that is not there yet."""
    data = reopened(site)
    data["site"]["name"] = "Another name"
    planned = read(data, {}, is_dry=True)
    assert (Site.objects.get().name, AuditEntry.objects.count()) == ("Museum", 0)
    assert read(data, {}).changes == planned.changes
    data["site"]["slug"] = "second"
    assert len(read(data, {}, is_dry=True).changes) > 3
    assert Site.objects.count() == 1


def change(*path: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    """Put this value at the place."""

    def apply(data: dict[str, Any]) -> None:
        place: Any = data
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return apply


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (change("site", "nmae", to="x"), "site.nmae: this is not known here"),
        (change("extra", to=1), "extra: this is not known here"),
        (change("buildhub", to=9), "buildhub: 1 is needed here"),
        (change("site", "slug", to=""), "site.slug: a text is needed here"),
        (change("site", to=[]), "site: a mapping of names and values is needed here"),
        (change("site", "name", to=7), "site.name: 7 is not a text"),
        (change("site", "content_token", to="secret!"), "site.content_token: secrets do not stand in the file"),
        (change("retention", "log_days", to=1), "retention.log_days: Ensure this value is greater than or equal to 7"),
        (change("environments", 0, "url", to="nowhere"), "environments[0].url: Enter a valid URL"),
        (change("environments", 0, "kind", to="moon"), "environments[0].kind: Value 'moon' is not a valid choice"),
        (change("environments", 1, "four_eyes", to="yes"), "environments[1].four_eyes: 'yes' is not true or false"),
        (change("environments", 1, "keep_days", to=True), "environments[1].keep_days: True is not a whole number"),
        (change("environments", 1, "time_limit", to="soon"), "environments[1].time_limit: “soon” value has an invalid"),
        (change("environments", 0, "gitlab", to="x 1"), "environments[0].gitlab: 'x 1' is not among the projects"),
        (change("environments", to="live"), "environments: a list is needed here"),
        (change("environments", 0, to="live"), "environments[0]: a mapping of names and values is needed here"),
        (change("gitlab", 0, "url", to="ftp"), "gitlab[0].url: Enter a valid URL"),
        (change("sources", 0, "preset", to="geocities"), "sources[0]: "),
        (change("sources", 0, "config", to={"url": "x"}), "sources[0]: "),
        (change("sources", 0, "secrets", "token", to="hunter2"), "sources[0].secrets.token: secrets do not stand"),
        (change("schedules", 0, "owner", to="nobody"), "schedules[0].owner: there is nobody called nobody here"),
        (change("schedules", 0, "days", to=["someday"]), "schedules[0].days: a list of days is needed here"),
        (change("schedules", 0, "at", to=540), "schedules[0].at: a time in quotes is needed here"),
        (change("schedules", 0, "zone", to="Moon/Base"), "schedules[0].zone: 'Moon/Base' is no time zone"),
        (change("schedules", 0, "environment", to="x"), "schedules[0].environment: there is no environment x"),
        (change("schedules", 0, "is_paused", to=1), "schedules[0].is_paused: 1 is not true or false"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    site: Site, spoil: Callable[[dict[str, Any]], None], problem: str
) -> None:
    """And nothing of the file is taken over."""
    data = reopened(site)
    data["environments"][0]["ref"] = "another"
    before = as_yaml(site)
    spoil(data)
    with pytest.raises(Refused) as refused:
        read(data, {})
    assert any(one.startswith(problem) for one in refused.value.problems), refused.value.problems
    assert as_yaml(Site.objects.get()) == before
    assert not AuditEntry.objects.exists()


def test_all_problems_are_named_at_once(site: Site) -> None:
    """Nobody wants to correct a file one line at a time."""
    data = reopened(site)
    change("environments", 0, "url", to="nowhere")(data)
    change("environments", 1, "kind", to="moon")(data)
    change("sources", 0, "read_every", to=1)(data)
    with pytest.raises(Refused) as refused:
        read(data, {})
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize("data", [None, [], "site", {"buildhub": 1}])
def test_a_file_of_something_else_is_refused(data: Any) -> None:
    """Without a crash."""
    with pytest.raises(Refused):
        read(data, {})


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.model.__name__)
def test_every_column_is_in_the_file_or_left_out_on_purpose(part: Any) -> None:
    """Whoever adds a column decides."""
    columns = {field.name for field in part.model._meta.concrete_fields}
    assert columns == {*part.key, *part.fields, *part.secrets, *part.left_out}


def test_variables_are_named_in_one_way() -> None:
    """Capitals, digits and underscores."""
    assert variable("source", "Our content!", "token") == "BUILDHUB_SECRET_SOURCE_OUR_CONTENT_TOKEN"


def test_the_command_writes_and_reads_files(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Export, a change by hand, a plan, the change, and once more nothing."""
    file, secrets = tmp_path / "museum.yaml", tmp_path / "secrets"
    call_command("site", "export", "museum", str(file))
    file.write_text(file.read_text().replace("ref: main", "ref: trunk", 1))
    call_command("site", "import", str(file), "--dry-run")
    planned = capsys.readouterr().out
    assert "Environment Live site would be changed\n  Ref: main → trunk\nNothing was changed yet.\n" in planned
    secrets.write_text("# secrets\n\nBUILDHUB_SECRET_SITE_CONTENT_TOKEN=new\n")
    call_command("site", "import", str(file), "--secrets", str(secrets), "--json")
    told = json.loads(capsys.readouterr().out)
    assert [one["subject"] for one in told["changes"]] == ["Site Museum", "Environment Live site"]
    site.refresh_from_db()
    assert site.content_token == "new"
    monkeypatch.setenv("BUILDHUB_SECRET_SITE_CONTENT_TOKEN", "new")
    call_command("site", "import", str(file))
    assert capsys.readouterr().out == "Everything is as in the file.\n"


def test_list_and_show_say_what_there_is(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """In words, and as JSON."""
    call_command("site", "list")
    assert capsys.readouterr().out == "museum\tMuseum\tlive, staging\n"
    call_command("site", "show", "museum")
    shown = capsys.readouterr().out
    assert "Live site (live): http://127.0.0.1:9/" in shown
    assert "missing" not in shown
    assert "Kept: logs 30 days, content for ever, messages 90 days" in shown
    call_command("site", "show", "museum", "--json")
    assert json.loads(capsys.readouterr().out)["site"]["name"] == "Museum"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["show", "nowhere"], 2, "There is no site nowhere."),
        (["export", "nowhere"], 2, "There is no site nowhere."),
        (["import", "/no/such/file"], 2, "/no/such/file cannot be read"),
    ],
)
def test_wrong_usage_is_exit_code_2(
    arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With words."""
    with pytest.raises(SystemExit) as left:
        call_command("site", *arguments)
    assert left.value.code == code
    assert capsys.readouterr().err.startswith(words)


def test_a_file_that_is_refused_is_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No YAML, or not ours."""
    file = tmp_path / "x.yaml"
    for text in ("a: [", "site: 1"):
        file.write_text(text)
        with pytest.raises(SystemExit) as left:
            call_command("site", "import", str(file))
        assert left.value.code == 1
    assert "Nothing was changed:" in capsys.readouterr().err
