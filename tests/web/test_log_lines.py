"""Cleaning what runners print."""

from __future__ import annotations

import pytest

from deploys.models import JobLog
from deploys.web.log_lines import clean, kind_of, read
from tests.web import card_scenes


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[0;33mhello\x1b[0m there", "hello there"),
        ("section_start:1560896352:my_first_section\r\x1b[0KThe heading", "The heading"),
        ("section_start:1560896352:my_section[collapsed=true]\r\x1b[0KFolded", "Folded"),
        ("section_end:1560896353:my_first_section\r\x1b[0K", ""),
        ("2026-05-22T12:43:46.962646Z 00O hello", "hello"),
        ("2026-05-22T12:43:46.962646Z 01E+continued", "continued"),
        ("10 %\r50 %\r100 %", "100 %"),
        ("done\r", "done"),
        ("a\tb", "a\tb"),
        ("bell\x07 and nul\x00", "bell and nul"),
        ("\x1b]0;title\x07words", "words"),
        ("  indented", "  indented"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_lines_read_as_a_terminal_would_show_them(raw: str, shown: str) -> None:
    """No colours, no section markers, no time stamps, only the last of overwritten words."""
    assert clean(raw) == shown


@pytest.mark.django_db
def test_lines_that_only_mark_a_section_take_no_number() -> None:
    """Empty lines of the job stay, GitLab's own marks go."""
    environment, _ana = card_scenes.building()
    build = environment.builds.active().get()
    job = build.jobs.all()[0]
    text = "section_start:1:a\r\x1b[0KHeading\none\n\nsection_end:2:a\r\x1b[0K\nbuildhub:progress {}\nerror: two\n"
    JobLog.objects.create(job=job, text=text)
    lines = read(build).lines
    assert [(line.number, line.text, line.kind) for line in lines] == [
        (1, f"Job {job.name}", "job"),
        (2, "Heading", ""),
        (3, "one", ""),
        (4, "", ""),
        (5, "buildhub:progress {}", "dim"),
        (6, "error: two", "bad"),
    ]
    assert [line.number for line in read(build, after=4).lines] == [5, 6]
    assert [line.number for line in read(build, at_most=2).lines] == [5, 6]
    assert read(build, after=6).lines == []
    assert read(build, after=99).total == 99


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("npm error code 1", "bad"),
        ("ERROR: Job failed: exit code 1", "bad"),
        ("0 errors, 0 failed, no error", ""),
        ("[media] warn retrying", "warn"),
        ("buildhub:error {}", "dim"),
        ("Job succeeded", ""),
        ("mirrored errorless", ""),
    ],
)
def test_lines_are_marked_by_their_words(text: str, kind: str) -> None:
    """What went wrong stands out; what did not go wrong does not."""
    assert kind_of(text) == kind
