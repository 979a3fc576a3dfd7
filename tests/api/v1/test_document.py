"""The OpenAPI document and the documentation name every operation."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from buildhub.up.paths import ROOT

METHODS = ("get", "post")


@pytest.fixture
def document(db: None) -> dict[str, Any]:
    """As it is served, to anybody."""
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json())


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, address and description of each."""
    return [(method, path, each) for path, methods in document["paths"].items() for method, each in methods.items()]


def test_every_operation_tells_all_its_answers(document: dict[str, Any]) -> None:
    """What can go wrong everywhere, as problems; what is made, with its address; a key for every POST."""
    assert document["openapi"].startswith("3.1")
    for method, path, operation in operations(document):
        answers = operation["responses"]
        assert {"401", "429", "500"} <= answers.keys(), path
        assert operation["security"] == [{"token": []}]
        assert operation["description"], path
        for status, answer in answers.items():
            kind = "application/json" if int(status) < 400 else "application/problem+json"
            assert list(answer["content"]) == [kind], (path, status)
        names = [parameter["name"] for parameter in operation["parameters"]]
        assert ("Idempotency-Key" in names) == (method == "post")
        assert ("{site}" in path) == ("404" in answers)


def test_each_operation_has_a_curl_line_in_the_documentation(document: dict[str, Any]) -> None:
    """Method and address, with shell variables in the place of names."""
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = re.findall(r"curl [^\n]*", text)
    told = set()
    for line in lines:
        address = re.search(r'"\$API(/[^"?]*)', line)
        if address:
            method = "post" if "-X POST" in line else "get"
            told.add((method, re.sub(r"\$\w+", "{}", address[1])))
    wanted = {
        (method, re.sub(r"\{[^}]*\}-\{[^}]*\}|\{[^}]*\}", "{}", path.removeprefix("/api/v1")))
        for method, path, _operation in operations(document)
    }
    assert wanted - told == set()
