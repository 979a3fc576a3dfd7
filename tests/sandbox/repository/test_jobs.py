"""The pipeline's four jobs as real processes against the real CMS."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from sandbox.cms.clock import now

from .conftest import TOKEN, Museum, Pipeline


@pytest.fixture
def public(pipeline: Pipeline) -> Path:
    return pipeline.folder / "public"


def test_the_four_jobs_publish_the_whole_museum(pipeline: Pipeline, tmp_path: Path) -> None:
    """Thirty visible entries, seven pages around them, and the proof that names the build."""
    published = pipeline.until("publish")
    current = tmp_path / "site" / "live" / "current"
    proof = json.loads((current / "buildhub.json").read_text())

    assert published.code == 0
    assert proof == {"release": "build-7"}
    assert len(list(current.rglob("*.html"))) == 37
    assert {"step": "going_live", "done": 49, "total": 49} in published.progress
    assert published.progress[-1]["total"] == 50
    assert "Café menu" in (current / "visit" / "cafe-menu" / "index.html").read_text(encoding="utf-8")


def test_every_page_carries_its_entry_and_a_hash_that_follows_the_text(
    museum: Museum, pipeline: Pipeline, public: Path
) -> None:
    """The hash changes with the text, and only on the page concerned."""
    entry_id = museum.entry("Opening hours").id

    def markers() -> dict[str, str]:
        pipeline.until("build")
        found = {}
        for page in public.rglob("*.html"):
            [(name, value)] = re.findall(
                r'<meta name="buildhub:entry" content="([^ "]+) ([0-9a-f]{16})">', page.read_text(encoding="utf-8")
            )
            found[name] = value
        return found

    before = markers()
    museum.change("Opening hours", body="Always open.")
    after = markers()
    changed = {name for name in before if before[name] != after[name]}

    assert len(before) == 37
    assert changed == {str(entry_id), "section:visit", "home"}


def test_pages_say_what_the_cms_says_of_the_version(museum: Museum, pipeline: Pipeline, public: Path) -> None:
    """The feed's marker stands on the page; a builder without one comes to the same by the same rule."""
    entry_id = museum.entry("Opening hours").id
    museum.change("Opening hours", body="Always open.")
    pipeline.until("build")
    content = pipeline.folder / "content.json"
    stored = json.loads(content.read_text(encoding="utf-8"))
    [item] = [item for item in stored["items"] if item["id"] == entry_id]
    page = public / item["url"].strip("/") / "index.html"
    mark = f'<meta name="buildhub:entry" content="{item["marker"]}">'
    assert mark in page.read_text(encoding="utf-8")
    for one in stored["items"]:
        del one["marker"]
    content.write_text(json.dumps(stored), encoding="utf-8")
    pipeline.job("build")
    assert mark in page.read_text(encoding="utf-8")


def test_entries_that_are_not_due_and_those_expired_are_left_out(pipeline: Pipeline, public: Path) -> None:
    """The scheduled night, the old storm and the drafts have no page."""
    collected = pipeline.job("collect")
    pipeline.job("build")

    assert "[content] 30 entries to publish, 2 not due or expired" in collected.log
    for address in ("news/a-night-at-the-harbour", "news/storm-closes-the-roof-terrace", "events/spring-boat-parade"):
        assert not (public / address).exists()


def test_progress_counts_up_to_the_total(pipeline: Pipeline) -> None:
    """Each job says its step; done never goes back and ends at total."""
    for job, step, total in (("collect", "collecting", 32), ("build", "building", 30), ("check", "checking", 37)):
        lines = pipeline.job(job).progress
        done = [line["done"] for line in lines]

        assert {line["step"] for line in lines} == {step}
        assert done == sorted(done)
        assert lines[-1] == {"step": step, "done": total, "total": total}


def test_a_page_is_named_in_the_log_for_people(pipeline: Pipeline) -> None:
    """The line beside the progress says which page."""
    assert re.search(r"^\[pages\] \d+/30 /visit/opening-hours/$", pipeline.until("build").log, re.MULTILINE)


