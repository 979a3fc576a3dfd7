"""The Schedule page and the card: choosing a time, changing it, taking it back, and what became of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from deploys.models import Environment, Plan, PlanState, Role, Schedule, User
from deploys.schedules import actions
from tests.scenes import make_person
from tests.web import card_scenes, schedule_scenes
from tests.web.reading import HTMX, find, parse, press, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(client: Client) -> tuple[Environment, User]:
    """Seven changes wait; Ana, a publisher, is signed in."""
    environment, ana = card_scenes.changes_waiting()
    client.force_login(ana)
    return environment, ana


def address(environment: Environment, rest: str = "") -> str:
    """The Schedule page, or something below it."""
    return f"{environment.get_absolute_url()}schedule/{rest}"


def said(client: Client, page: str) -> str:
    """What a page says."""
    return words(find(parse(client.get(page)), "main")[0])


def typed(**facts: Any) -> dict[str, Any]:
    """The form as it is sent."""
    day = schedule_scenes.tomorrow().astimezone(schedule_scenes.LISBON).date()
    given = {"day": f"{day}", "at": "07:00", "zone": "Europe/Lisbon", "only_if_changes": "on"}
    return given | facts


def test_the_card_leads_to_a_time_and_says_it(client: Client, scene: tuple[Environment, User]) -> None:
    """Choose, save, read it on the card; the plan remembers what waited."""
    environment, ana = scene
    form = f"{address(environment, 'new/')}?kind=once&back=publish"
    assert find(parse(client.get(environment.get_absolute_url())), "a", href=form)
    page = said(client, form)
    assert "When should 7 changes go live?" in page
    assert "Opening hours" in page
    answer = client.post(form, typed())
    assert answer["Location"] == environment.get_absolute_url()
    card = said(client, environment.get_absolute_url())
    assert "7 changes go live tomorrow at 07:00" in card
    assert "Ana Ribeiro scheduled it." in card
    plan = Plan.objects.get()
    assert (plan.due_at, len(plan.foreseen), plan.schedule.owner) == (schedule_scenes.tomorrow(), 7, ana)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"day": "2020-01-01"}, "This time has passed. Choose a later one."),
        ({"zone": "Nowhere/Land"}, "There is no time zone of this name."),
        ({"at": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    client: Client, scene: tuple[Environment, User], facts: dict[str, str], sentence: str
) -> None:
    """The form stays, with what was typed and the reason."""
    answer = client.post(f"{address(scene[0], 'new/')}?kind=once", typed(**facts))
    assert sentence in words(find(parse(answer), "main")[0])
    assert Schedule.objects.count() == 0


def test_a_rule_says_its_next_three_times(client: Client, scene: tuple[Environment, User]) -> None:
    """In its own zone, and by the reader's clock where that differs."""
    form = f"{address(scene[0], 'new/')}?kind=weekly"
    client.post(form, typed(weekdays=["0", "3"], at="06:30", zone="America/New_York"))
    page = said(client, address(scene[0]))
    assert "Every Monday and Thursday at 06:30, New York time" in page
    assert page.count("for you)") == 3
    assert "only if there are changes" in page


def test_a_cancelation_offers_its_undo(client: Client, scene: tuple[Environment, User]) -> None:
    """On the card for some seconds, and without script on the page that follows."""
    environment, ana = scene
    chosen = Schedule.once(environment, at=schedule_scenes.tomorrow(), zone=schedule_scenes.LISBON, owner=ana)
    chosen = actions.save(schedule=chosen, actor=ana, moment=now())
    cancel, restore = (address(environment, f"{chosen.pk}/{name}/") for name in ("cancel", "restore"))
    card = press(client, environment.get_absolute_url(), cancel, **HTMX).content.decode()
    assert "Schedule canceled." in card
    assert 'hx-trigger="every 10s' in card
    assert "7 changes are waiting to go live" in card
    client.post(restore, **HTMX)
    assert "7 changes go live tomorrow at 07:00" in said(client, environment.get_absolute_url())
    answer = press(client, address(environment), cancel)
    press(client, answer["Location"], restore)
    assert Plan.objects.get().state == PlanState.PLANNED


def test_pause_and_resume(client: Client, scene: tuple[Environment, User]) -> None:
    """A paused rule says who paused it and has no next times."""
    environment, _ana = scene
    client.post(f"{address(environment, 'new/')}?kind=weekly", typed(weekdays=["0"]))
    rule = Schedule.objects.get()
    press(client, address(environment), address(environment, f"{rule.pk}/pause/"))
    page = said(client, address(environment))
    assert "paused by Ana Ribeiro" in page
    assert "Next:" not in page
    press(client, address(environment), address(environment, f"{rule.pk}/resume/"))
    assert "Next:" in said(client, address(environment))


