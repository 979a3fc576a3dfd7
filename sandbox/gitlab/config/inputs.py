"""`spec:inputs`: which values a pipeline takes, and `$[[ inputs.name ]]` in the body.

Source: GitLab docs, "CI/CD inputs".
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from sandbox.gitlab.config.errors import ConfigError
from sandbox.gitlab.config.yaml_text import Reference

_BLOCK = re.compile(r"\$\[\[\s*(.+?)\s*\]\]")
_TRUNCATE = re.compile(r"truncate\(\s*(\d+)\s*,\s*(\d+)\s*\)")
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
}
KEYWORDS = {"type", "default", "description", "options", "regex", "rules"}


def declared(header: dict[Any, Any]) -> dict[str, dict[str, Any]]:
    """The inputs that the header declares, by name. Raises ConfigError."""
    specification = header.get("spec") or {}
    if not isinstance(specification, dict):
        raise ConfigError("spec config should be a hash")
    inputs = specification.get("inputs") or {}
    if not isinstance(inputs, dict):
        raise ConfigError("header:spec:inputs config should be a hash")
    return {str(name): _declaration(str(name), one) for name, one in inputs.items()}


def _declaration(name: str, written: Any) -> dict[str, Any]:
    one = written if isinstance(written, dict) else {}
    unknown = sorted(set(one) - KEYWORDS)
    if unknown:
        raise ConfigError(f"header:spec:inputs:{name} config contains unknown keys: {', '.join(unknown)}")
    if one.get("type", "string") not in TYPES:
        raise ConfigError(f"header:spec:inputs:{name} input type unknown value: {one['type']}")
    return one


def values(declarations: Mapping[str, dict[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """A checked value for each declared input. Raises ConfigError with all that is wrong."""
    problems = [f"unknown input arguments: {', '.join(sorted(set(given) - set(declarations)))}"]
    problems = problems if set(given) - set(declarations) else []
    checked: dict[str, Any] = {}
    for name, declaration in declarations.items():
        try:
            checked[name] = _value(name, declaration, given)
        except ConfigError as error:
            problems.append(str(error))
    if problems:
        raise ConfigError(", ".join(problems))
    return checked


def _value(name: str, declaration: dict[str, Any], given: Mapping[str, Any]) -> Any:
    if name not in given:
        if "default" not in declaration:
            raise ConfigError(f"`{name}` input: required value has not been provided")
        return declaration["default"]
    wanted = declaration.get("type", "string")
    value = _typed(wanted, given[name])
    if not isinstance(value, TYPES[wanted]) or (wanted == "number" and isinstance(value, bool)):
        raise ConfigError(f"`{name}` input: provided value is not {_article(wanted)} {wanted}")
    options = declaration.get("options")
    if options and value not in options:
        raise ConfigError(f"`{name}` input: `{value}` cannot be used because it is not in the list of allowed options")
    pattern = declaration.get("regex")
    if pattern and not re.search(str(pattern), str(value)):
        raise ConfigError(f"`{name}` input: provided value does not match required RegEx pattern")
    return value


def _typed(wanted: str, value: Any) -> Any:
    """Form fields carry numbers, booleans and lists as JSON text."""
    if wanted == "string" or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def interpolated(value: Any, inputs: Mapping[str, Any]) -> Any:
    """The same data with every `$[[ inputs.name ]]` replaced; alone in its text it keeps its type."""
    if isinstance(value, Reference):
        return Reference(str(interpolated(part, inputs)) for part in value)
    if isinstance(value, dict):
        return {interpolated(key, inputs): interpolated(inner, inputs) for key, inner in value.items()}
    if isinstance(value, list):
        return [interpolated(inner, inputs) for inner in value]
    if not isinstance(value, str) or "$[[" not in value:
        return value
    whole = _BLOCK.fullmatch(value)
    if whole:
        return _block(whole[1], inputs)
    return _BLOCK.sub(lambda found: _as_text(_block(found[1], inputs)), value)


def _block(written: str, inputs: Mapping[str, Any]) -> Any:
    access, *functions = (part.strip() for part in written.split("|"))
    scope, _, name = access.partition(".")
    if scope != "inputs" or name not in inputs:
        raise ConfigError(f"unknown interpolation key: `{name or scope}`")
    value = inputs[name]
    for function in functions:
        cut = _TRUNCATE.fullmatch(function)
        if cut:
            value = str(value)[int(cut[1]) : int(cut[1]) + int(cut[2])]
        elif function != "expand_vars":
            raise ConfigError(f"no function matching `{function}`: check that the function name is right")
    return value


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
