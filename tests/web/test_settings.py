"""The settings of a site: for its admins, each change in the audit log, secrets never shown, nobody overwritten."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from deploys.models import AuditEntry, Environment, GitLabProject, Role, Site, User
from tests.scenes import make_build, make_environment, make_person, make_project, make_site
from tests.web.reading import find, parse, words

pytestmark = pytest.mark.django_db
SECRET = "glptt-do-not-show"


@pytest.fixture
def environment() -> Environment:
    """A live site with a connection to GitLab."""
    return make_environment(gitlab_project=make_project(trigger_token=SECRET, url="https://gitlab.com"))


@pytest.fixture
def admin(environment: Environment, client: Client) -> User:
    """An admin of the site, signed in."""
    person = make_person(Role.ADMIN, site=environment.site, first_name="Tomás", last_name="Lind")
    client.force_login(person)
    return person


def to(name: str, environment: Environment, *args: object) -> str:
    """An address of the site."""
    return reverse(name, args=[environment.site.slug, *args])


def main(answer: Any) -> str:
    """What people read on a page."""
    return words(find(parse(answer), "main")[0])


def fields_of(answer: Any) -> dict[str, Any]:
    """What the form of the page would send if nobody typed anything."""
    form = answer.context["form"]
    given = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False, "")}
    return given | {"shown": form.shown}


def save(client: Client, page: str, opened: dict[str, Any] | None = None, **typed: Any) -> Any:
    """Open the page, type, and save; `opened` is what a page that was opened earlier showed."""
    whole = (opened or fields_of(client.get(page))) | typed
    return client.post(page, {name: value for name, value in whole.items() if value is not None}, follow=True)


def addresses(environment: Environment) -> list[str]:
    """All pages of the settings of a site."""
    site, slug, project = environment.site, environment.slug, environment.gitlab_project
    assert project
    return [
        *(reverse(name, args=[site.slug]) for name in ("settings", "site-settings", "settings-changes")),
        *(reverse(name, args=[site.slug]) for name in ("new-connection", "new-environment")),
        *(to(name, environment, slug) for name in ("environment-settings", "hosting-settings", "rules-settings")),
        to("connection", environment, project.pk),
    ]


def test_every_page_is_for_admins_of_the_site_alone(client: Client, environment: Environment, admin: User) -> None:
    """Others are told whom to ask; strangers learn nothing."""
    for url in addresses(environment):
        assert client.get(url).status_code == 200, url
    client.force_login(make_person(Role.PUBLISHER, site=environment.site))
    for url in addresses(environment):
        assert client.get(url).status_code == 403
        assert client.post(url, {"name": "Mine"}).status_code in (403, 405)
    client.force_login(make_person(Role.ADMIN, site=make_site()))
    for url in addresses(environment):
        assert client.get(url).status_code == 404


def test_the_overview_leads_to_everything(client: Client, environment: Environment, admin: User) -> None:
    """Also to what has had pages before: content, notifications, health."""
    answer = client.get(to("settings", environment))
    hrefs = {one.get("href") for one in find(parse(answer), "a")}
    assert {to(name, environment) for name in ("sources", "site-notifications", "site-health")} <= hrefs
    assert to("environment-settings", environment, "live") in hrefs
    bar = words(find(parse(answer), "nav")[0])
    assert "Settings" in bar and "Health" not in bar


def test_a_change_is_saved_and_written_down(client: Client, environment: Environment, admin: User) -> None:
    """Old and new in words, with the labels of the form; saving the same again writes nothing."""
    url = to("site-settings", environment)
    old = environment.site.name
    assert "Saved." in main(save(client, url, name="Harbour Museum", time_zone="Europe/Lisbon"))
    entry = AuditEntry.objects.get(site=environment.site)
    assert (entry.actor, entry.actor_name) == (admin, "Tomás Lind")
    assert entry.changes == {"Name": [old, "Harbour Museum"], "Time zone": ["UTC", "Europe/Lisbon"]}
    assert "Nothing was different" in main(save(client, url))
    assert AuditEntry.objects.count() == 1
    page = main(client.get(to("settings-changes", environment)))
    assert "Tomás Lind" in page and "Harbour Museum" in page and "Europe/Lisbon" in page


def test_changes_are_read_page_by_page(client: Client, environment: Environment, admin: User) -> None:
    """The newest first."""
    for number in range(31):
        save(client, to("site-settings", environment), name=f"Name {number}")
    first, second = (main(client.get(f"{to('settings-changes', environment)}?page={number}")) for number in (1, 2))
    assert "Name 30" in first and "Page 1 of 2" in first
    assert "Name 0" in second and "Name 30" not in second


def test_secrets_go_in_and_never_come_out(client: Client, environment: Environment, admin: User) -> None:
    """Empty keeps them, a new one replaces, the box removes; pages and audit log never hold one."""
    project = environment.gitlab_project
    assert project
    url = to("connection", environment, project.pk)
    save(client, url, api_token="glpat-second")
    project.refresh_from_db()
    assert (project.trigger_token, project.api_token) == (SECRET, "glpat-second")
    save(client, url, remove_api_token="on")
    project.refresh_from_db()
    assert (project.trigger_token, project.api_token) == (SECRET, "")
    told = [entry.changes for entry in AuditEntry.objects.order_by("pk")]
    assert told == [{"API token": ["set", "set anew"]}, {"API token": ["set", "not set"]}]
    for page in (*addresses(environment), to("settings-changes", environment)):
        text = client.get(page).content.decode()
        assert SECRET not in text and "glpat-second" not in text


def test_the_tokens_are_asked_for_again_when_they_would_go_elsewhere(
    client: Client, environment: Environment, admin: User
) -> None:
    """Else whoever may change the address could have them sent to a server of their own."""
    project = environment.gitlab_project
    assert project
    make_project(url="https://gitlab.example.org")
    url = to("connection", environment, project.pk)
    answer = save(client, url, url="https://gitlab.example.org")
    assert "enter the token again" in main(answer)
    project.refresh_from_db()
    assert project.url == "https://gitlab.com"


def test_a_private_network_is_for_those_who_run_buildhub(client: Client, environment: Environment, admin: User) -> None:
    """A superuser may name it; afterwards it is known."""
    project = environment.gitlab_project
    assert project
    url = to("connection", environment, project.pk)
    typed = {"url": "http://127.0.0.1:8929", "trigger_token": "a", "api_token": "b"}
    assert "only those who run Buildhub" in main(save(client, url, **typed))
    User.objects.filter(pk=admin.pk).update(is_superuser=True)
    assert "Saved." in main(save(client, url, **typed))
    User.objects.filter(pk=admin.pk).update(is_superuser=False)
    assert "Saved." in main(save(client, url, project_id="77"))


def test_two_admins_change_different_things_and_both_count(
    client: Client, environment: Environment, admin: User
) -> None:
    """Each form was opened before the other was saved."""
    url = to("site-settings", environment)
    opened = fields_of(client.get(url))
    save(client, url, name="Harbour Museum")
    assert "Saved." in main(save(client, url, opened, time_zone="Europe/Lisbon"))
    site = Site.objects.get(pk=environment.site_id)
    assert (site.name, site.time_zone) == ("Harbour Museum", "Europe/Lisbon")


def test_two_admins_change_the_same_thing_and_the_second_is_told(
    client: Client, environment: Environment, admin: User
) -> None:
    """Who and what; nothing is saved until it is sent once more."""
    url = to("site-settings", environment)
    opened = fields_of(client.get(url))
    save(client, url, name="Harbour Museum")
    answer = save(client, url, opened, name="Museum by the Harbour")
    assert "Tomás Lind" in main(answer) and "Name: Harbour Museum" in main(answer)
    assert Site.objects.get(pk=environment.site_id).name == "Harbour Museum"
    again = fields_of(answer)
    assert again["name"] == "Museum by the Harbour"
    assert "Saved." in main(save(client, url, again))
    assert Site.objects.get(pk=environment.site_id).name == "Museum by the Harbour"


def test_two_new_secrets_at_once_are_a_conflict_too(client: Client, environment: Environment, admin: User) -> None:
    """Without either being shown."""
    project = environment.gitlab_project
    assert project
    url = to("connection", environment, project.pk)
    opened = fields_of(client.get(url))
    save(client, url, api_token="first-5f2c")
    answer = save(client, url, opened, api_token="second")
    assert "API token: set" in main(answer)
    assert "first-5f2c" not in answer.content.decode()
    project.refresh_from_db()
    assert project.api_token == "first-5f2c"


def test_a_hook_secret_is_made_and_shown_once(client: Client, environment: Environment, admin: User) -> None:
    """And it counts at once; the page of the connection has the address to copy."""
    project = environment.gitlab_project
    assert project
    url = to("connection", environment, project.pk)
    assert project.hook_key in main(client.get(url))
    for name in ("hook_token", "hook_signing_token"):
        answer = client.post(to("renew-connection-secret", environment, project.pk, name))
        project.refresh_from_db()
        made = getattr(project, name)
        assert made in answer.content.decode() and answer["Cache-Control"].startswith("no-store")
        assert made not in client.get(url).content.decode()
    assert project.hook_signing_token.startswith("whsec_")
    client.post(to("remove-connection-secret", environment, project.pk, "hook_token"))
    project.refresh_from_db()
    assert project.hook_token == ""
    assert client.post(to("renew-connection-secret", environment, project.pk, "api_token")).status_code == 404
    subjects = [entry.subject for entry in AuditEntry.objects.all()]
    assert subjects == ["Connection to GitLab"] * 3


def test_the_secrets_of_content_and_reports_are_made_too(client: Client, environment: Environment, admin: User) -> None:
    """By their own buttons."""
    answer = client.post(to("renew-site-secret", environment, "content_token"))
    environment.site.refresh_from_db()
    assert environment.site.content_token in answer.content.decode()
    answer = client.post(to("renew-report-token", environment, "live"))
    environment.refresh_from_db()
    assert environment.report_token and environment.report_token in answer.content.decode()


def test_a_connection_of_several_sites_is_for_admins_of_all(
    client: Client, environment: Environment, admin: User
) -> None:
    """It says whose it is; an admin of both sees that the change counts for both, and both logs have it."""
    other = make_environment(gitlab_project=environment.gitlab_project)
    project = environment.gitlab_project
    assert project
    url = to("connection", environment, project.pk)
    refused = client.get(url)
    assert refused.status_code == 403 and other.site.name in refused.content.decode()
    other.site.memberships.create(user=admin, role=Role.ADMIN)
    assert f"builds {other.site.name} too" in main(client.get(url))
    save(client, url, api_token="anew")
    assert set(AuditEntry.objects.values_list("site", flat=True)) == {environment.site_id, other.site_id}


def test_another_sites_project_is_not_joined_by_its_number(
    client: Client, environment: Environment, admin: User
) -> None:
    """Its tokens would start builds that are not this admin's."""
    theirs = make_environment(gitlab_project=make_project(url="https://gitlab.com", project_id="4711"))
    Environment.objects.filter(pk=environment.pk).update(gitlab_project=None)
    url = to("new-connection", environment)
    typed = {"url": "https://gitlab.com", "project_id": "4711", "trigger_token": "x", "api_token": "y"}
    assert "Another site is connected to this project" in main(client.post(url, typed))
    theirs.site.memberships.create(user=admin, role=Role.ADMIN)
    client.post(url, typed)
    environment.refresh_from_db()
    assert environment.gitlab_project == theirs.gitlab_project
    assert theirs.gitlab_project and theirs.gitlab_project.trigger_token == "trigger-secret"


