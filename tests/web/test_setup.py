"""The guided set-up of a new site: five steps, each kept when it is left, for those who may add sites."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from deploys.models import AuditEntry, Environment, Role, Site, User
from sandbox.gitlab import GitLabSandbox
from sandbox.gitlab.project import Project
from tests.scenes import make_environment, make_person
from tests.web.reading import HTMX, find, parse, words

pytestmark = pytest.mark.django_db
FIRST = {"name": "Town Archive", "url": "https://archive.example.org/", "time_zone": "Europe/Lisbon", "cms_url": ""}
CI = "workflow:\n  name: Buildhub $BUILDHUB_BUILD\nsite:\n  script: [make]\n"


@pytest.fixture
def root(client: Client) -> User:
    """Somebody who runs Buildhub, signed in."""
    person = make_person(None, is_superuser=True)
    client.force_login(person)
    return person


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """What somebody has at GitLab."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / ".gitlab-ci.yml").write_text(CI)
    with GitLabSandbox(tmp_path / "gitlab") as server:
        yield server.add_project("archive", tmp_path / "site", trigger_token="glptt-a", api_token="glpat-a")


def main(answer: Any) -> str:
    """What people read on a page."""
    return words(find(parse(answer), "main")[0])


def to(step: int, slug: str = "town-archive") -> str:
    """A step's page."""
    return reverse("set-up-step", args=[slug, step])


def connected(project: Project) -> dict[str, Any]:
    """What is typed in the second step."""
    tokens = {"trigger_token": project.trigger_token, "api_token": project.api_token}
    return {"url": project.world.url, "project_id": str(project.id), "ref": "main", "send_as": "variables"} | tokens


def test_a_fresh_installation_leads_to_its_first_site(client: Client, root: User) -> None:
    """Whoever may not add one is told whom to ask."""
    assert client.get("/")["Location"] == reverse("new-site")
    client.force_login(make_person(None))
    assert "not a member of any site" in main(client.get("/"))
    refused = client.get(reverse("new-site"))
    assert (refused.status_code, root.name in refused.content.decode()) == (403, True)


def test_admins_add_sites_only_where_the_setting_says_so(client: Client, settings: Any) -> None:
    """BUILDHUB_ADMINS_ADD_SITES; editors never."""
    place = make_environment()
    admin, editor = (make_person(role, site=place.site) for role in (Role.ADMIN, Role.EDITOR))
    client.force_login(admin)
    assert client.get(reverse("new-site")).status_code == 403
    assert "Add a site" not in main(client.get(reverse("settings", args=[place.site.slug])))
    settings.ADMINS_ADD_SITES = True
    assert client.get(reverse("new-site")).status_code == 200
    assert "Add a site" in main(client.get(reverse("settings", args=[place.site.slug])))
    client.force_login(editor)
    assert client.get(reverse("new-site")).status_code == 403


def test_the_first_step_makes_the_site_with_its_live_place(client: Client, root: User) -> None:
    """Whoever adds it is its admin; the short name comes from the name, and a taken one is refused."""
    assert client.post(reverse("new-site"), FIRST)["Location"] == to(2)
    site = Site.objects.get(slug="town-archive")
    place = site.environments.get()
    assert (site.setup_step, place.url, place.slug) == (2, FIRST["url"], "live")
    assert site.memberships.get().role == Role.ADMIN and site.memberships.get().user == root
    assert {entry.action for entry in AuditEntry.objects.filter(site=site)} == {"added"}
    assert "is taken" in main(client.post(reverse("new-site"), FIRST))
    assert "no plain letters" in main(client.post(reverse("new-site"), FIRST | {"name": "博物館"}))
    assert "no time zone" in main(client.post(reverse("new-site"), FIRST | {"time_zone": "Lisbon"}))


