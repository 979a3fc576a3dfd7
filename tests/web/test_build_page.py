"""The page of one build: what happened, what visitors see, what to do, steps, timeline, jobs and log."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from deploys.lifecycle import State
from deploys.models import Build, Event, JobLog, Role, Step
from tests.scenes import make_build, make_person
from tests.web import card_scenes, copy_scenes
from tests.web.reading import HTMX, find, packed, parse, words

pytestmark = pytest.mark.django_db


def failed_build(**log: Any) -> tuple[Build, Any]:
    """A build that failed at its second job, with a log, and who looks at it."""
    environment, ana = card_scenes.failed()
    build = environment.builds.select_related("site").order_by("-number")[0]
    Event.record(build.pk, note="Ana Ribeiro pressed Publish")
    Event.record(build.pk, old="running", new="failed", note="Failed while building")
    for number, job in enumerate(build.jobs.all()):
        text = f"line {number}\nerror: no <image>\n"
        JobLog.objects.create(job=job, **{"text": text, "is_complete": True} | log)
    return build, ana


def test_a_failure_is_explained_in_four_parts(client: Client) -> None:
    """Headline, what happened, what visitors see, what to do, and the button into the CMS."""
    build, ana = failed_build()
    client.force_login(ana)
    page = parse(client.get(build.get_absolute_url()))
    panel = find(page, "section", **{"aria-labelledby": "why"})[0]
    said = words(panel)
    assert "One page uses an image that is no longer there" in said
    assert "“Visit with a school group” shows the image tide-pool.jpg" in said
    assert re.search("Nothing has changed for them. The version from (today|yesterday) at", said)
    assert "Choose another image" in said or "choose another image" in said
    assert find(panel, "a", href="https://cms.example/118")


@pytest.mark.parametrize(
    "address", ["https://evil.example/118", "https://cms.example.evil.example/", "javascript:alert(1)"]
)
def test_links_from_a_log_stay_below_the_cms(address: str, client: Client) -> None:
    """An address that a build printed is only a link when it is the site's own CMS."""
    build, ana = failed_build()
    Build.objects.filter(pk=build.pk).update(error_facts={"page": "P", "edit_url": address})
    client.force_login(ana)
    assert address not in client.get(build.get_absolute_url()).content.decode()


def test_the_steps_say_where_it_stopped(client: Client) -> None:
    """Done, failed and not reached, in words as well as by icon, with the usual times."""
    build, ana = failed_build()
    client.force_login(ana)
    page = parse(client.get(build.get_absolute_url()))
    steps = find(page, "ol", **{"class": "bh-stages"})[0]
    assert [words(step).split(" (")[0] for step in steps] == [
        "In line: Done 0 s",
        "Collecting content: Done 14 s",
        "Building pages: Failed 14 s",
        "Checking: Not reached",
        "Going live: Not reached",
    ]
    assert "(2 min 50 s)" in words(steps)


def test_the_timeline_has_every_event(client: Client) -> None:
    """In order, with a mark at the bad one."""
    build, ana = failed_build()
    client.force_login(ana)
    page = parse(client.get(build.get_absolute_url()))
    lines = find(find(page, "ol", **{"class": "bh-timeline"})[0], "li")
    assert [words(line)[9:] for line in lines] == ["Ana Ribeiro pressed Publish", "Failed while building"]
    assert lines[1].attrib["class"] == "is-bad"


def test_the_log_is_escaped_numbered_and_open(client: Client) -> None:
    """Publishers read it at once when a build failed."""
    build, ana = failed_build()
    client.force_login(ana)
    answer = client.get(build.get_absolute_url())
    log = find(parse(answer), "section", id="log-box")[0]
    said = [words(line) for line in find(log, "li")]
    first, second = (job.name for job in build.jobs.all())
    assert said[:3] == [f"1 Job {first}", "2 line 0", "3 error: no <image>"]
    assert said[3:] == [f"4 Job {second}", "5 line 1", "6 error: no <image>"]
    assert "open" in find(parse(answer), "details", id="log")[0].attrib
    assert not re.search(r"hx-trigger|hx-get", answer.content.decode())


def test_editors_read_whom_to_ask_for_the_log(client: Client) -> None:
    """No log, no jobs, but names; the log's own addresses refuse."""
    build, _ana = failed_build()
    client.force_login(make_person(Role.EDITOR, site=build.site))
    page = client.get(build.get_absolute_url()).content.decode()
    assert "The log is for developers. Ask Ana Ribeiro or Tomás Lind." in page
    assert "error: no" not in page
    for address in ("log/", "log.txt"):
        answer = client.get(f"{build.get_absolute_url()}{address}")
        assert answer.status_code == 403
        assert "Ask Ana Ribeiro or Tomás Lind" in answer.content.decode()


def test_the_log_grows_after_a_cursor(client: Client, told: list[Any]) -> None:
    """The page asks for what is new; the worker is asked to fetch; when all is there, the asking ends."""
    environment, ana = card_scenes.building()
    build = environment.builds.active().get()
    first, second = build.jobs.all()
    JobLog.objects.create(job=first, text="a\nb\n", is_complete=True)
    log = JobLog.objects.create(job=second, text="c\nhalf a li")
    client.force_login(ana)
    page = client.get(build.get_absolute_url()).content.decode()
    assert "half a li" not in page
    cursor = re.search(r'hx-get="([^"]+after=\d+)"', page)
    assert cursor
    assert client.get(cursor[1], **HTMX).status_code == 204
    assert ("builds.tasks.fetch_logs", build.pk) in told
    JobLog.objects.filter(pk=log.pk).update(text="c\nhalf a line\nd\n", is_complete=True)
    Build.objects.filter(pk=build.pk).update(state=State.FAILED, finished_at=build.requested_at)
    last = client.get(cursor[1], **HTMX).content.decode()
    assert "half a line" in last
    assert "log-more" not in last