def test_a_new_connection_is_used_and_has_a_hook_secret(client: Client, environment: Environment, admin: User) -> None:
    """By every environment that has none."""
    Environment.objects.filter(pk=environment.pk).update(gitlab_project=None)
    typed = {"url": "https://gitlab.com/", "project_id": " 4711 ", "trigger_token": "x", "api_token": "y"}
    client.post(to("new-connection", environment), typed)
    environment.refresh_from_db()
    project = environment.gitlab_project
    assert project and (project.url, project.project_id) == ("https://gitlab.com", "4711")
    assert project.hook_token
    assert AuditEntry.objects.get().changes["Trigger token"] == ["–", "set"]


def test_an_environment_is_changed_in_words(client: Client, environment: Environment, admin: User) -> None:
    """Choices by their labels, the limit in minutes; pages that watch hear of it."""
    version = environment.version
    save(client, to("environment-settings", environment, "live"), send_as="inputs", minutes="90", ref="site")
    environment.refresh_from_db()
    assert (environment.send_as, environment.time_limit.total_seconds(), environment.ref) == ("inputs", 5400, "site")
    assert environment.version == version + 1
    assert AuditEntry.objects.get().changes == {
        "Branch or tag": ["main", "site"],
        "How builds are told apart": ["Pipeline variables", "Pipeline inputs"],
        "Time limit": ["60 min", "90 min"],
    }


