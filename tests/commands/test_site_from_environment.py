"""A first site made wholly from the environment."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from deploys.content.connect import secrets_of, source_of
from deploys.models import ContentSource, Environment, GitLabProject

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


def test_what_is_missing_is_named(settings: Any) -> None:
    """A site without its tokens exists, and says so."""
    assert "GITLAB_API_TOKEN missing" in run(settings, **GIVEN | {"gitlab_api_token": ""})


def test_without_any_name_nothing_is_made(settings: Any) -> None:
    """And that is said too."""
    assert "no site was made" in run(settings)
    assert not Environment.objects.exists()
