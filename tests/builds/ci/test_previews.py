"""Previews in a site's CI file: by path, by host name, on a branch of their own or on another's."""

from __future__ import annotations

from typing import Any

import pytest

from deploys.builds.ci.checking import check
from deploys.builds.ci.filling import EXAMPLE, filled
from deploys.builds.ci.writing import CannotFill
from deploys.models import Environment, SendAs, Site
from sandbox.gitlab.config import read_config
from sandbox.gitlab.rules import Selection, select
from sandbox.gitlab.variables import layer, merged, resolved
from tests import scenes
from tests.preview_scenes import make_preview_place

pytestmark = pytest.mark.django_db

LABEL = "b17-k3q9x2m7w4ab"
BY_HOST = "https://{label}.preview.museum.example/"


@pytest.fixture
def site(settings: Any) -> Site:
    """A live site, and nothing for previews yet."""
    settings.PUBLIC_URL = "https://publish.example.org"
    site = scenes.make_site(slug="museum")
    scenes.make_environment(site=site, target="s3://museum", url="https://museum.example/")
    return site


def place_of(site: Site, **facts: Any) -> Environment:
    """Where its previews are made."""
    usual = {
        "slug": "drafts",
        "ref": "drafts/1",
        "target": "s3://museum/previews",
        "preview_url": "https://museum.example/previews/{label}/",
    }
    return make_preview_place(site, **usual | facts)


def text_of(site: Site) -> str:
    """The file for all environments."""
    return filled(site, list(site.environments.all())).text


def asked(text: str, ref: str, source: str = "trigger", **given: str) -> Selection:
    """What a request of Buildhub on this branch starts."""
    predefined = {"CI_PIPELINE_SOURCE": source, "CI_COMMIT_BRANCH": ref, "CI_COMMIT_REF_SLUG": ref}
    given = {"BUILDHUB_BUILD": "b1"} | given
    return select(read_config(text), predefined=layer(predefined), given=layer(given), exists=lambda _: False)


def names(selection: Selection) -> list[str]:
    """The jobs."""
    return [one.config.name for one in selection.jobs]


def variables_of(text: str, ref: str) -> dict[str, str]:
    """What the one job of a preview is told, with the label as the request sends it."""
    selection = asked(text, ref, BUILDHUB_PREVIEW=LABEL)
    [job] = selection.jobs
    return resolved(merged([job.variables, layer({"BUILDHUB_PREVIEW": LABEL})]))


def test_below_a_path_the_label_is_in_the_base(site: Site) -> None:
    """Pages ask to stay unfound, as nothing else may say so there."""
    place_of(site)
    found = variables_of(text_of(site), "drafts/1")
    assert found["PREVIEW_URL"] == f"https://museum.example/previews/{LABEL}/"
    assert (found["SITE_URL"], found["SITE_BASE"]) == ("https://museum.example", f"/previews/{LABEL}/")
    assert (found["SITE_NOINDEX"], found["PREVIEWS_TARGET"]) == ("1", "s3://museum/previews")
    assert found["SITE_ENVIRONMENT"] == "drafts"


def test_by_host_name_the_pages_are_those_of_the_live_site(site: Site) -> None:
    """Addresses and base of live; only where it is looked at differs."""
    place_of(site, preview_url=BY_HOST)
    found = variables_of(text_of(site), "drafts/1")
    assert found["PREVIEW_URL"] == f"https://{LABEL}.preview.museum.example/"
    assert (found["SITE_URL"], found["SITE_BASE"], found["SITE_NOINDEX"]) == ("https://museum.example/", "/", "")


@pytest.mark.parametrize(
    ("target", "bucket"),
    [("s3://museum-drafts", None), ("s3://museum/of/drafts", None), ("/srv/site/previews", None)],
)
def test_any_target_arrives(site: Site, target: str, bucket: None) -> None:
    """A bucket of their own, another folder of it, a folder on a disk; the endpoint with it."""
    place_of(site, target=target, endpoint="https://s3.example")
    found = variables_of(text_of(site), "drafts/1")
    assert (found["PREVIEWS_TARGET"], found.get("SITE_BUCKET")) == (target, bucket)
    assert found["AWS_ENDPOINT_URL"] == "https://s3.example"


