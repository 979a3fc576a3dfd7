"""CloudFormation's stacks, and the commands that make and mend ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from deploys.doctor.infra.asked import STAGING, Asked
from deploys.doctor.infra.aws import Aws

REGION = "us-east-1"
_FINISHED = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack as CloudFormation has it."""

    name: str
    status: str
    reason: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]

    @property
    def is_finished(self) -> bool:
        """True when it stands as some template wants it."""
        return self.status in _FINISHED

    @property
    def is_at_work(self) -> bool:
        """True while CloudFormation changes it."""
        return self.status.endswith("_IN_PROGRESS")


def read_stacks(aws: Aws, region: str = REGION) -> tuple[Stack, ...]:
    """All stacks of a region. Raises CannotLook."""
    rows = aws.all("cloudformation", "describe_stacks", "Stacks[]", region=region)
    return tuple(_stack(row) for row in rows)


def made_for(stacks: Iterable[Stack], asked: Asked) -> Stack | None:
    """The stack of site.yaml that is meant: by name, else by what it says it made."""
    found = list(stacks)
    if asked.stack:
        return next((stack for stack in found if stack.name == asked.stack), None)
    wanted = {
        "SiteBucket": asked.bucket,
        "SiteDistributionId": asked.distribution,
        "SiteUrl": asked.domain and f"https://{asked.domain}",
    }
    for output, value in reversed(wanted.items()):
        for stack in found:
            if value and stack.outputs.get(output) == value:
                return stack
    return None


def _stack(row: Mapping[str, Any]) -> Stack:
    return Stack(
        name=row["StackName"],
        status=row["StackStatus"],
        reason=row.get("StackStatusReason", ""),
        outputs={one["OutputKey"]: one.get("OutputValue", "") for one in row.get("Outputs", [])},
        parameters={one["ParameterKey"]: one.get("ParameterValue", "") for one in row.get("Parameters", [])},
    )


def deploy_zone(name: str) -> str:
    """The command that makes a zone."""
    return (
        "aws cloudformation deploy --stack-name zone --template-file infra/zone.yaml "
        f"--parameter-overrides ZoneName={name}"
    )


def deploy_site(asked: Asked, stack: Stack | None, zone_id: str, **changed: str) -> str:
    """The command that makes the stack of a tier, or changes parameters of the one that is there."""
    given = dict(changed)
    if stack is None:
        given = {
            "Tier": asked.tier,
            "DomainName": asked.domain,
            "HostedZoneId": zone_id or "ZONE_ID",
            "GitLabProject": asked.project or "GROUP/PROJECT",
            "GitLabBranch": asked.branch or "BRANCH",
            **changed,
        }
    name = stack.name if stack else asked.stack or ("site-staging" if asked.tier == STAGING else "site-production")
    overrides = " ".join(f"{key}={value}" for key, value in given.items())
    return (
        f"aws cloudformation deploy --region {REGION} --stack-name {name} --template-file infra/site.yaml "
        f"--capabilities CAPABILITY_IAM{f' --parameter-overrides {overrides}' if overrides else ''}"
    )


def deploy_machine(asked: Asked, zone_id: str) -> str:
    """The command that makes the machine of the CMS."""
    return (
        f"aws cloudformation deploy --region {asked.cms_region or 'REGION'} --stack-name {asked.cms_stack} "
        f"--template-file infra/cms-lightsail.yaml --parameter-overrides CmsDomain={asked.cms_domain} "
        f"HostedZoneId={zone_id or 'ZONE_ID'} SshCidr=YOUR_ADDRESS/32"
    )


def mend(name: str, region: str = REGION) -> str:
    """The commands that put back what was changed beside a stack, which a deploy of the same template leaves alone.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
    """
    change = f"--region {region} --stack-name {name} --change-set-name mend"
    # Parameters that are left out would fall back to their defaults.
    kept = (
        f"aws cloudformation describe-stacks --region {region} --stack-name {name} --output text "
        "--query 'Stacks[0].Parameters[].ParameterKey' | xargs printf 'ParameterKey=%s,UsePreviousValue=true '"
    )
    return (
        f"aws cloudformation create-change-set {change} --use-previous-template --deployment-mode REVERT_DRIFT "
        f"--capabilities CAPABILITY_IAM --parameters $({kept})\n"
        f"aws cloudformation wait change-set-create-complete {change}\n"
        f"aws cloudformation describe-change-set {change} --query 'Changes[].ResourceChange'\n"
        f"aws cloudformation execute-change-set {change}"
    )
