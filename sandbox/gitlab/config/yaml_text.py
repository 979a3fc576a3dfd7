"""YAML text to plain data, with GitLab's `!reference` tag."""

from typing import Any

import yaml

from sandbox.gitlab.config.errors import ConfigError

DEEPEST_REFERENCE = 10


class Reference(tuple[str, ...]):
    """A `!reference [job, keyword]`, before it is looked up."""

    __slots__ = ()


class _Loader(yaml.SafeLoader):
    """Safe YAML without dates: GitLab hands `2026-01-01` on as text."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _reference(loader: yaml.SafeLoader, node: yaml.Node) -> Reference:
    if not isinstance(node, yaml.SequenceNode):
        raise ConfigError("!reference must be a list of names")
    return Reference(str(part) for part in loader.construct_sequence(node))


_Loader.add_constructor("!reference", _reference)


def documents(text: str) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """The header (empty when there is none) and the body of a CI file. Raises ConfigError."""
    try:
        parts = [part for part in yaml.load_all(text, Loader=_Loader) if part is not None]
    except yaml.MarkedYAMLError as error:
        where = error.problem_mark
        place = f" at line {where.line + 1} column {where.column + 1}" if where else ""
        raise ConfigError(f"(<unknown>): {error.problem}{place}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"(<unknown>): {error}") from error
    if not parts or not all(isinstance(part, dict) for part in parts):
        raise ConfigError("Invalid configuration format")
    has_header = "spec" in parts[0]
    if has_header and len(parts) == 1:
        raise ConfigError("Please provide content after the spec header")
    return (parts[0], parts[1]) if has_header else ({}, parts[0])


def with_references(body: dict[Any, Any]) -> dict[Any, Any]:
    """The body with each `!reference` replaced by what it names. Raises ConfigError."""
    resolved = _resolve(body, body, 0)
    return resolved if isinstance(resolved, dict) else body


def _resolve(value: Any, body: dict[Any, Any], depth: int) -> Any:
    if isinstance(value, Reference):
        if depth >= DEEPEST_REFERENCE:
            raise ConfigError(f"!reference {_written(value)} is part of a circular chain")
        return _resolve(_look_up(value, body), body, depth + 1)
    if isinstance(value, dict):
        return {key: _resolve(inner, body, depth) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolve(inner, body, depth) for inner in value]
    return value


def _look_up(reference: Reference, body: dict[Any, Any]) -> Any:
    found: Any = body
    for name in reference:
        if not isinstance(found, dict) or name not in found:
            raise ConfigError(f"!reference {_written(reference)} could not be found")
        found = found[name]
    return found


def _written(reference: Reference) -> str:
    return "[" + ", ".join(f'"{name}"' for name in reference) + "]"


def flattened(value: Any) -> list[Any]:
    """A list without lists inside, as references leave them; one item becomes a list of one."""
    if not isinstance(value, list):
        return [value]
    return [item for inner in value for item in flattened(inner)]