def test_a_place_with_builds_does_not_become_one_for_previews(
    client: Client, environment: Environment, admin: User
) -> None:
    """And a site has one place for previews."""
    make_build(environment=environment)
    url = to("environment-settings", environment, "live")
    assert "It has builds already" in main(save(client, url, kind="preview"))
    make_environment(site=environment.site, slug="previews", kind="preview")
    assert "a place for previews already" in main(save(client, url, kind="preview"))


def test_rules_are_set_and_what_was_foreseen_by_the_old_ones_goes(
    client: Client, environment: Environment, admin: User
) -> None:
    """Empty means: as usual, or never."""
    url = to("rules-settings", environment, "live")
    save(client, url, four_eyes="on", quiet_minutes="15", at_most_every="60", grace="10")
    environment.refresh_from_db()
    assert (environment.four_eyes, environment.quiet_minutes, environment.grace) == (True, 15, 10)
    save(client, url, quiet_minutes="", grace="")
    environment.refresh_from_db()
    assert (environment.quiet_minutes, environment.grace) == (None, None)
    newest = AuditEntry.objects.order_by("-pk")[0].changes
    assert newest["Publish so many minutes after the last edit"] == ["15", "–"]


def test_a_folder_of_the_server_and_another_sites_bucket_are_refused(
    client: Client, environment: Environment, admin: User
) -> None:
    """The worker writes and deletes there by rights of its own."""
    make_environment(target="s3://theirs/site")
    url = to("hosting-settings", environment, "live")
    assert "Only those who run Buildhub may name a folder" in main(save(client, url, target="/srv/site"))
    for target in ("s3://theirs/site", "s3://theirs", "s3://theirs/site/below"):
        assert "Another site is published there" in main(save(client, url, target=target))
    assert "A target is s3://bucket" in main(save(client, url, target="ftp://there"))
    save(client, url, target="s3://theirs/site-2", keep_releases="20")
    environment.refresh_from_db()
    assert (environment.target, environment.keep_releases) == ("s3://theirs/site-2", 20)


