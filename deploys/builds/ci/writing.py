"""Words and values put into the text of a CI file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

_PLAIN = re.compile(r"(https?://)?[\w./-]*[a-zA-Z][\w./:-]*")


class CannotFill(Exception):
    """No CI file can be written for these settings; the text says what to change."""


def with_values(text: str, values: Mapping[str, str]) -> str:
    """The text with these variables, each at its first place."""
    return with_yaml(text, {name: quoted(value) for name, value in values.items()})


def with_yaml(text: str, values: Mapping[str, str]) -> str:
    """The same for values that are YAML already, with variables of GitLab in them."""
    for name, value in values.items():
        before, key, after = text.partition(f"  {name}: ")
        if key:
            text = f"{before}{key}{value}\n{after.partition('\n')[2]}"
    return text


def quoted(value: str) -> str:
    """A text as YAML that GitLab does not expand; a plain word stays without quotation marks."""
    value = value.replace("$", "$$")
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