def test_not_now_leaves_it_to_a_person(client: Client) -> None:
    """The card goes back to what waits, with an undo."""
    environment, ana = schedule_scenes.by_itself()
    client.force_login(ana)
    card = press(client, environment.get_absolute_url(), address(environment, "not-now/"), **HTMX).content.decode()
    assert "It waits for you, or for the next edit." in card
    assert "7 changes are waiting to go live" in card
    plan = Plan.objects.get()
    client.post(address(environment, f"not-now/{plan.pk}/undo/"), **HTMX)
    assert "will publish by themselves" in said(client, environment.get_absolute_url())


def test_not_now_can_be_taken_back_without_a_script(client: Client) -> None:
    """The Schedule page says it and has the Undo; pressed twice, it says that nothing is about to happen."""
    environment, ana = schedule_scenes.by_itself()
    client.force_login(ana)
    answer = press(client, environment.get_absolute_url(), address(environment, "not-now/"))
    assert "It waits for you, or for the next edit." in said(client, answer.url)
    plan = Plan.objects.get()
    press(client, f"{address(environment)}?not-now={plan.pk}", address(environment, f"not-now/{plan.pk}/undo/"))
    assert "will publish by themselves" in said(client, environment.get_absolute_url())
    assert "for the next edit" not in said(client, f"{address(environment)}?not-now={plan.pk}")


def test_admins_say_how_a_place_publishes_by_itself(client: Client, scene: tuple[Environment, User]) -> None:
    """Others read it."""
    environment, _ana = scene
    setting = {"is_on": "on", "quiet_minutes": "15", "at_most_every": "60"}
    client.post(address(environment, "automatic/"), setting)
    environment.refresh_from_db()
    assert (environment.quiet_minutes, environment.publishes_dated) == (None, True)
    client.force_login(make_person(Role.ADMIN, site=environment.site))
    client.post(address(environment, "automatic/"), setting)
    environment.refresh_from_db()
    assert (environment.quiet_minutes, environment.at_most_every, environment.publishes_dated) == (15, 60, False)
    assert "Dated entries wait for the next publish" in said(client, address(environment))
    assert "15 minutes after the last one, and at most every 60 minutes" in said(client, address(environment))
    client.post(address(environment, "automatic/"), setting | {"quiet_minutes": "0"})
    environment.refresh_from_db()
    assert environment.quiet_minutes == 15
    client.post(address(environment, "automatic/"), setting | {"is_on": ""})
    environment.refresh_from_db()
    assert environment.quiet_minutes is None


def test_the_page_lists_what_comes_and_what_became_of_it(client: Client) -> None:
    """Rules, dated entries, and the plan beside the fact with its build."""
    environment, ana = schedule_scenes.planned()
    client.force_login(ana)
    page = said(client, address(environment))
    for sentence in (
        "“Night of the museums” goes live",
        "“Low tide walk” leaves the site",
        "“The new quay opens” goes live",
        ", build 1",
        "Build 4 failed.",
        "Nothing had changed.",
        "paused by Ana Ribeiro",
        "8 changes wait for it now.",
    ):
        assert sentence in page
    kept = Plan.objects.get(title="The new quay opens")
    assert kept.live_at is not None
    assert kept.live_at - kept.due_at == timedelta(minutes=6)


def test_what_is_late_can_be_put_away(client: Client) -> None:
    """For everybody, by somebody who may publish."""
    environment, ana = schedule_scenes.late()
    client.force_login(ana)
    sentence = "“Night of the museums” should be live since"
    assert sentence in said(client, address(environment))
    press(client, address(environment), address(environment, "hide-late/"))
    assert sentence not in said(client, address(environment))
    assert sentence not in said(client, environment.get_absolute_url())


def test_readers_see_the_plan_and_change_nothing(client: Client) -> None:
    """No form, no button; a press by hand is answered with whom to ask."""
    environment, ana = schedule_scenes.scheduled_for_a_reader()
    client.force_login(ana)
    page = parse(client.get(address(environment)))
    assert "Once, on" in words(page)
    assert [form for form in find(page, "form") if "/schedule/" in form.attrib.get("action", "")] == []
    schedule = Schedule.objects.get()
    client.post(address(environment, f"{schedule.pk}/cancel/"))
    assert Plan.objects.get().state == PlanState.PLANNED
    assert client.get(f"{address(environment, 'new/')}?kind=once").status_code == 403