def test_an_environment_is_added(client: Client, environment: Environment, admin: User) -> None:
    """It builds in the same project; a second of the same name is refused."""
    url = to("new-environment", environment)
    typed = {"name": "Staging", "kind": "staging", "url": "https://staging.example.org/", "ref": "main"}
    assert client.post(url, typed).headers["Location"] == to("hosting-settings", environment, "staging")
    made = Environment.objects.get(site=environment.site, slug="staging")
    assert (made.gitlab_project, made.position) == (environment.gitlab_project, 1)
    assert "an environment of this name already" in main(client.post(url, typed))
    assert AuditEntry.objects.get().action == "added"


def test_markup_in_a_name_stays_text(client: Client, environment: Environment, admin: User) -> None:
    """On the form, on the overview and in the log."""
    save(client, to("site-settings", environment), name="<img src=x onerror=alert(1)>")
    for url in addresses(environment):
        assert "<img" not in client.get(url).content.decode()


def test_a_project_row_nobody_uses_is_not_reached(client: Client, environment: Environment, admin: User) -> None:
    """By guessing its number."""
    stray = GitLabProject.objects.create(project_id="1")
    assert client.get(to("connection", environment, stray.pk)).status_code == 404


def test_every_page_leads_to_what_explains_it(client: Client, environment: Environment, admin: User) -> None:
    """The documentation beside the code, as text, for whoever is signed in; and nothing else of this machine."""
    page = client.get(to("site-settings", environment))
    manual = reverse("manual", args=["setup"])
    assert find(parse(page), "a", href=manual)
    answer = client.get(manual)
    assert answer["Content-Type"].startswith("text/plain") and "# Setting up a site" in answer.content.decode()
    assert client.get(reverse("manual", args=["nothing"])).status_code == 404
    client.logout()
    assert client.get(manual)["Location"].startswith("/sign-in/")
