"""A project's CI file as far as Buildhub has to understand it. Raises Unreadable for what is no CI file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from deploys.builds.ci.conditions import Answer, Known, holds

NOT_JOBS = {
    *("default", "image", "services", "before_script", "after_script", "variables", "stages", "cache", "workflow"),
    *("include", "spec", "pages:deploy"),
}
DEEPEST = 10


class Unreadable(Exception):
    """The text is not YAML, or not a CI file."""


class _Loader(yaml.SafeLoader):
    """Safe YAML with GitLab's one tag."""


class _Reference(tuple[str, ...]):
    """A `!reference [job, keyword]`."""

    __slots__ = ()


def _reference(loader: yaml.SafeLoader, node: yaml.Node) -> _Reference:
    if not isinstance(node, yaml.SequenceNode):
        raise yaml.YAMLError("!reference must be a list of names")
    return _Reference(str(part) for part in loader.construct_sequence(node))


_Loader.add_constructor("!reference", _reference)


@dataclass(frozen=True, kw_only=True)
class CiFile:
    """Header (inputs) and body."""

    header: dict[Any, Any]
    body: dict[Any, Any]

    @property
    def inputs(self) -> dict[Any, Any]:
        """The inputs that the file declares."""
        return _hash(_hash(self.header.get("spec")).get("inputs"))

    @property
    def workflow(self) -> dict[Any, Any]:
        """The keyword `workflow`."""
        return _hash(self.body.get("workflow"))

    def job(self, name: str, depth: int = 0) -> dict[Any, Any]:
        """A job with all that it extends; hashes are merged, lists replaced."""
        own = _hash(self.body.get(name))
        parents = own.get("extends") or []
        merged: dict[Any, Any] = {}
        for parent in [parents] if isinstance(parents, str) else parents:
            if depth < DEEPEST:
                merged = _merged(merged, self.job(str(parent), depth + 1))
        return _merged(merged, {key: value for key, value in own.items() if key != "extends"})

    def jobs(self) -> Iterator[tuple[str, dict[Any, Any]]]:
        """Every job that may run, with its name."""
        for name, value in self.body.items():
            if isinstance(value, dict) and name not in NOT_JOBS and not str(name).startswith("."):
                yield str(name), self.job(str(name))

    def first_rule(self, rules: Any, known: Known) -> tuple[dict[Any, Any] | None, Answer]:
        """The rule that decides, and whether that is sure; None when no rule fits."""
        sure: Answer = True
        for rule in self.flat(rules):
            if not isinstance(rule, dict):
                continue
            answer = holds(str(rule["if"]), known) if "if" in rule else True
            if answer or (answer is None and rule.get("when") != "never"):
                return rule, sure if answer else None
            if answer is None:
                sure = None
        return None, sure

    def script(self, job: dict[Any, Any]) -> str:
        """All commands of a job as one text."""
        lines = [line for key in ("before_script", "script", "after_script") for line in self.flat(job.get(key))]
        return "\n".join(str(line) for line in lines)

    def flat(self, value: Any, depth: int = 0) -> list[Any]:
        """A list without lists inside, references followed."""
        if value is None or depth > DEEPEST:
            return []
        if isinstance(value, _Reference):
            found: Any = self.body
            for name in value:
                found = found.get(name) if isinstance(found, dict) else None
            return self.flat(found, depth + 1)
        if isinstance(value, list):
            return [item for inner in value for item in self.flat(inner, depth + 1)]
        return [value]


def read(text: str) -> CiFile:
    """The file. Raises Unreadable."""
    try:
        # A SafeLoader with one more tag, so nothing is made but plain data.
        parts = [part for part in yaml.load_all(text, Loader=_Loader) if part is not None]
    except yaml.YAMLError as error:
        raise Unreadable(f"This is not YAML: {error}") from error
    if not parts or not all(isinstance(part, dict) for part in parts):
        raise Unreadable("This is not a CI file: it holds no jobs.")
    header, body = (parts[0], parts[-1]) if "spec" in parts[0] else ({}, parts[0])
    return CiFile(header=header, body=body)


def _hash(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _merged(under: dict[Any, Any], over: dict[Any, Any]) -> dict[Any, Any]:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return merged
