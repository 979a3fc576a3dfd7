"""CI/CD variables: how they nest, which of two wins, and what `$NAME` in a text becomes.

Source: GitLab docs, "CI/CD variables" (precedence) and "Where variables can be used" (expansion).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_NAME = re.compile(r"\$\$|\$(\w+)|\$\{(\w+)\}")


@dataclass(frozen=True)
class Variable:
    """One variable. `raw` stops expansion; `variable_type` `file` puts the value into a file of the job."""

    key: str
    value: str
    variable_type: str = "env_var"
    raw: bool = False

    def as_json(self) -> dict[str, object]:
        """The shape of `GET pipelines/:id/variables` (GitLab docs, pipelines API)."""
        return {
            "variable_type": self.variable_type,
            "key": self.key,
            "value": self.value,
            "raw": self.raw,
        }


Layer = Mapping[str, Variable]


def layer(values: Mapping[str, object]) -> dict[str, Variable]:
    """Plain names and values as variables."""
    return {key: Variable(key, as_text(value)) for key, value in values.items()}


def as_text(value: object) -> str:
    """A YAML scalar as the text that a job sees."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def merged(layers: Iterable[Layer]) -> dict[str, Variable]:
    """One set out of several; of two variables with one name the later layer wins."""
    together: dict[str, Variable] = {}
    for one in layers:
        together.update(one)
    return together


def expand(text: str, values: Mapping[str, str]) -> str:
    """The text with `$NAME` and `${NAME}` replaced; an unknown name becomes nothing, `$$` becomes `$`."""
    return _NAME.sub(lambda found: _replacement(found, values), text)


def _replacement(found: re.Match[str], values: Mapping[str, str]) -> str:
    if found[0] == "$$":
        return "$"
    return values.get(found[1] or found[2], "")


def resolved(variables: Layer) -> dict[str, str]:
    """Each variable's value after expansion; one that refers to itself in a circle keeps its text."""
    values: dict[str, str] = {}
    for key in variables:
        _resolve(key, variables, values, ())
    return values


def _resolve(key: str, variables: Layer, values: dict[str, str], path: tuple[str, ...]) -> str:
    if key in values:
        return values[key]
    variable = variables.get(key)
    if variable is None:
        return ""
    text = variable.value
    if not variable.raw and variable.variable_type != "file" and "$" in text:
        inner = (*path, key)
        names = {found[1] or found[2] for found in _NAME.finditer(text) if found[0] != "$$"}
        if names & set(inner):
            values[key] = text
            return text
        text = expand(text, {name: _resolve(name, variables, values, inner) for name in names})
    values[key] = text
    return text
