""".env.example explains every variable that is read anywhere."""

import re

import pytest

from buildhub.up.paths import ROOT
from buildhub.up.programs import GITLAB_NAMES

EXAMPLE = (ROOT / ".env.example").read_text()
EXPLAINED = re.findall(r"^# ([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE)
# What the operating system and other programs define; not settings of buildhub.
FOREIGN = {"PYTHONDONTWRITEBYTECODE", "DJANGO_SETTINGS_MODULE"}


def names_read() -> set[str]:
    """Variables named in the settings, in the supervisor and in docker-compose.yml."""
    names: set[str] = set()
    for path in (ROOT / "buildhub").glob("*.py"):
        names |= set(re.findall(r'\b(?:env(?:\.\w+)?|text|number|choice)\(\s*"([A-Z_]+)"', path.read_text()))
    for path in (ROOT / "buildhub" / "up").glob("*.py"):
        names |= set(re.findall(r'\benviron(?:\.get)?[(\[]"([A-Z_]+)"', path.read_text()))
    names |= set(
        re.findall(r'\benviron(?:\.get)?[(\[]"([A-Z_]+)"', (ROOT / "deploys/management/commands/up.py").read_text())
    )
    names |= set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    return (names | set(GITLAB_NAMES)) - FOREIGN


def test_the_search_finds_what_is_known_to_be_read() -> None:
    """One of each kind; an empty search would make the next tests empty."""
    known = {"SECRET_KEY", "DEBUG", "BUILDHUB_DATA", "BUILDHUB_PG_BIN", "PORT", "POSTGRES_PASSWORD", "GITLAB_URL"}
    assert known <= names_read()


def test_every_variable_that_is_read_is_explained() -> None:
    """No more and no fewer, each once."""
    assert sorted(EXPLAINED) == sorted(names_read())


@pytest.mark.parametrize("name", EXPLAINED)
def test_each_explanation_is_a_sentence(name: str) -> None:
    """The lines before the variable end with a full stop."""
    before = EXAMPLE[: EXAMPLE.index(f"\n# {name}=")].splitlines()[-1]
    assert re.fullmatch(r"# .{15,}\.\)?", before)


def test_it_can_be_copied_unchanged() -> None:
    """All lines are comments, so that a copy changes nothing."""
    assert [line for line in EXAMPLE.splitlines() if line and not line.startswith("#")] == []
