"""The words that a build is found by: titles of what it carried, and what is known of its failure."""

from __future__ import annotations

from django.contrib.postgres.search import CombinedLexeme, Lexeme, SearchQuery, SearchVectorField
from django.db.models import F, Func, TextField

CONFIG = "simple"  # no language: titles come in any
MARKS = '!#$&()*+,-./:;<=>?@[]^_`{|}~"\\'
_TO_SPACES = str.maketrans(dict.fromkeys(MARKS + "%'\0", " "))


class BuildWords(Func):
    """The words of a build as PostgreSQL indexes them: the titles, and the values (not the names) of its error facts.

    Marks part words, on both sides: "/media/boats.svg" is found by "boats". `\\n` is how JSON writes a new line.
    """

    template = (
        rf"to_tsvector('simple', translate(replace(%(expressions)s, '\n', ' '), '{MARKS}', '{' ' * len(MARKS)}'))"
    )
    arg_joiner = " || ' ' || "
    output_field = SearchVectorField()

    def __init__(self, *columns: object) -> None:
        super().__init__(*(columns or (F("titles"), Values(F("error_facts")))))


class PlainBuildWords(BuildWords):
    """The same words in a form that no index holds: for rows that are already few, PostgreSQL must not ask it."""

    template = f"strip({BuildWords.template})"


class Values(Func):
    """The values of a JSON object as text, without their names."""

    template = "jsonb_path_query_array(%(expressions)s, '$.*')::text"
    output_field = TextField()


class BuildText(Func):
    """What the words of a build are made of. To look for a part of it costs a hundredth of making the words."""

    template = "(%(expressions)s)"
    arg_joiner = " || ' ' || "
    output_field = TextField()

    def __init__(self, *columns: object) -> None:
        super().__init__(*(columns or (F("titles"), Values(F("error_facts")))))


def parts_of(text: str) -> list[str]:
    """The words that were typed, in small letters."""
    return text.lower().translate(_TO_SPACES).split()


def search_for(text: str) -> SearchQuery | None:
    """Find builds that hold a word beginning with each of these; None when there is no word in it."""
    parts = parts_of(text)
    if not parts:
        return None
    wanted: Lexeme | CombinedLexeme = Lexeme(parts[0], prefix=True)
    for part in parts[1:]:
        wanted &= Lexeme(part, prefix=True)
    return SearchQuery(wanted, config=CONFIG)