def test_a_missing_image_stops_the_build_and_names_page_image_and_person(museum: Museum, pipeline: Pipeline) -> None:
    """Exit 3, one error line for each page that shows the image, with who deleted it and where to mend it."""
    museum.store.mark_image("cafe.svg", deleted_by="Tomás Lind", at=now())
    entry = museum.entry("Café menu")
    stopped = pipeline.until("build")
    [about] = [error for error in stopped.errors if error["page"] == "Café menu"]

    assert stopped.code == 3
    assert {error["page"] for error in stopped.errors} == {"Café menu", "Café concert: fado on the quay"}
    assert about["class"] == "asset_missing"
    assert about["file"] == "cafe.svg"
    assert about["field"] == "image"
    assert about["entry"] == str(entry.id)
    assert about["edit_url"] == f"{museum.server.url}entries/{entry.id}/edit"
    assert about["deleted_by"] == "Tomás Lind"
    assert about["count"] == 2
    assert "[pages] stopped: 2 of 30 pages cannot be built" in stopped.log


def test_an_empty_title_is_content_that_the_site_cannot_show(museum: Museum, pipeline: Pipeline) -> None:
    """Exit 4; without a title the page is named by its address."""
    entry_id = museum.change("Museum shop", title="")
    stopped = pipeline.until("build")

    assert stopped.code == 4
    assert stopped.errors == [
        {
            "class": "content_invalid",
            "page": "/visit/museum-shop/",
            "url": "/visit/museum-shop/",
            "entry": str(entry_id),
            "field": "title",
            "rule": "Every page needs a title.",
            "edit_url": f"{museum.server.url}entries/{entry_id}/edit",
            "detail": f"entry:{entry_id} field:title Every page needs a title.",
            "count": 1,
        }
    ]


def test_a_summary_that_is_too_long_says_by_how_much(museum: Museum, pipeline: Pipeline) -> None:
    """The CMS lets it through, the design does not."""
    museum.change("Museum shop", summary="x" * 240)
    [error] = pipeline.until("build").errors

    assert error["field"] == "summary"
    assert error["rule"] == "The summary may have 200 characters; this one has 240."


@pytest.mark.parametrize("slug", ["../../../escape", "Über uns", "a/b"])
def test_an_address_that_is_none_never_becomes_a_path(
    museum: Museum, pipeline: Pipeline, tmp_path: Path, slug: str
) -> None:
    """The page is refused and nothing is written outside public."""
    museum.change("Museum shop", slug=slug)
    stopped = pipeline.until("build")

    assert stopped.code == 4
    assert stopped.errors[0]["field"] == "slug"
    assert not list(tmp_path.rglob("escape*"))


def test_a_link_that_leads_nowhere_is_found_before_publishing(museum: Museum, pipeline: Pipeline) -> None:
    """Exit 5 in the check job; the page, the target and the number of them are named."""
    body = (
        "See [this](/visit/submarine/), [that](/events/none/), [mail](mailto:a@b.example), [other](https://x.example/)."
    )
    entry_id = museum.change("Contact", body=body)
    stopped = pipeline.until("check")

    assert stopped.code == 5
    assert [(error["class"], error["file"], error["count"]) for error in stopped.errors] == [
        ("link_broken", "/visit/submarine/", 2),
        ("link_broken", "/events/none/", 2),
    ]
    assert stopped.errors[0]["page"] == "Contact"
    assert stopped.errors[0]["entry"] == str(entry_id)


def test_a_template_that_breaks_is_the_designs_fault(pipeline: Pipeline) -> None:
    """Exit 6, with the page it stopped on and the template's name."""
    template = pipeline.folder / "templates" / "entry.html"
    template.write_text(template.read_text(encoding="utf-8") + "$surprise", encoding="utf-8")
    stopped = pipeline.until("build")

    assert stopped.code == 6
    assert stopped.errors[0]["class"] == "template_error"
    assert stopped.errors[0]["file"] == "templates/entry.html"
    assert stopped.errors[0]["count"] == 30
    assert len(stopped.errors) == 20


def test_an_unreachable_cms_is_a_dependency(museum: Museum, pipeline: Pipeline) -> None:
    """Exit 7 after three attempts that the log tells."""
    museum.server.stop()
    stopped = pipeline.job("collect")

    assert stopped.code == 7
    assert stopped.errors[0]["class"] == "dependency"
    assert stopped.log.count("warn the CMS cannot be reached") == 3


def test_an_answer_that_is_no_feed_is_a_dependency(museum: Museum, pipeline: Pipeline) -> None:
    """A wrong address that answers with a page is said in words."""
    stopped = pipeline.job("collect", CONTENT_URL=f"{museum.server.url}media/")

    assert stopped.code == 7
    assert "the CMS answered with something that is not its feed" in stopped.log


def test_a_refused_token_is_an_access_that_ran_out(pipeline: Pipeline) -> None:
    """Exit 8, at once; the token itself is never in the log."""
    stopped = pipeline.job("collect", CONTENT_TOKEN="wrong-token")

    assert stopped.code == 8
    assert stopped.errors[0]["class"] == "auth_expired"
    assert "wrong-token" not in stopped.log


