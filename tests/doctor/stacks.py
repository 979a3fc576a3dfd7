"""Our templates, carried out: every resource of infra/*.yaml is made from the template's own values."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.doctor.account import Account
from tests.infra.templates import NOTHING, template

ACCOUNT = "123456789012"


class Stack:
    """One stack: what its template says with these parameters, made in the account."""

    def __init__(self, account: Account, name: str, file: str, **parameters: Any) -> None:
        self.account, self.name = account, name
        self.template = template(file)
        given = {key: one["Default"] for key, one in self.template["Parameters"].items() if "Default" in one}
        self.parameters = given | parameters
        self.made: dict[str, tuple[str, dict[str, str]]] = {}
        for key in self.template["Resources"]:
            self.make(key)
        self.outputs = {key: str(self.value(one["Value"])) for key, one in self.template["Outputs"].items()}
        account.stacks.append(self)

    def make(self, key: str) -> tuple[str, dict[str, str]]:
        """Reference and attributes of a resource; it is made when it is first needed."""
        one = self.template["Resources"][key]
        if "Condition" in one and not self.holds(one["Condition"]):
            return "", {}
        if key not in self.made:
            properties = self.value(one.get("Properties", {}))
            self.made[key] = self.account.make(one["Type"], f"{self.name}-{key.lower()}", properties, self.name)
        return self.made[key]

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template is true."""
        return bool(self.value(self.template["Conditions"][condition]))

    def value(self, given: Any) -> Any:
        """A value with CloudFormation's functions carried out."""
        if isinstance(given, list):
            return [one for one in map(self.value, given) if one != NOTHING]
        if not isinstance(given, dict):
            return given
        if len(given) == 1:
            ((name, inside),) = given.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._function(name, inside)
        worked_out = {key: self.value(one) for key, one in given.items()}
        return {key: one for key, one in worked_out.items() if one != NOTHING}

    def _function(self, name: str, inside: Any) -> Any:
        if name == "Ref":
            return self._ref(inside)
        if name == "Fn::GetAtt":
            return self.make(inside[0])[1][inside[1]]
        if name == "Fn::Sub":
            text, given = inside if isinstance(inside, list) else (inside, {})
            known = {key: str(self.value(one)) for key, one in given.items()}
            return re.sub(r"\$\{([\w:.]+)\}", lambda found: known.get(found[1]) or self._named(found[1]), text)
        if name == "Fn::If":
            return self.value(inside[1] if self.holds(inside[0]) else inside[2])
        if name == "Fn::Equals":
            return self.value(inside[0]) == self.value(inside[1])
        if name == "Fn::Not":
            return not self.value(inside[0])
        if name == "Fn::Join":
            return inside[0].join(self.value(inside[1]))
        if name == "Fn::Select":
            return self.value(inside[1])[int(inside[0])]
        if name == "Fn::Split":
            return self.value(inside[1]).split(inside[0])
        raise ValueError(f"the templates use {name}, which is not understood here: add it")

    def _ref(self, name: str) -> Any:
        fixed = {
            "AWS::Region": "us-east-1",
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self.name,
            "AWS::NoValue": NOTHING,
        }
        if name in fixed:
            return fixed[name]
        return self.parameters[name] if name in self.parameters else self.make(name)[0]

    def _named(self, name: str) -> str:
        resource, _, attribute = name.partition(".")
        return str(self.make(resource)[1][attribute] if attribute else self._ref(name))


def document(given: Any) -> str:
    """A policy as text; CloudFormation takes it as text too."""
    return given if isinstance(given, str) else json.dumps(given)
