"""Questions to AWS. Nothing but reading gets through, and every refusal names the action that it needs."""

from __future__ import annotations

from typing import Any, NoReturn

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from deploys.doctor.model import CannotLook, NobodyCanLook

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html: where S3's actions are called
# otherwise than its operations.
_ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "403", "Forbidden"}
_BAD_KEYS = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "ExpiredToken",
    "ExpiredTokenException",
    "SignatureDoesNotMatch",
    "InvalidAccessKeyId",
    "InvalidSignatureException",
    "AuthFailure",
}
_NOT_THERE = ("NoSuch", "NotFound", "ResourceNotFound", "DoesNotExist")
READING = ("get_", "list_", "describe_", "head_")
_PATIENCE = Config(retries={"mode": "standard", "max_attempts": 4}, connect_timeout=10, read_timeout=20)


class NotThere(Exception):
    """AWS knows no such thing."""


class Denied(CannotLook):
    """The credentials lack a right; `action` is its name in a policy."""

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__(
            f"could not be looked at: needs the action {action}.",
            f"Allow {action} to whoever runs this, or run it with --profile of somebody who may.",
        )


class BadKeys(NobodyCanLook):
    """There are no usable credentials."""


class Aws:
    """One account, asked with one set of credentials. Every method raises CannotLook, Denied and BadKeys too."""

    def __init__(self, session: boto3.Session) -> None:
        self._session = session
        self._clients: dict[tuple[str, str], Any] = {}
        self.home_region = str(session.region_name or "")

    def read(self, service: str, operation: str, *, region: str = "us-east-1", **arguments: Any) -> dict[str, Any]:
        """Ask one question, by the names that boto3 has for it. Raises NotThere; ValueError for what would change
        anything."""
        client = self._client(service, operation, region)
        try:
            answer: dict[str, Any] = getattr(client, operation)(**arguments)
        except (ClientError, BotoCoreError) as error:
            _explain(f"{service}:{client.meta.method_to_api_mapping[operation]}", error)
        return answer

    def all(
        self, service: str, operation: str, items: str, *, region: str = "us-east-1", **arguments: Any
    ) -> list[dict[str, Any]]:
        """All pages of a list; items: a JMESPath to them, such as `HostedZones[]`. Raises as `read`."""
        client = self._client(service, operation, region)
        try:
            pages = client.get_paginator(operation).paginate(**arguments)
            return [item for item in pages.search(items) if item is not None]
        except (ClientError, BotoCoreError) as error:
            _explain(f"{service}:{client.meta.method_to_api_mapping[operation]}", error)

    def _client(self, service: str, operation: str, region: str) -> Any:
        if not operation.startswith(READING):
            raise ValueError(f"{operation} may change something; the doctor only reads")
        if (service, region) not in self._clients:
            try:
                self._clients[service, region] = self._session.client(service, region_name=region, config=_PATIENCE)
            except BotoCoreError as error:
                _explain(service, error)
        return self._clients[service, region]


def open_account(profile: str = "") -> Aws:
    """An account by boto3's own chain of credentials. Raises CannotLook."""
    try:
        return Aws(boto3.Session(profile_name=profile or None))
    except BotoCoreError as error:
        raise BadKeys(f"The AWS settings cannot be used: {error}.", "Check --profile and ~/.aws/config.") from error


def _explain(what: str, error: ClientError | BotoCoreError) -> NoReturn:
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        raise BadKeys(
            "There are no AWS credentials.",
            "Name a profile with --profile, or set AWS_PROFILE; `aws configure` makes one.",
        ) from error
    if not isinstance(error, ClientError):
        raise CannotLook(f"AWS could not be asked ({what}): {error}.", "Check the network, and try again.") from error
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _BAD_KEYS:
        raise BadKeys(f"AWS does not accept the credentials ({code}).", "Sign in again, or give other keys.") from error
    if code in _DENIED:
        raise Denied(_ACTIONS.get(what, what)) from error
    if status == 404 or code == "404" or any(part in code for part in _NOT_THERE):
        raise NotThere(code) from error
    raise CannotLook(f"AWS did not answer {what}: {code}.", "Try again; if it stays, look at the account.") from error