def test_steps_are_left_and_come_back_to_but_not_skipped(client: Client, root: User) -> None:
    """What was entered is there again; Settings leads on; a step that was not reached is not there."""
    client.post(reverse("new-site"), FIRST)
    assert client.get(to(4)).status_code == 404
    assert client.get(reverse("set-up", args=["town-archive"]))["Location"] == to(2)
    overview = client.get(reverse("settings", args=["town-archive"]))
    assert "step 2 of 5" in main(overview)
    page = client.get(to(1))
    assert page.context["form"]["name"].value() == "Town Archive"
    current = find(parse(page), "li", **{"aria-current": "step"})
    assert [words(one) for one in current] == ["Name and addresses: you are here Step 1 of 5"]
    client.post(to(1), FIRST | {"name": "City Archive"})
    site = Site.objects.get(slug="town-archive")
    assert (site.name, site.setup_step) == ("City Archive", 2)


def test_gitlab_is_checked_before_it_is_saved(client: Client, root: User, project: Project) -> None:
    """Line by line, with what stands in the form; as a piece of the page, and as a page without script."""
    client.post(reverse("new-site"), FIRST)
    check = reverse("check-set-up", args=["town-archive", 2])
    wrong = client.post(check, connected(project) | {"trigger_token": "glptt-b"}, **HTMX)
    text = wrong.content.decode()
    assert "GitLab does not know the trigger token" in text and "<html" not in text
    right = client.post(check, connected(project))
    assert "Everything that was looked at works" in main(right)
    assert find(parse(right), "form", id="settings-form")[0].get("action") == to(2)
    assert "glptt-a" not in right.content.decode()
    assert Site.objects.get(slug="town-archive").environments.get().gitlab_project is None
    assert project.pipelines() == []


def test_the_steps_lead_to_a_test_build(client: Client, root: User, project: Project) -> None:
    """Each is saved, the next comes; the last has the publish card; then the set-up is over."""
    client.post(reverse("new-site"), FIRST)
    assert client.post(to(2), connected(project))["Location"] == to(3)
    page = client.get(to(3))
    assert page.context["form"]["marker_url"].value() == "https://archive.example.org/buildhub.json"
    hosting = {
        "target": "s3://archive",
        "marker_url": "https://archive.example.org/buildhub.json",
        "checks_pages": "on",
    }
    assert client.post(to(3), hosting)["Location"] == to(4)
    assert "Where does the content come from?" in main(client.get(to(4)))
    assert client.post(to(4))["Location"] == to(5)
    last = client.get(to(5))
    assert find(parse(last), "section", id="publish") and "Publish the site" in main(last)
    place = Environment.objects.get(site__slug="town-archive")
    assert (place.target, place.ref, place.missing_settings()) == ("s3://archive", "main", [])
    assert client.post(reverse("finish-set-up", args=["town-archive"]))["Location"] == place.get_absolute_url()
    assert client.get(to(2)).status_code == 404
    assert client.get(reverse("set-up", args=["town-archive"]))["Location"] == reverse(
        "settings", args=["town-archive"]
    )


def test_going_back_to_gitlab_keeps_the_tokens(client: Client, root: User, project: Project) -> None:
    """They are not shown, and empty fields leave them."""
    client.post(reverse("new-site"), FIRST)
    client.post(to(2), connected(project))
    page = client.get(to(2))
    assert "glptt-a" not in page.content.decode() and "One is stored" in main(page)
    typed = connected(project) | {"trigger_token": "", "api_token": "", "ref": "site"}
    assert client.post(to(2), typed | {"shown": page.context["form"].shown})["Location"] == to(3)
    place = Environment.objects.get(site__slug="town-archive")
    assert place.gitlab_project and place.gitlab_project.trigger_token == "glptt-a"
    assert place.ref == "site"
    labels = [set(entry.changes) for entry in AuditEntry.objects.filter(site=place.site)]
    assert {"Branch or tag"} in labels


def test_nobody_but_its_admins_sets_it_up(client: Client, root: User) -> None:
    """Members are told whom to ask."""
    client.post(reverse("new-site"), FIRST)
    site = Site.objects.get(slug="town-archive")
    client.force_login(make_person(Role.PUBLISHER, site=site))
    for url in (to(1), to(2), reverse("set-up", args=[site.slug])):
        assert client.get(url).status_code == 403
    assert client.post(reverse("finish-set-up", args=[site.slug])).status_code == 403
    client.force_login(make_person(None))
    assert client.get(to(2)).status_code == 404
