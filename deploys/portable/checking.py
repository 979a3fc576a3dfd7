"""Whether a value of a file fits its column: the right type, and what the model itself asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

_TYPES: tuple[tuple[type[models.Field[Any, Any]], type | tuple[type, ...], str], ...] = (
    (models.BooleanField, bool, "true or false"),
    (models.JSONField, (dict, list), "a mapping or a list"),
    (models.IntegerField, int, "a whole number"),
    (models.DurationField, str, "a duration such as 01:00:00"),
    (models.CharField, str, "a text"),
    (models.TextField, str, "a text"),
)


@dataclass
class Problems:
    """What is wrong with a file, each with the place where it stands."""

    found: list[str] = field(default_factory=list)

    def add(self, path: str, words: str) -> None:
        """Note one."""
        self.found.append(f"{path}: {words}")

    def mapping(self, path: str, given: Any) -> dict[str, Any]:
        """The value as a mapping; an empty one, and a problem, when it is none."""
        if isinstance(given, dict) and all(isinstance(key, str) for key in given):
            return given
        self.add(path, "a mapping of names and values is needed here.")
        return {}

    def rows(self, path: str, given: Any) -> list[dict[str, Any]]:
        """The value as a list of mappings; nothing given is an empty one."""
        if given is None:
            return []
        if not isinstance(given, list):
            self.add(path, "a list is needed here.")
            return []
        return [self.mapping(f"{path}[{at}]", one) for at, one in enumerate(given)]

    def unknown(self, path: str, given: Mapping[str, Any], known: Iterable[str]) -> None:
        """Name keys that nothing reads, which are mostly misspelt."""
        names = sorted(known)
        for key in given:
            if key not in names:
                self.add(f"{path}.{key}" if path else key, f"this is not known here; known are {', '.join(names)}.")

    def text(self, path: str, given: Mapping[str, Any], name: str) -> str:
        """A text that has to be there; empty, and a problem, when it is not."""
        value = given.get(name)
        if isinstance(value, str) and value.strip():
            return value
        self.add(f"{path}.{name}", "a text is needed here.")
        return ""


def cleaned(column: models.Field[Any, Any], value: Any, row: models.Model) -> Any:
    """The value as the column holds it. Raises ValueError with words."""
    if value is None and column.null:
        return None
    _check_type(column, value)
    try:
        return column.clean(value, row)
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from None


def _check_type(column: models.Field[Any, Any], value: Any) -> None:
    for kind, types, words in _TYPES:
        if isinstance(column, kind):
            if not isinstance(value, types) or (isinstance(value, bool) and kind is not models.BooleanField):
                raise ValueError(f"{value!r} is not {words}.")
            return
