"""What goes and what stays, by the state of the database before and after."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, connections
from django.utils.timezone import now

from deploys import tokens
from deploys.content import comparison, entry_diff
from deploys.content.changes import ChangeKind
from deploys.content.feed import Cursor, NoLongerKept, Scope
from deploys.content.feed import read as feed
from deploys.content.history import Step, history
from deploys.lifecycle import State
from deploys.models import (
    BuildContent,
    ContentBlob,
    EntryVersion,
    Environment,
    Event,
    HandedReport,
    HookDelivery,
    HostState,
    JobLog,
    KeptAnswer,
    Occurrence,
    Preview,
    PruneRun,
    ReleasePages,
    Retention,
    TokenScope,
)
from deploys.retention import prune
from tests import scenes
from tests.retention.scenes import LOG, later, long_past, old_build, publish, read_at

pytestmark = pytest.mark.django_db


def test_logs_go_after_their_days_and_the_rows_say_so() -> None:
    """The text goes; what stays keeps the log from being fetched once more."""
    environment = scenes.make_environment()
    old, young = old_build(environment, 91), old_build(environment, 89)
    removed = prune.prune(None, now())
    gone, kept = JobLog.objects.get(job__build=old), JobLog.objects.get(job__build=young)
    assert (gone.text, gone.is_complete, gone.pruned_at is not None) == ("", True, True)
    assert (kept.text, kept.pruned_at) == (LOG, None)
    assert removed["logs"].rows == 1
    assert removed["logs"].size > 0


def test_answers_of_the_api_go_after_a_day() -> None:
    """Whether or not the same token asks for anything again."""
    token, _text = tokens.make(name="script", scope=TokenScope.READ, actor=scenes.make_person(), expires_at=None)
    for key, hours in (("old", 25), ("young", 23)):
        KeptAnswer.objects.create(
            token=token, key=key, status=200, body=b"{}", created_at=now() - timedelta(hours=hours)
        )
    prune.prune(None, now())
    assert [kept.key for kept in KeptAnswer.objects.all()] == ["young"]


def test_the_log_of_what_visitors_see_stays_however_old() -> None:
    """Also that of the build whose files were brought back, and what is open."""
    environment = scenes.make_environment()
    first, other = old_build(environment, 400), old_build(environment, 300)
    back = old_build(environment, 200, brings_back=first)
    scenes.make_release(build=back)
    running = old_build(environment, 100, state=State.RUNNING)
    prune.prune(None, now())
    empty = set(JobLog.objects.filter(text="").values_list("job__build", flat=True))
    assert empty == {other.pk}
    assert running.is_open


def test_each_site_has_its_own_periods() -> None:
    """Empty keeps for ever; another number counts."""
    for_ever, short = scenes.make_environment(), scenes.make_environment()
    Retention.objects.create(site=for_ever.site, log_days=None)
    Retention.objects.create(site=short.site, log_days=7)
    old_build(for_ever, 4000)
    gone = old_build(short, 8)
    prune.prune(None, now())
    assert set(JobLog.objects.filter(text="").values_list("job__build", flat=True)) == {gone.pk}


def test_content_that_only_old_builds_carried_goes() -> None:
    """Versions, texts and readings; the live build, its base and what the CMS holds now stay."""
    _environment, source, builds = long_past(800, 700, 600, 500)
    before = EntryVersion.objects.count(), ContentBlob.objects.count()
    removed = prune.prune(None, now())
    gone = set(BuildContent.objects.exclude(gone_at=None).values_list("build", flat=True))
    assert gone == {builds[0].pk, builds[1].pk}
    keys = set(EntryVersion.objects.values_list("entry_key", flat=True))
    assert keys == {"hours", "prices", "news-2", "news-3"}
    assert before[0] - EntryVersion.objects.count() == removed["versions"].rows == 4
    # "Once only." is one text per news entry, as the key is part of the entry.
    assert removed["contents"].rows == before[1] - ContentBlob.objects.count() > 0
    assert set(ContentBlob.objects.values_list("pk", flat=True)) == set(
        EntryVersion.objects.values_list("hash", flat=True)
    )
    assert set(source.states.values_list("seq", flat=True)) == {2, 3, 4}
    assert removed["states"].rows == 1


def test_what_is_kept_is_compared_as_before() -> None:
    """Word by word, from the live build's base; what is gone says so and is never half compared."""
    environment, _source, builds = long_past(800, 700, 600, 500)
    before = comparison.between(builds[2], builds[3], now())
    prune.prune(None, now())
    after = comparison.between(builds[2], builds[3], now())
    assert [(one.key, one.kind) for one in after.changes] == [(one.key, one.kind) for one in before.changes]
    assert all(entry_diff.compare([(one.old, one.new) for one in after.changes]))
    lost = comparison.between(builds[0], builds[3], now())
    assert (lost.is_possible, lost.is_gone, lost.changes) == (False, True, [])
    waiting = comparison.waiting(Environment.objects.get(pk=environment.pk), now())
    assert (waiting.is_possible, waiting.changes) == (True, [])


