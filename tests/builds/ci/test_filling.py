"""Our CI file with a site's settings: what it says, and that the stand-in GitLab reads it as meant."""

from __future__ import annotations

from typing import Any

import pytest

from deploys.builds.ci.checking import check
from deploys.builds.ci.filling import EXAMPLE, filled
from deploys.builds.ci.writing import CannotFill
from deploys.models import Environment, SendAs, Site
from sandbox.gitlab.config import read_config
from sandbox.gitlab.rules import Selection, select
from sandbox.gitlab.variables import layer, resolved
from tests import scenes

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(settings: Any) -> Site:
    """A site with a live and a test environment."""
    settings.PUBLIC_URL = "https://publish.example.org"
    site = scenes.make_site(slug="museum", name="Harbour: Museum & $hop")
    live = {"url": "https://museum.example/", "marker_url": "https://museum.example/buildhub.json", "ref": "release/2"}
    scenes.make_environment(site=site, target="s3://museum/www", distribution="E123", **live)
    test = {"slug": "test", "url": "http://127.0.0.1:9/", "ref": "next", "position": 1}
    scenes.make_environment(site=site, target="/srv/test site", endpoint="https://s3.example", **test)
    return site


def text_of(site: Site) -> str:
    """The file for all environments."""
    return filled(site, list(site.environments.all())).text


def asked(text: str, ref: str, **given: str) -> Selection:
    """What a request of Buildhub on this branch starts."""
    predefined = {"CI_PIPELINE_SOURCE": "trigger", "CI_COMMIT_BRANCH": ref, "CI_COMMIT_REF_SLUG": ref}
    given = {"BUILDHUB_BUILD": "b1"} | given
    return select(read_config(text), predefined=layer(predefined), given=layer(given), exists=lambda _: False)


@pytest.mark.parametrize(("ref", "slug"), [("release/2", "live"), ("next", "test")])
def test_each_environment_has_its_branch_and_job(site: Site, ref: str, slug: str) -> None:
    """The one job of its branch, in a line of its own, and nothing of the example is left."""
    text = text_of(site)
    [job] = asked(text, ref).jobs
    assert (job.config.name, job.config.resource_group) == (f"build_site_{slug}", f"site-{slug}")
    assert resolved(job.variables)["SITE_ENVIRONMENT"] == slug
    assert "develop" not in text and "staging" not in text and "example-org" not in text


def test_settings_arrive_in_the_job_as_they_are(site: Site) -> None:
    """Bucket with prefix, distribution, addresses; a name with signs that YAML and GitLab would read otherwise."""
    text = text_of(site)
    live, test = (resolved(asked(text, ref).jobs[0].variables) for ref in ("release/2", "next"))
    assert (live["SITE_BUCKET"], live["SITE_DISTRIBUTION_ID"]) == ("museum/www", "E123")
    assert live["SITE_URL"] == "https://museum.example/"
    assert live["SITE_NAME"] == "Harbour: Museum & $hop"
    assert live["CONTENT_API_URL"] == "https://publish.example.org/content/museum/entries/"
    assert (test["SITE_FOLDER"], test["AWS_ENDPOINT_URL"]) == ("/srv/test site", "https://s3.example")
    assert "SITE_FOLDER" not in live


def test_what_it_prints_passes_its_own_check(site: Site) -> None:
    """Nothing to change for any environment, by variables or by inputs."""
    site.environments.filter(slug="test").update(send_as=SendAs.INPUTS)
    text = text_of(site)
    assert [check(text, one) for one in site.environments.all()] == [[], []]


def test_a_project_that_gets_nothing_is_let_in_without_an_id(site: Site) -> None:
    """Where Buildhub sends nothing the workflow asks for no id."""
    environment = site.environments.get(slug="live")
    environment.send_as = SendAs.NONE
    text = filled(site, [environment]).text
    assert [job.config.name for job in asked(text, "release/2", BUILDHUB_BUILD="").jobs] == ["build_site_live"]


def test_what_is_not_known_here_is_named(site: Site, settings: Any) -> None:
    """The role, a target that was never entered, our own address."""
    settings.PUBLIC_URL = ""
    site.environments.filter(slug="test").update(target="")
    missing = filled(site, list(site.environments.all())).missing
    assert [line.partition(":")[0] for line in missing] == [
        "CONTENT_API_URL",
        "AWS_ROLE_ARN of live",
        "SITE_BUCKET of test",
    ]


def test_two_environments_of_one_branch_cannot_be_told_apart(site: Site) -> None:
    """Rules may only ask for what nobody can forge."""
    site.environments.update(ref="main")
    with pytest.raises(CannotFill, match="live and test both build from the branch main"):
        text_of(site)


def test_an_odd_branch_is_not_written_into_rules(site: Site) -> None:
    """A quotation mark would end the text it stands in."""
    with pytest.raises(CannotFill, match="cannot be written"):
        filled(site, [Environment(slug="live", ref='x" || "')])


def test_a_site_without_environments_has_no_file() -> None:
    """There is nothing to fill in."""
    with pytest.raises(CannotFill, match="no environments"):
        filled(scenes.make_site(), [])


def test_the_shipped_file_is_filled_whole() -> None:
    """Its two parts differ in names and addresses alone, so one can stand for both."""
    parts = EXAMPLE.read_text(encoding="utf-8").split("# ---- ")
    staging, live = parts[-3:-1]
    lines = [line.partition(" #")[0] for line in staging.splitlines() if not line.lstrip().startswith("#")]
    as_live = "\n".join(lines).replace("staging-example", "www-example").replace("staging.example", "www.example")
    assert as_live.replace("staging", "live").replace("develop", "main").strip() == live.strip()
