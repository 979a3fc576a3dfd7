"""Templates as plain data, and the questions that tests ask of them."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

INFRA = Path(__file__).parent.parent.parent / "infra"
TEMPLATES = ("zone.yaml", "site.yaml", "preview.yaml", "cms-lightsail.yaml")
FUNCTIONS = {
    "directory-index.js": ("site.yaml", "IndexFunction"),
    "preview-host.js": ("preview.yaml", "HostFunction"),
}
NOTHING = {"Ref": "AWS::NoValue"}


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: !Sub x is {"Fn::Sub": "x"}. A key that is written twice is refused."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise ValueError(f"what is {node}?")
    return {name: value.split(".", 1) if suffix == "GetAtt" and isinstance(value, str) else value}


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise ValueError(f"written twice: {twice}")
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _short_form)
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@cache
def template(name: str) -> dict[str, Any]:
    """One template, parsed."""
    found: dict[str, Any] = yaml.load((INFRA / name).read_text(encoding="utf-8"), Loader=_Loader)
    return found


def resources(name: str, kind: str = "") -> dict[str, dict[str, Any]]:
    """The resources of a template by their names, of one type if asked."""
    everything: dict[str, dict[str, Any]] = template(name)["Resources"]
    return {key: one for key, one in everything.items() if kind in ("", one["Type"])}


def resource(name: str, key: str) -> dict[str, Any]:
    """The properties of one resource."""
    properties: dict[str, Any] = resources(name)[key]["Properties"]
    return properties


def branches(value: Any) -> Iterator[Any]:
    """What a value may become: both sides of an !If, without AWS::NoValue."""
    if isinstance(value, dict) and set(value) == {"Fn::If"}:
        for side in value["Fn::If"][1:]:
            yield from branches(side)
    elif value != NOTHING:
        yield value


def many(value: Any) -> list[Any]:
    """One or a list, with conditions resolved to all that may be there."""
    return [one for item in (value if isinstance(value, list) else [value]) for one in branches(item)]


def policies(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy of a template, of buckets, identities and trust, as (resource, document)."""
    for key, one in resources(name).items():
        properties = one.get("Properties", {})
        if "PolicyDocument" in properties:
            yield key, properties["PolicyDocument"]
        for inline in properties.get("Policies", []):
            yield key, inline["PolicyDocument"]
        if "AssumeRolePolicyDocument" in properties:
            yield f"{key} trust", trust(name, key)


def trust(name: str, role: str) -> dict[str, Any]:
    """Who may take a role: the text of its document with the names of variables left in."""
    text, _ = resource(name, role)["AssumeRolePolicyDocument"]["Fn::Sub"]
    document: dict[str, Any] = json.loads(text)
    return document


def statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements that a document may have."""
    return many(document["Statement"])


def statement(name: str, key: str, sid: str) -> dict[str, Any]:
    """One statement by its Sid."""
    (found,) = (
        one
        for owner, document in policies(name)
        if owner == key
        for one in statements(document)
        if one.get("Sid") == sid
    )
    return found


def references(value: Any) -> Iterator[str]:
    """Names that a value refers to, with !Ref, !GetAtt and !Sub."""
    if isinstance(value, list):
        for one in value:
            yield from references(one)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref":
                yield inner
            elif key == "Fn::GetAtt":
                yield inner[0]
            elif key == "Fn::Sub":
                text, given = inner if isinstance(inner, list) else (inner, {})
                used = {found.split(".")[0] for found in re.findall(r"\$\{([\w:.]+)\}", text)}
                yield from used - set(given)
                yield from references(given)
            else:
                yield from references(inner)
