"""The OpenAPI document: what ninja reads off the operations, and what they have in common."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from deploys.api.v1 import auth
from deploys.api.v1.idempotency import HEADER, LONGEST, REPLAYED
from deploys.api.v1.problems import TYPE
from deploys.api.v1.shown_problems import EVERYWHERE, Conflict, Invalid, Problem

type Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_WORDS = {
    200: "Here it is, or it was done.",
    201: "It was made.",
    400: "The body is no JSON.",
    403: "Neither the token's scope nor its role lets this be done; `detail` says who can.",
    404: "There is no such thing, or not for this token.",
    409: "As things stand it cannot be done, or it has to be confirmed first.",
    422: "Values do not fit, or the Idempotency-Key was sent with another body.",
}
_LIMITS: Json = {
    "RateLimit": {
        "description": "What is left: r requests, for t seconds.",
        "schema": {"type": "string"},
        "example": '"token";r=117;t=42',
    },
    "RateLimit-Policy": {
        "description": "q requests in w seconds.",
        "schema": {"type": "string"},
        "example": '"token";q=120;w=60',
    },
}
_RETRY: Json = {"Retry-After": {"description": "Seconds to wait.", "required": True, "schema": {"type": "string"}}}
_ASKS_WHO: Json = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}


class Api(NinjaAPI):
    """The API, whose document is complete: every status that can come, with its form."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> OpenAPISchema:
        """The document. Source: the OpenAPI specification, version 3.1."""
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        schemas = document["components"]["schemas"]
        for model in (Problem, Invalid, Conflict):
            found = model.model_json_schema(ref_template=_REF, mode="serialization")
            schemas |= found.pop("$defs", {}) | {model.__name__: found}
        for path in document["paths"].values():
            for method, operation in path.items():
                _complete(method, operation)
        document["components"]["securitySchemes"] = {
            auth.SCHEME: {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "bh_ and 40 characters",
                "description": "A personal token, from the Account page, or one of a site, from its Tokens page.",
            }
        }
        return document


def _complete(method: str, operation: Json) -> None:
    operation["security"] = [{auth.SCHEME: []}]
    answers = operation["responses"]
    if "requestBody" in operation:
        answers[400] = {"content": {"": {"schema": {"$ref": _REF.format(model="Problem")}}}}
    for status, words in EVERYWHERE.items():
        answers[status] = {"description": words, "content": {"": {"schema": {"$ref": _REF.format(model="Problem")}}}}
    if method == "post":
        operation["parameters"] = [*operation.get("parameters", []), _key()]
    for status, answer in answers.items():
        answer["description"] = _WORDS[status] if status in _WORDS else answer["description"]
        answer["headers"] = _headers(status, method)
        if status >= 400:
            answer["content"] = {TYPE: next(iter(answer["content"].values()))}
    operation["responses"] = {str(status): answers[status] for status in sorted(answers)}


def _headers(status: int, method: str) -> Json:
    if status == 401:
        return dict(_ASKS_WHO)
    found = dict(_LIMITS)
    if status == 429:
        found |= _RETRY
    if status == 201:
        found["Location"] = {"description": "Where it is.", "required": True, "schema": {"type": "string"}}
    if method == "post" and status < 300:
        found[REPLAYED] = {
            "description": "true: this was done before; here is the answer once more.",
            "schema": {"type": "string"},
        }
    return found


def _key() -> Json:
    return {
        "in": "header",
        "name": HEADER,
        "required": False,
        "description": "Chosen by you: sent to the same address within 24 hours, the request is carried out once.",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"},
    }
