"""Roles and users of IAM with all that their policies say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from deploys.doctor.infra.aws import Aws, NotThere
from deploys.doctor.infra.policies import Statement, read


class Identity:
    """One role or user. Every property raises CannotLook; NotThere when there is no such one."""

    def __init__(self, aws: Aws, kind: str, name: str) -> None:
        """kind: `role` or `user`."""
        self.aws, self.kind, self.name = aws, kind, name

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """As IAM describes it."""
        found: Mapping[str, Any] = self.aws.read("iam", f"get_{self.kind}", **self._called())[self.kind.capitalize()]
        return found

    @cached_property
    def trust(self) -> tuple[Statement, ...]:
        """Who may take it, of a role."""
        return read(self.facts["AssumeRolePolicyDocument"])

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """All its policies: its own, those attached to it, and those of a user's groups."""
        found = list(self._policies_of(self.kind, self.name))
        if self.kind == "user":
            for group in self.aws.all("iam", "list_groups_for_user", "Groups[]", **self._called()):
                found += self._policies_of("group", group["GroupName"])
        return tuple(found)

    @cached_property
    def keys(self) -> list[dict[str, Any]]:
        """The access keys of a user."""
        return self.aws.all("iam", "list_access_keys", "AccessKeyMetadata[]", **self._called())

    def _called(self) -> dict[str, str]:
        return {f"{self.kind.capitalize()}Name": self.name}

    def _policies_of(self, kind: str, name: str) -> Iterator[Statement]:
        called = {f"{kind.capitalize()}Name": name}
        # boto3 gives names, not objects, for policies of the identity's own.
        for policy in self.aws.all("iam", f"list_{kind}_policies", "PolicyNames[].{Name: @}", **called):
            answer = self.aws.read("iam", f"get_{kind}_policy", PolicyName=policy["Name"], **called)
            yield from read(answer["PolicyDocument"])
        for policy in self.aws.all("iam", f"list_attached_{kind}_policies", "AttachedPolicies[]", **called):
            arn = policy["PolicyArn"]
            version = self.aws.read("iam", "get_policy", PolicyArn=arn)["Policy"]["DefaultVersionId"]
            answer = self.aws.read("iam", "get_policy_version", PolicyArn=arn, VersionId=version)
            yield from read(answer["PolicyVersion"]["Document"])


def provider_of(aws: Aws, host: str) -> tuple[str, Mapping[str, Any]] | None:
    """Address and facts of the account's OpenID Connect provider for a GitLab; None when there is none."""
    rows = aws.read("iam", "list_open_id_connect_providers")["OpenIDConnectProviderList"]
    for row in rows:
        arn = str(row["Arn"])
        if arn.endswith(f":oidc-provider/{host}"):
            try:
                return arn, aws.read("iam", "get_open_id_connect_provider", OpenIDConnectProviderArn=arn)
            except NotThere:
                return None
    return None
