"""The services that moto does not know: CloudFront's settings, stacks, Lightsail. Held in memory, answered through
botocore's own events, and every answer is checked against AWS's model of it, so that it can say nothing AWS could not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.model import ListShape, OperationModel, Shape, StructureShape
from botocore.validate import ParamValidator

type Handler = Callable[[dict[str, Any]], dict[str, Any]]


class Refused(Exception):
    """An error as AWS sends it."""

    def __init__(self, code: str, status: int = 404) -> None:
        super().__init__(code)
        self.code, self.status = code, status


class StandIn:
    """Answers for some operations of a session, counts all of them, and denies those that are asked to be denied."""

    def __init__(self, session: boto3.Session) -> None:
        self.forget()
        session.events.register("before-parameter-build", self._note)
        session.events.register("before-call", self._answer)

    def forget(self) -> None:
        """Begin anew."""
        self.asked: list[str] = []
        self.denied: set[str] = set()
        self.failing: dict[str, Refused] = {}
        self._handlers: dict[str, Handler] = {}

    def answers(self, operation: str, handler: Handler) -> None:
        """operation: such as `cloudfront:GetDistribution`."""
        self._handlers[operation] = handler

    def _note(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["standin"] = dict(params)

    def _answer(self, model: OperationModel, context: dict[str, Any], **_: Any) -> tuple[AWSResponse, Any] | None:
        name = f"{model.service_model.service_name}:{model.name}"
        self.asked.append(name)
        try:
            if name in self.denied:
                raise Refused("403" if model.name.startswith("Head") else "AccessDenied", 403)
            if name in self.failing:
                raise self.failing[name]
            if name not in self._handlers:
                return None
            answer = self._handlers[name](context["standin"])
        except Refused as reason:
            error = {"Error": {"Code": reason.code, "Message": "refused"}}
            return _http(reason.status), error | {"ResponseMetadata": {"HTTPStatusCode": reason.status}}
        report = ParamValidator().validate(answer, model.output_shape)
        assert not report.has_errors(), f"{name} could not answer this: {report.generate_report()}"
        return _http(200), answer | {"ResponseMetadata": {"HTTPStatusCode": 200}}


def _http(status: int) -> AWSResponse:
    return AWSResponse("https://aws.example", status, {}, None)


# CloudFormation and the API spell some names otherwise.
_SPELT = {"isipv6enabled": "ipv6enabled"}


def as_api(shape: Shape, value: Any) -> Any:
    """What a template says in the form in which the API gives it back: lists as Quantity and Items."""
    if isinstance(shape, StructureShape) and "Quantity" in shape.members:
        items = value["Items"] if isinstance(value, dict) else value
        return {"Quantity": len(items), "Items": as_api(shape.members["Items"], items)}
    if isinstance(shape, StructureShape):
        given = {key.lower(): one for key, one in value.items()}
        return {
            name: as_api(member, given[_SPELT.get(name.lower(), name.lower())])
            for name, member in shape.members.items()
            if _SPELT.get(name.lower(), name.lower()) in given
        }
    if isinstance(shape, ListShape):
        return [as_api(shape.member, one) for one in value]
    if shape.type_name in ("integer", "long"):
        return int(value)
    return str(value) if shape.type_name == "string" else value