def test_numbers_of_lines_never_change(client: Client) -> None:
    """A later job's lines wait until the job before is complete."""
    environment, ana = card_scenes.building()
    build = environment.builds.active().get()
    first, second = build.jobs.all()
    JobLog.objects.create(job=first, text="a\n")
    JobLog.objects.create(job=second, text="c\n")
    client.force_login(ana)
    page = parse(client.get(build.get_absolute_url()))
    lines = [words(line) for line in find(find(page, "section", id="log-box")[0], "li")]
    assert lines == [f"1 Job {first.name}", "2 a", "…"]


def test_a_long_log_is_cut_on_the_page_and_whole_in_the_file(client: Client) -> None:
    """The newest 500 lines, with the way to the rest."""
    build, ana = failed_build(text="\n".join(f"line {n}" for n in range(2000)) + "\n")
    client.force_login(ana)
    answer = client.get(build.get_absolute_url())
    assert len(find(find(parse(answer), "section", id="log-box")[0], "li")) == 500
    assert "Open the full log (4002 lines)" in answer.content.decode()
    whole = b"".join(client.get(f"{build.get_absolute_url()}log.txt").streaming_content).decode()
    assert len(whole.splitlines()) == 4002


def test_the_page_is_small_and_costs_the_same_for_more_jobs(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """At most 13 queries, and 12 kB on the wire."""
    build, ana = failed_build()
    for _ in range(12):
        card_scenes.job(build, Step.CHECKING, "success")
    client.force_login(ana)
    with django_assert_max_num_queries(13):
        answer = client.get(build.get_absolute_url())
    assert packed(answer.content) <= 12 * 1024


def test_the_third_failure_of_a_kind_no_longer_says_try_again_first(client: Client) -> None:
    """It says how often this happened, and trying again is not the main button any more."""
    environment, ana = card_scenes.place()
    for _ in range(3):
        build = make_build(environment=environment, state=State.FAILED, error_class="dependency")
    client.force_login(ana)
    page = parse(client.get(build.get_absolute_url()))
    panel = find(page, "section", **{"aria-labelledby": "why"})[0]
    assert "This happened on the last 3 builds." in words(panel)
    button = find(panel, "button", id="do-retry")[0]
    assert "bh-btn--primary" not in button.attrib["class"]


def test_admins_read_the_setting_behind_a_refusal(client: Client) -> None:
    """Editors read a plain sentence, admins the menu in GitLab."""
    environment, ana = card_scenes.place(Role.ADMIN)
    build = make_build(environment=environment, state=State.FAILED, error_class="ref_not_found")
    client.force_login(ana)
    assert "Code &gt; Branches" in client.get(build.get_absolute_url()).content.decode()
    client.force_login(make_person(Role.EDITOR, site=environment.site))
    page = client.get(build.get_absolute_url()).content.decode()
    assert "no longer exists" in page
    assert "Code &gt; Branches" not in page


def test_a_build_of_another_site_is_not_found(client: Client) -> None:
    """Numbers count per site."""
    build, ana = failed_build()
    client.force_login(ana)
    answer = client.get(f"/sites/{build.site.slug}/builds/999/")
    assert answer.status_code == 404
    assert "This build does not exist (any more)." in answer.content.decode()


def test_the_page_of_a_bring_back_says_who_put_what_back(client: Client) -> None:
    """With a link to the build that made the version, the reason, two steps, and no log: nothing was built."""
    environment, ana = copy_scenes.brought_back()
    client.force_login(ana)
    page = parse(client.get(f"/sites/{environment.site.slug}/builds/3/"))
    main = find(page, "main")[0]
    assert "Ana Ribeiro brought back build 1, today at" in words(main)
    assert find(main, "a", href=f"/sites/{environment.site.slug}/builds/1/")
    assert "The reason: “Wrong prices on the shop pages”" in words(main)
    assert len(find(find(main, "ol", **{"class": "bh-stages"})[0], "li")) == 2
    assert "log" not in words(main).lower()
    assert find(main, "form", action=f"/sites/{environment.site.slug}/builds/3/undo/")


def test_a_bring_back_that_waits_can_leave_the_line_and_then_no_more(client: Client) -> None:
    """Once the web host copies, it is too late to stop."""
    for scene, said in ((copy_scenes.copy_queued, "Leave the line"), (copy_scenes.bringing_back, "Too late to stop.")):
        environment, ana = scene()
        client.force_login(ana)
        page = words(find(parse(client.get(f"/sites/{environment.site.slug}/builds/3/")), "main")[0])
        assert said in page
        assert "The same as in build 1." in page


@pytest.mark.parametrize(
    ("role", "said"),
    [(Role.PUBLISHER, "Bring back build 1"), (Role.EDITOR, "Your role does not allow bringing a version back.")],
)
def test_a_kept_version_can_be_brought_back_from_its_page(role: Role, said: str, client: Client) -> None:
    """By those who may; others are told whom to ask."""
    environment, person = copy_scenes.kept(role)
    client.force_login(person)
    main = find(parse(client.get(f"/sites/{environment.site.slug}/builds/1/")), "main")[0]
    assert said in words(main)
    assert bool(find(main, "a", **{"data-dialog": ""})) == (role == Role.PUBLISHER)