def test_a_branch_of_their_own_starts_previews_alone(site: Site) -> None:
    """And only with a label; a push builds its image, nothing runs by night."""
    place_of(site)
    text = text_of(site)
    assert names(asked(text, "drafts/1", BUILDHUB_PREVIEW=LABEL)) == ["build_site_drafts"]
    assert asked(text, "drafts/1").filtered
    assert names(asked(text, "drafts/1", source="push")) == ["build_image", "publish_image_drafts"]
    assert asked(text, "drafts/1", source="schedule").filtered
    assert names(asked(text, "main", BUILDHUB_PREVIEW=LABEL)) == ["build_site_live"]  # whose script refuses a label


def test_on_the_branch_of_the_live_site_the_label_chooses(site: Site) -> None:
    """One job for each request; both are built with the image of that branch."""
    place_of(site, ref="main")
    text = text_of(site)
    assert names(asked(text, "main", BUILDHUB_PREVIEW=LABEL)) == ["build_site_drafts"]
    assert names(asked(text, "main")) == ["build_site_live"]
    assert names(asked(text, "main", source="schedule")) == ["build_site_live"]
    assert names(asked(text, "main", source="push")) == ["build_image", "publish_image_live", "deploy_site_live"]


@pytest.mark.parametrize("ref", ["main", "drafts/1"])
def test_drafts_have_a_cache_of_their_own(site: Site, ref: str) -> None:
    """Whatever branch they are built on."""
    place_of(site, ref=ref)
    jobs = read_config(text_of(site)).jobs
    keys = [[cache.key for cache in jobs[name].caches] for name in ("build_site_live", "build_site_drafts")]
    assert keys == [["astro-$CI_COMMIT_REF_SLUG"], ["astro-previews-$CI_COMMIT_REF_SLUG"]]


def test_previews_alone(site: Site) -> None:
    """`ci_file SITE drafts`: no rule for branches of others."""
    text = filled(site, [place_of(site)]).text
    assert names(asked(text, "drafts/1", BUILDHUB_PREVIEW=LABEL)) == ["build_site_drafts"]
    assert "live" not in {one.removeprefix("build_site_") for one in read_config(text).jobs} and "^()$" not in text


def test_a_site_without_previews_has_nothing_of_them(site: Site) -> None:
    """But the check that refuses a label."""
    text = text_of(site)
    assert "DRAFTS" not in text.partition("---")[2] and "CONTENT_SCOPE=preview" not in text
    assert asked(text, "previews", BUILDHUB_PREVIEW=LABEL).filtered


@pytest.mark.parametrize(
    ("facts", "said"),
    [({"preview_url": ""}, "no address"), ({"send_as": SendAs.NONE}, "needs its label"), ({"ref": "x'"}, "written")],
)
def test_what_cannot_be_filled_in(site: Site, facts: dict[str, str], said: str) -> None:
    """It says what is missing."""
    place_of(site, **facts)
    with pytest.raises(CannotFill, match=said):
        text_of(site)


def test_what_only_gitlab_knows_is_named(site: Site) -> None:
    """The token and the role."""
    place_of(site)
    missing = [line.partition(":")[0] for line in filled(site, list(site.environments.all())).missing]
    assert missing == ["AWS_ROLE_ARN of live", "DRAFTS_API_TOKEN of drafts", "AWS_PREVIEW_ROLE_ARN of drafts"]


@pytest.mark.parametrize("send_as", [SendAs.VARIABLES, SendAs.INPUTS])
@pytest.mark.parametrize("ref", ["main", "drafts/1"])
@pytest.mark.parametrize("preview_url", [BY_HOST, "https://museum.example/previews/{label}/"])
def test_what_it_prints_passes_its_own_check(site: Site, send_as: str, ref: str, preview_url: str) -> None:
    """Both environments."""
    place_of(site, send_as=send_as, ref=ref, preview_url=preview_url)
    site.environments.update(send_as=send_as)
    text = text_of(site)
    assert [check(text, one) for one in site.environments.all()] == [[], []]


def test_the_shipped_file_passes(site: Site) -> None:
    """As it is."""
    assert check(EXAMPLE.read_text(encoding="utf-8"), place_of(site, ref="previews", slug="previews")) == []
