"""The history as a tool: choosing, finding, the numbers, the chart, and the table as a file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils.timezone import localtime, now

from deploys.builds import statistics
from deploys.lifecycle import State
from deploys.models import Cause, Environment, Step, User
from tests.scenes import make_build, make_environment
from tests.web import card_scenes
from tests.web.reading import find, parse, words
from tests.web.test_history import numbers

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(client: Client) -> tuple[Environment, User]:
    """A site with four ended builds, the second of them live, and Ana looking at it."""
    environment, ana = card_scenes.place()
    begun = now() - timedelta(hours=5)
    facts = {"requested_at": begun, "finished_at": begun + timedelta(minutes=4), "requested_by": ana}
    failure = {"error_class": "timeout", "error_facts": {"detail": "no answer"}}
    make_build(environment=environment, state=State.FAILED, **facts | failure)
    card_scenes.live_since(environment, ana)
    make_build(environment=environment, state=State.CANCELED, **facts)
    late = {"cause": Cause.SCHEDULE, "requested_by": None, "titles": "=Opening hours"}
    make_build(environment=environment, state=State.SUCCEEDED, **facts | late)
    client.force_login(ana)
    return environment, ana


def address(environment: Environment, query: str = "") -> str:
    """The page with this choice."""
    return f"/sites/{environment.site.slug}/history/{query}"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?result=failed", [1]),
        ("?result=stopped", [3]),
        ("?result=published", [4, 2]),
        ("?by=schedule", [4]),
        ("?error=timeout", [1]),
        ("?q=opening", [4]),
        ("?q=took+too+long", [1]),
        ("?q=no+answer", [1]),
        ("?q=%232", [2]),
        ("?environment=live&result=failed&by=person", [1]),
        ("?result=nonsense&by=--&from=yesterday&to=2026-02-31&error=&q=", [4, 3, 2, 1]),
        ("?from=0001-01-01&to=9999-12-31", [4, 3, 2, 1]),
        ("?q=%00opening%00", [4]),
    ],
)
def test_the_address_says_what_is_listed(
    query: str, expected: list[int], client: Client, scene: tuple[Environment, User]
) -> None:
    """Each choice, some together, and nonsense, which chooses nothing."""
    assert numbers(client.get(address(scene[0], query)).content) == expected


def test_days_are_those_of_the_person(client: Client, scene: tuple[Environment, User]) -> None:
    """The last day counts as a whole."""
    environment, ana = scene
    User.objects.filter(pk=ana.pk).update(time_zone="Pacific/Auckland")
    moment = now() - timedelta(days=30)
    build = make_build(environment=environment, state=State.CANCELED, requested_at=moment, finished_at=now())
    day = localtime(moment, ZoneInfo("Pacific/Auckland")).date()
    assert numbers(client.get(address(environment, f"?from={day}&to={day}")).content) == [build.number]
    after = day + timedelta(days=1)
    assert find(parse(client.get(address(environment, f"?from={after}&to={after}"))), "table") == []


def test_a_choice_is_kept_by_the_form_the_links_and_the_file(client: Client, scene: tuple[Environment, User]) -> None:
    """Everything chosen stands in the form again, and in the addresses that lead on."""
    environment, ana = scene
    query = f"?q=opening&by={ana.pk}&error=timeout&from=2026-01-02&to=2026-02-03"
    tree = parse(client.get(address(environment, query)))
    fields = {
        field.attrib["name"]: field.attrib.get("value") for field in find(tree, "input") if "name" in field.attrib
    }
    chosen = {words(option) for option in find(tree, "option") if "selected" in option.attrib}
    assert {"q": "opening", "from": "2026-01-02", "to": "2026-02-03"}.items() <= fields.items()
    assert chosen == {"Ana Ribeiro", "The build took too long"}
    pills = find(find(tree, "nav", **{"aria-label": "Result"})[0], "a")
    assert f"?q=opening&result=failed&by={ana.pk}&error=timeout&from=2026-01-02&to=2026-02-03" in {
        pill.attrib["href"] for pill in pills
    }
    failed = parse(client.get(address(environment, "?result=failed&error=timeout")))
    assert find(failed, "a", href=f"/sites/{environment.site.slug}/history.csv?result=failed&error=timeout")
    assert find(failed, "input", type="hidden", name="result", value="failed")


def test_a_page_of_what_was_found_leads_to_the_next(client: Client, scene: tuple[Environment, User]) -> None:
    """Older and newer keep the words."""
    environment, ana = scene
    for _ in range(30):
        make_build(environment=environment, state=State.FAILED, titles="Tide pool", requested_by=ana)
    first = client.get(address(environment, "?q=tide&result=failed"))
    assert numbers(first.content) == list(range(34, 9, -1))
    second = client.get(address(environment, find(parse(first), "a", rel="next")[0].attrib["href"]))
    assert numbers(second.content) == [9, 8, 7, 6, 5]
    back = client.get(address(environment, find(parse(second), "a", rel="prev")[0].attrib["href"]))
    assert numbers(back.content) == numbers(first.content)


def test_where_nothing_matches_the_way_back_is_named(client: Client, scene: tuple[Environment, User]) -> None:
    """The form stays; numbers and chart do not stand between it and the top."""
    tree = parse(client.get(address(scene[0], "?q=zeppelin")))
    empty = find(tree, "div", **{"class": "bh-card bh-empty"})[0]
    assert words(empty) == "No builds match Clear the filters"
    assert find(empty, "a", href=address(scene[0]))
    assert find(tree, "input", value="zeppelin")
    assert not find(tree, "dl") + find(tree, "figure")


def test_four_numbers_name_their_period(client: Client, scene: tuple[Environment, User]) -> None:
    """One of three failed; the stopped one is left out."""
    tree = parse(client.get(address(scene[0])))
    assert "The last 30 days" in {words(heading) for heading in find(tree, "h2")}
    stats = [words(stat) for stat in find(tree, "div", **{"class": "bh-stat"})]
    assert stats[0] == "Succeeded 67 % nothing to compare with before"
    assert stats[1].startswith("Usual time 4 min 4 s 9 out of 10 finish in 4 min")
    assert stats[2] == "Publishes 2"
    assert stats[3].startswith("Usual wait in line")


def test_the_numbers_compare_with_the_month_before(client: Client, scene: tuple[Environment, User]) -> None:
    """In points of per cent."""
    earlier = now() - timedelta(days=45)
    for state in (State.FAILED, State.SUCCEEDED):
        make_build(environment=scene[0], state=state, requested_at=earlier, finished_at=earlier)
    assert "17 points better than before" in client.get(address(scene[0])).content.decode()


def test_the_chart_is_one_picture_with_a_sentence(client: Client, scene: tuple[Environment, User]) -> None:
    """A bar and a mark for each build, drawn by attributes alone."""
    tree = parse(client.get(address(scene[0])))
    (figure,) = find(tree, "figure", role="img")
    assert figure.attrib["aria-label"] == (
        "How long the last 4 builds took. The middle value is 4 min 4 s. 1 failed. 1 was stopped. "
        "The table below lists every build."
    )
    marks = find(find(figure, "div", **{"class": "bh-chart__marks"})[0], "span")
    assert [(mark.attrib["class"], words(mark)) for mark in marks] == [
        ("bad", "×"),
        ("live", "✓"),
        ("stop", "–"),
        ("ok", ""),
    ]
    assert not [element for element in tree.iter() if "style" in element.attrib]


def test_one_build_alone_is_no_chart(client: Client) -> None:
    """There is nothing to compare it with."""
    environment, ana = card_scenes.ready()
    client.force_login(ana)
    assert not find(parse(client.get(address(environment))), "figure")


def test_usual_times_of_the_steps_are_said(client: Client) -> None:
    """From three good builds on."""
    environment, ana = card_scenes.place()
    for _ in range(3):
        build = make_build(environment=environment, state=State.SUCCEEDED)
        card_scenes.job(build, Step.COLLECTING, "success")
    client.force_login(ana)
    assert "Collecting content 14 s" in words(parse(client.get(address(environment))))


def test_the_numbers_are_those_of_one_place(client: Client, scene: tuple[Environment, User]) -> None:
    """Of the live site, unless another is chosen; its name stands above them."""
    environment = scene[0]
    staging = make_environment(site=environment.site, name="Staging", slug="staging", position=2)
    for _ in range(3):
        make_build(environment=staging, state=State.FAILED)
    assert "The last 30 days, Live site" in words(parse(client.get(address(environment))))
    chosen = words(parse(client.get(address(environment, "?environment=staging"))))
    assert "The last 30 days, Staging" in chosen
    assert "Succeeded 0 %" in chosen


def read(answer: Any) -> list[dict[str, str]]:
    """The rows of the file."""
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def test_the_file_holds_every_build_that_matches(client: Client, scene: tuple[Environment, User]) -> None:
    """Not only those of a page; times in UTC; the reason in words."""
    environment = scene[0]
    answer = client.get(f"/sites/{environment.site.slug}/history.csv?result=failed")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="history-{environment.site.slug}.csv"'
    (row,) = read(answer)
    assert (row["build"], row["result"], row["started_by"], row["seconds"]) == ("1", "Failed", "Ana Ribeiro", "240")
    assert row["about"] == "The build took longer than 60 minutes"
    assert row["requested_at"].endswith("Z")
    for _ in range(60):
        make_build(environment=environment, state=State.SUPERSEDED)
    assert len(read(client.get(f"/sites/{environment.site.slug}/history.csv"))) == 64


def test_no_cell_of_the_file_is_a_formula(client: Client, scene: tuple[Environment, User]) -> None:
    """A name or a reason that begins like one gets a quote before it."""
    environment, ana = scene
    User.objects.filter(pk=ana.pk).update(first_name="=cmd", last_name="x")
    rows = read(client.get(f"/sites/{environment.site.slug}/history.csv?result=stopped"))
    assert rows[0]["started_by"] == "'=cmd x"


def test_the_file_is_for_members(client: Client, scene: tuple[Environment, User]) -> None:
    """As the page is."""
    client.force_login(card_scenes.place()[1])
    assert client.get(f"/sites/{scene[0].site.slug}/history.csv").status_code == 404


def test_builds_started_in_gitlab_are_found_and_counted(client: Client, scene: tuple[Environment, User]) -> None:
    """By their cause, with the name there; the success rate has them too."""
    environment, _ = scene
    facts = {"cause": Cause.GITLAB, "started_by": "Mei Okafor", "found_in": environment.gitlab_project}
    make_build(environment=environment, state=State.FAILED, **facts)
    page = client.get(address(environment, "?by=gitlab")).content.decode()
    assert "Mei Okafor (in GitLab)" in page
    assert "Started in GitLab" in page
    found = statistics.numbers(environment, now() + timedelta(seconds=1))
    assert (found.published, found.failed) == (2, 2)