def test_what_the_host_keeps_or_a_preview_shows_stays_to_be_compared() -> None:
    """A version that can be brought back says what that takes offline."""
    _environment, _source, builds = long_past(800, 700, 600, 500)
    HostState.objects.update(kept=[builds[0].release.host_id])
    Preview.objects.create(build=builds[1], label="kept", expires_at=now())
    prune.prune(None, now())
    assert not BuildContent.objects.exclude(gone_at=None).exists()
    found = comparison.between(builds[3], builds[0], now())
    assert {one.key: one.kind for one in found.changes}["news-0"] == ChangeKind.NEW


def test_an_entry_whose_middle_is_gone_was_edited_not_brought_back() -> None:
    """The versions that stay do not tell a false story; below the last one the page says that older ones are gone."""
    _environment, source, _builds = long_past(800, 700, 600, 500)
    prune.prune(None, now())
    found = history(source, "hours", most=10)
    assert found is not None
    assert [one.step for one in found.moments] == [Step.EDITED, Step.EDITED]
    assert found.begins_later
    fresh = history(source, "prices", most=10)
    assert fresh is not None
    assert [one.step for one in fresh.moments] == [Step.NEW]
    assert not fresh.begins_later


def test_a_gap_between_two_kept_versions_is_no_removal() -> None:
    """The first text is kept by a release on the host, the second by nobody."""
    _environment, source, builds = long_past(800, 700, 600, 500)
    HostState.objects.update(kept=[builds[0].release.host_id])
    prune.prune(None, now())
    found = history(source, "hours", most=10)
    assert found is not None
    assert [one.step for one in found.moments] == [Step.EDITED, Step.EDITED, Step.NEW]


def test_a_builder_with_a_cursor_of_old_days_gets_everything() -> None:
    """Nobody can tell any more what it lacks; one of young days gets the difference."""
    environment, source, builds = long_past(800, 500)
    site = environment.site
    site.refresh_from_db()
    before = feed(site, Cursor(scope=Scope.LIVE), now(), limit=10, build=builds[0])
    read_at(source, 0, hours="New.")
    prune.prune(None, later(400))
    answer = feed(site, before.cursor, now(), limit=10)
    assert (answer.full, [one.entry_key for one in answer.versions]) == (True, ["hours"])
    again = feed(site, answer.cursor, now(), limit=10)
    assert (again.full, again.versions, again.deleted) == (False, [], [])
    gone = BuildContent.objects.exclude(gone_at=None).first()
    if gone is not None:
        with pytest.raises(NoLongerKept):
            feed(site, Cursor(scope=Scope.LIVE), now(), limit=10, build=gone.build)


def test_texts_that_two_sites_share_stay_while_one_needs_them() -> None:
    """A text is stored once, whoever has it."""
    _old, source, _builds = long_past(800, 700, 600, 500)
    other = scenes.make_source()
    read_at(other, 0, hours="We open at 0.")
    prune.prune(None, now())
    version = EntryVersion.objects.get(source=other)
    assert entry_diff.read([bytes(version.hash)])
    assert not EntryVersion.objects.filter(source=source, hash=version.hash).exists()


def test_lists_of_pages_go_where_the_host_cannot_be_asked() -> None:
    """All but the newest, the young, what visitors see and what the host keeps."""
    _environment, _source, builds = long_past(30, 20, 10, 5)
    HostState.objects.update(kept=[builds[1].release.host_id])
    prune.prune(None, now())
    kept = set(ReleasePages.objects.values_list("host_id", flat=True))
    assert kept == {builds[1].release.host_id, builds[3].release.host_id}