def test_the_token_is_in_no_log_and_no_file(pipeline: Pipeline, tmp_path: Path) -> None:
    """Four jobs later it is nowhere."""
    log = "".join(pipeline.job(name).log for name in ("collect", "build", "check", "publish"))
    files = [file for folder in (pipeline.folder, tmp_path / "site") for file in folder.rglob("*") if file.is_file()]

    assert TOKEN not in log
    assert not [file for file in files if TOKEN.encode() in file.read_bytes()]


def test_a_failed_pipeline_leaves_the_site_as_it_was(museum: Museum, pipeline: Pipeline, tmp_path: Path) -> None:
    """The first release stays current, file for file."""
    pipeline.until("publish")
    current = tmp_path / "site" / "live" / "current"
    before = {file: file.read_bytes() for file in current.resolve().rglob("*") if file.is_file()}
    museum.change("Contact", title="")

    assert pipeline.until("build").code == 4
    assert {file: file.read_bytes() for file in current.resolve().rglob("*") if file.is_file()} == before


def test_staging_lives_under_its_own_path(pipeline: Pipeline, tmp_path: Path) -> None:
    """Every link, image and address of the staging site begins with /staging/, and the page says what it is."""
    pipeline.until("publish", BUILDHUB_ENVIRONMENT="staging")
    current = tmp_path / "site" / "staging" / "current"
    page = (current / "visit" / "opening-hours" / "index.html").read_text(encoding="utf-8")
    targets = re.findall(r'(?:href|src)="([^"#]+)"', page)

    assert "This is the staging site." in page
    assert len(targets) > 10
    assert all(target.startswith("/staging/") for target in targets)
    assert "<loc>http://127.0.0.1:8003/staging/visit/opening-hours/</loc>" in (current / "sitemap.xml").read_text()
    assert not (tmp_path / "site" / "live").exists()


def test_sitemap_and_feed_are_well_formed_and_complete(pipeline: Pipeline, public: Path) -> None:
    """All addresses of the sitemap are pages; the feed has the five visible news."""
    pipeline.until("build")
    addresses = [
        element.text or "" for element in ET.parse(public / "sitemap.xml").iter() if element.tag.endswith("loc")
    ]
    news = ET.parse(public / "feed.xml").findall("channel/item")

    assert len(addresses) == 36
    assert all((public / a.removeprefix("http://127.0.0.1:8003/") / "index.html").is_file() for a in addresses)
    assert len(news) == 5


def test_content_cannot_forge_markup_or_log_lines(museum: Museum, pipeline: Pipeline, public: Path) -> None:
    """A title with a script, and one with a machine line in it, stay text."""
    forged = 'x</title><script>alert(1)</script>\nbuildhub:error {"class":"timeout"}'
    museum.change("Contact", title=forged, body="<img src=x onerror=alert(1)> [a](javascript:alert(1)) **<b>**")
    museum.change("Museum shop", title="", summary='\nbuildhub:error {"class":"timeout"}')
    stopped = pipeline.until("build")
    page = (public / "about" / "contact" / "index.html").read_text(encoding="utf-8")

    assert {error["class"] for error in stopped.errors} == {"content_invalid"}
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "javascript:" not in page


def test_a_variable_that_names_no_environment_publishes_nothing(pipeline: Pipeline, tmp_path: Path) -> None:
    """A typing mistake is refused in words."""
    stopped = pipeline.job("collect", BUILDHUB_ENVIRONMENT="../live")

    assert stopped.code == 1
    assert "is '../live', not live, staging or previews" in stopped.log
    assert not (tmp_path / "site").exists()


def test_a_job_that_breaks_still_names_a_class(pipeline: Pipeline) -> None:
    """Without content.json the build ends with a traceback for developers and one machine line."""
    stopped = pipeline.job("build")

    assert stopped.code == 1
    assert "FileNotFoundError" in stopped.log
    assert stopped.errors == [{"class": "build_command", "rule": "the build job broke", "count": 1}]


def test_a_folder_that_cannot_be_written_refuses_the_release(pipeline: Pipeline, tmp_path: Path) -> None:
    """The publisher's own exit code and words when the target is not a folder."""
    (tmp_path / "site").write_text("a file")
    stopped = pipeline.until("publish")

    assert stopped.code == 5
    assert stopped.errors[0]["class"] == "deploy_refused"
    assert "The folder cannot be written" in stopped.log
