"""A first site made wholly from the environment."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from deploys.builds import previews
from deploys.builds.ci.filling import filled
from deploys.content.connect import secrets_of, source_of
from deploys.models import AskFirst, ContentSource, Environment, EnvironmentKind, GitLabProject

pytestmark = pytest.mark.django_db

GIVEN = {
    "name": "Harbour",
    "url": "https://harbour.example/",
    "gitlab_url": "https://gitlab.example/",
    "gitlab_project_id": "42",
    "gitlab_trigger_token": "glptt-x",
    "gitlab_trigger_ref": "main",
    "gitlab_api_token": "glpat-x",
}


def run(settings: Any, **given: str) -> str:
    """Run the command with these variables and return what it says."""
    empty = dict.fromkeys(settings.SITE_FROM_ENVIRONMENT, "")
    usual = {"gitlab_url": "https://gitlab.com", "gitlab_send_as": "variables", "content_preset": "jsonfeed"}
    usual |= {"gitlab_preview_ref": "previews"}
    settings.SITE_FROM_ENVIRONMENT = empty | usual | given
    out = StringIO()
    call_command("site_from_environment", stdout=out)
    return out.getvalue()


def test_the_seeds_names_make_a_site_that_can_publish(settings: Any) -> None:
    """Site, live environment and project, with nothing missing; the hook's address is told."""
    assert "/hooks/gitlab/" in run(settings, **GIVEN)
    environment = Environment.objects.get()
    assert (environment.site.name, environment.ref, environment.missing_settings()) == ("Harbour", "main", [])
    assert GitLabProject.objects.get().trigger_token == "glptt-x"


def test_running_it_again_takes_over_changed_values(settings: Any) -> None:
    """A rotated token counts; nothing is doubled."""
    run(settings, **GIVEN)
    run(settings, **GIVEN | {"gitlab_api_token": "glpat-y"})
    assert (Environment.objects.count(), GitLabProject.objects.get().api_token) == (1, "glpat-y")


def test_the_content_variables_make_a_source(settings: Any) -> None:
    """The token goes where the preset wants it, and the settings stand beside the address."""
    content = {
        "content_preset": "craft",
        "content_url": "https://cms.example/api",
        "content_token": "craft-x",
        "content_settings": '{"sections": ["news"]}',
        "content_private_hosts": "cms.example, 10.0.0.5:8080",
    }
    for _ in range(2):
        run(settings, **GIVEN | content)
    source = ContentSource.objects.get()
    assert (source.preset, source.config) == ("craft", {"url": "https://cms.example/api", "sections": ["news"]})
    assert secrets_of(source) == {"token": "craft-x"}
    assert source.allowed_private_hosts == ["cms.example", "10.0.0.5:8080"]
    assert source_of(source).is_partial is False


def test_rules_that_are_set_count_and_others_stay(settings: Any) -> None:
    """Without the variables a new site has the usual rules, and what an admin set later is kept."""
    run(settings, **GIVEN)
    environment = Environment.objects.get()
    assert (environment.ask_first, environment.four_eyes) == (AskFirst.MATTERS, False)
    run(settings, **GIVEN, ask_first="always", four_eyes="true")
    run(settings, **GIVEN)
    environment.refresh_from_db()
    assert (environment.ask_first, environment.four_eyes) == (AskFirst.ALWAYS, True)
    run(settings, **GIVEN, four_eyes="false")
    environment.refresh_from_db()
    assert (environment.ask_first, environment.four_eyes) == (AskFirst.ALWAYS, False)


def test_what_is_missing_is_named(settings: Any) -> None:
    """A site without its tokens exists, and says so."""
    assert "GITLAB_API_TOKEN missing" in run(settings, **GIVEN | {"gitlab_api_token": ""})


def test_without_any_name_nothing_is_made(settings: Any) -> None:
    """And that is said too."""
    assert "no site was made" in run(settings)
    assert not Environment.objects.exists()


PREVIEWS = {"bucket": "harbour-www", "preview_url": "https://{label}.preview.harbour.example", "drafts_api_token": "d"}


def test_previews_need_an_address_and_nothing_else(settings: Any) -> None:
    """Below the site's bucket, from a branch of their own, with the same project; asked for like any other."""
    said = run(settings, **GIVEN | PREVIEWS)
    place = Environment.objects.get(kind=EnvironmentKind.PREVIEW)
    assert "built from the branch previews and published to s3://harbour-www/previews" in said
    assert (place.slug, place.target, place.ref) == ("previews", "s3://harbour-www/previews", "previews")
    assert place.preview_url == "https://{label}.preview.harbour.example/"
    assert (previews.place_of(place.site), place.missing_settings()) == (place, [])
    assert place.gitlab_project == Environment.objects.get(slug="live").gitlab_project
    assert "build_site_previews" in filled(place.site, list(place.site.environments.all())).text


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ({"bucket": "/srv/site", "preview_bucket": "/srv/previews"}, "/srv/previews"),
        ({"bucket": "s3://harbour/www/", "preview_bucket": ""}, "s3://harbour/www/previews"),
        ({"preview_bucket": "harbour-drafts"}, "s3://harbour-drafts"),
        ({"bucket": "/srv/site"}, ""),
    ],
)
def test_where_previews_are_put(settings: Any, given: dict[str, str], target: str) -> None:
    """Beside the site's files, never inside of a folder that is replaced with each publish."""
    said = run(settings, **GIVEN | PREVIEWS | given)
    assert Environment.objects.get(kind=EnvironmentKind.PREVIEW).target == target
    assert ("PREVIEW_BUCKET missing" in said) is (target == "")


def test_previews_set_up_before_stay(settings: Any) -> None:
    """Under the name that somebody gave them; also when the variable goes, as previews may still be there."""
    run(settings, **GIVEN | PREVIEWS)
    Environment.objects.filter(kind=EnvironmentKind.PREVIEW).update(slug="drafts", name="Drafts")
    run(settings, **GIVEN | PREVIEWS | {"gitlab_preview_ref": "drafts/1"})
    run(settings, **GIVEN)
    place = Environment.objects.get(kind=EnvironmentKind.PREVIEW)
    assert (place.slug, place.ref, place.target) == ("drafts", "drafts/1", "s3://harbour-www/previews")
