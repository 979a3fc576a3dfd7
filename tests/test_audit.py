"""The audit log: what changed, in words, and never a secret."""

import pytest
from django.db import IntegrityError, connection, transaction

from deploys import audit
from deploys.models import AuditEntry, EnvironmentKind
from tests.scenes import make_environment, make_person

pytestmark = pytest.mark.django_db


def test_only_what_differs_is_written_in_words_for_people() -> None:
    """Labels, the labels of choices, yes and no."""
    environment = make_environment()
    before = audit.values_of(environment, ["name", "kind", "four_eyes", "grace", "ref"])
    environment.kind = EnvironmentKind.STAGING
    environment.four_eyes = True
    environment.grace = 7
    assert audit.differences(environment, before) == {
        "Kind": ["Live site", "Staging"],
        "Four eyes": ["no", "yes"],
        "Grace": ["0", "7"],
    }


def test_of_a_secret_only_that_it_changed_is_written() -> None:
    """Set, set anew, taken away: no value."""
    environment = make_environment()
    environment.report_token = ""
    before = audit.values_of(environment, ["report_token"])
    environment.report_token = "first"
    assert audit.differences(environment, before) == {"Report token": ["not set", "set"]}
    before = audit.values_of(environment, ["report_token"])
    environment.report_token = "second"
    assert audit.differences(environment, before) == {"Report token": ["set", "set anew"]}
    before = audit.values_of(environment, ["report_token"])
    environment.report_token = ""
    assert audit.differences(environment, before) == {"Report token": ["set", "not set"]}


def test_a_row_is_named_not_numbered() -> None:
    """Who approves is a person, not an id."""
    environment = make_environment()
    before = audit.values_of(environment, ["gitlab_project"])
    project = environment.gitlab_project
    environment.gitlab_project = None
    assert audit.differences(environment, before) == {"Gitlab project": [str(project), "–"]}


def test_no_change_leaves_no_entry() -> None:
    """A form that is sent as it was says nothing."""
    environment = make_environment()
    before = audit.values_of(environment, ["name"])
    assert not audit.record_change(actor=make_person(), row=environment, before=before, subject="Live site")
    assert not AuditEntry.objects.exists()


def test_an_entry_names_who_did_it_and_is_never_changed() -> None:
    """Postgres refuses; the command line has a name too."""
    entry = audit.record(actor=None, subject="Live site")
    assert entry.actor_name == "Command line"
    for statement in ("UPDATE deploys_auditentry SET subject = ''", "DELETE FROM deploys_auditentry"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