def test_messages_reports_hooks_and_sessions_go_and_events_never() -> None:
    """Events are the history: Postgres itself refuses to remove one."""
    environment, _source, builds = long_past(200, 1)
    Event.record(builds[0].pk, note="Pressed")
    HandedReport.objects.create(build=builds[0], data={}, received_at=now() - timedelta(days=31))
    project = environment.gitlab_project
    assert project is not None
    HookDelivery.objects.create(project=project, key="old", received_at=now() - timedelta(days=8))
    HookDelivery.objects.create(project=project, key="new")
    Session.objects.create(session_key="gone", session_data="", expire_date=now() - timedelta(days=1))
    Preview.objects.create(
        build=builds[0], label="gone", expires_at=now(), deleted_at=now() - timedelta(days=91), shared_with="Ana"
    )
    prune.prune(None, now())
    assert list(Occurrence.objects.values_list("build", flat=True)) == [builds[1].pk]
    assert list(HookDelivery.objects.values_list("key", flat=True)) == ["new"]
    assert not HandedReport.objects.exists()
    assert not Session.objects.exists()
    assert Preview.objects.get().shared_with == ""
    assert Event.objects.get().note == "Pressed"


def test_a_dry_run_says_what_goes_and_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The same numbers as the run after it."""
    environment, _source, _builds = long_past(800, 700, 600, 500)
    call_command("prune", environment.site.slug, "--dry-run", "--json")
    said = json.loads(capsys.readouterr().out)
    assert not BuildContent.objects.exclude(gone_at=None).exists()
    assert not PruneRun.objects.exists()
    call_command("prune", environment.site.slug, "--json")
    done = json.loads(capsys.readouterr().out)
    assert (said["dry_run"], done["dry_run"]) == (True, False)
    for kind in ("logs", "versions", "pages", "messages"):
        assert said["removed"][kind] == done["removed"][kind]
        assert done["removed"][kind]["rows"] > 0
    call_command("prune", "--json")
    assert all(not one["rows"] for one in json.loads(capsys.readouterr().out)["removed"].values())


def test_the_table_has_a_line_for_each_kind(capsys: pytest.CaptureFixture[str]) -> None:
    """With rows and size, and the sum."""
    long_past(800, 700, 600, 500)
    call_command("prune")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["Removed", "rows", "size"]
    assert lines[1].startswith("Job logs")
    assert lines[-1].startswith("In all")


@pytest.mark.parametrize("arguments", [["nowhere"], ["nowhere", "--dry-run"]])
def test_an_unknown_site_is_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, with words."""
    with pytest.raises(SystemExit) as left:
        call_command("prune", *arguments)
    assert (left.value.code, capsys.readouterr().err.strip()) == (2, "There is no site nowhere.")


def test_once_a_day_is_enough() -> None:
    """The tick comes every ten minutes."""
    environment = scenes.make_environment()
    old_build(environment, 100)
    prune.prune_if_due()
    old_build(environment, 100)
    prune.prune_if_due()
    assert JobLog.objects.filter(text="").count() == 1
    prune.prune_if_due(lambda: later(2))
    assert JobLog.objects.filter(text="").count() == 2


def test_a_tick_that_runs_out_of_time_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not count as the one of the day."""
    old_build(scenes.make_environment(), 100)
    monkeypatch.setattr(prune, "BUDGET", 0.0)
    prune.prune_if_due()
    assert (PruneRun.objects.count(), PruneRun.last()) == (1, None)
    monkeypatch.undo()
    prune.prune_if_due()
    assert PruneRun.last() is not None


@pytest.mark.django_db(transaction=True)
def test_two_at_a_time_do_not_disturb_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    """The second one leaves with exit code 1; when the first one is done it can."""
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [prune.ONE_AT_A_TIME])
        with pytest.raises(SystemExit) as left:
            call_command("prune")
        assert left.value.code == 1
        assert "Another process" in capsys.readouterr().err
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [prune.ONE_AT_A_TIME])
    finally:
        other.close()
    call_command("prune")
    assert connection.is_usable()


def test_a_reading_that_nobody_published_stays_while_it_is_young() -> None:
    """Versions between builds go only when their time is over."""
    environment, source, _builds = long_past(40)
    read_at(source, 30, hours="Between.")
    read_at(source, 20, hours="Now.")
    prune.prune(None, now())
    assert EntryVersion.objects.filter(source=source, entry_key="hours").count() == 3
    publish(environment, source, 0)
    prune.prune(None, later(400))
    assert EntryVersion.objects.filter(source=source, entry_key="hours").count() == 2
