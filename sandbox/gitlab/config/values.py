"""Checks of single keywords: a YAML value in, a typed value out, ConfigError in GitLab's words."""

from collections.abc import Collection
from typing import Any

from sandbox.gitlab.config.errors import ConfigError
from sandbox.gitlab.config.yaml_text import flattened
from sandbox.gitlab.times import seconds_of
from sandbox.gitlab.variables import Variable, as_text


def check_keys(place: str, value: dict[Any, Any], known: Collection[str]) -> None:
    """Refuse keywords that GitLab does not know at this place."""
    unknown = [str(key) for key in value if key not in known]
    if unknown:
        raise ConfigError(f"{place} config contains unknown keys: {', '.join(unknown)}")


def mapping(place: str, value: Any) -> dict[Any, Any]:
    """A hash; nothing counts as an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(f"{place} config should be a hash")
    return value


def commands(place: str, value: Any) -> tuple[str, ...]:
    """A script: one string or nested lists of strings."""
    if value is None:
        return ()
    lines = flattened(value)
    if any(not isinstance(line, str) for line in lines):
        raise ConfigError(f"{place} config should be a string or a nested array of strings up to 10 levels deep")
    return tuple(lines)


def strings(place: str, value: Any) -> tuple[str, ...]:
    """A list of strings."""
    if value is None:
        return ()
    items = flattened(value)
    if any(not isinstance(item, str) for item in items):
        raise ConfigError(f"{place} config should be an array of strings")
    return tuple(items)


def one_of(place: str, value: Any, allowed: Collection[str]) -> str:
    """One word of a list."""
    if value not in allowed:
        raise ConfigError(f"{place} should be one of: {', '.join(allowed)}")
    return str(value)


def boolean(place: str, value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ConfigError(f"{place} should be a boolean value")
    return value


def duration(place: str, value: Any) -> float:
    """Seconds of a written duration."""
    try:
        return seconds_of(value)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{place} should be a duration") from error


def text(place: str, value: Any) -> str:
    """A string."""
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{place} should be a string")
    return value


def variables(place: str, value: Any) -> dict[str, Variable]:
    """Variables, each a scalar or a hash with `value`, `description`, `options`, `expand`."""
    return {str(key): _variable(place, str(key), one) for key, one in mapping(place, value).items()}


def _variable(place: str, key: str, value: Any) -> Variable:
    if isinstance(value, dict):
        check_keys(f"{place}:{key}", value, {"value", "description", "options", "expand"})
        return Variable(key, as_text(value.get("value")), raw=value.get("expand", True) is False)
    if isinstance(value, list):
        raise ConfigError(f"{place} config should be a hash of key value pairs")
    return Variable(key, as_text(value))
