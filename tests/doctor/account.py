"""An account in moto, with what moto does not know beside it, and a maker for each type of our templates."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.loaders import Loader
from moto.acm.models import acm_backends

from deploys.doctor.infra.aws import Aws
from tests.doctor.standin import Refused, StandIn, as_api

if TYPE_CHECKING:
    from tests.doctor.stacks import Stack

ACCOUNT = "123456789012"
MADE_AT = datetime(2026, 3, 1, tzinfo=UTC)
type Made = tuple[str, dict[str, str]]


# AWS's models are large and a client takes a while to make, so those of all tests are the same.
_loader = Loader()


def _session() -> boto3.Session:
    inner = botocore.session.Session()
    inner.register_component("data_loader", _loader)
    return boto3.Session("testing", "testing", region_name="us-east-1", botocore_session=inner)


@cache
def _by_hand(service: str, region: str) -> Any:
    """A client that nothing stands in for."""
    return _hand().client(service, region_name=region)


@cache
def _hand() -> boto3.Session:
    return _session()


@cache
def _watched() -> tuple[Aws, StandIn]:
    """What the doctor asks, and what stands in for a part of it."""
    session = _session()
    return Aws(session), StandIn(session)


class Account:
    """Everything that the stacks make, to be changed by tests with the same calls that people would use."""

    def __init__(self) -> None:
        self.aws, self.standin = _watched()
        self.standin.forget()
        self.stacks: list[Stack] = []
        self.distributions: dict[str, dict[str, Any]] = {}
        self.functions: dict[str, bytes] = {}
        self.header_policies: dict[str, dict[str, Any]] = {}
        self.access_controls: dict[str, dict[str, Any]] = {}
        self.instances: dict[str, dict[str, Any]] = {}
        self.ports: dict[str, list[dict[str, Any]]] = {}
        self.static_ips: dict[str, dict[str, Any]] = {}
        self.alias_records: dict[str, Any] = {}
        self._answer()

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A client of moto's, for what a person would do by hand."""
        return _by_hand(service, region)

    def make(self, kind: str, name: str, properties: dict[str, Any], stack: str) -> Made:
        """Make a resource; returns what Ref and GetAtt give."""
        maker = getattr(self, "_make_" + "_".join(kind.split("::")[1:]).lower())
        made: Made = maker(name.lower(), properties, stack)
        return made

    # ---- names and certificates ------------------------------------------------------------------------------------
    def _make_route53_hostedzone(self, name: str, given: dict[str, Any], _: str) -> Made:
        answer = self.client("route53").create_hosted_zone(Name=given["Name"], CallerReference=name)
        zone_id = answer["HostedZone"]["Id"].rpartition("/")[2]
        return zone_id, {"NameServers": answer["DelegationSet"]["NameServers"]}

    def _make_certificatemanager_certificate(self, _: str, given: dict[str, Any], __: str) -> Made:
        acm = self.client("acm")
        arn = acm.request_certificate(DomainName=given["DomainName"], ValidationMethod="DNS")["CertificateArn"]
        (option,) = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
        record = option["ResourceRecord"]
        (proof,) = given["DomainValidationOptions"]
        self.upsert(proof["HostedZoneId"], record["Name"], record["Type"], record["Value"])
        self.certificate(arn).status = "ISSUED"
        return arn, {}

    @staticmethod
    def certificate(arn: str) -> Any:
        """moto's own object, whose state no call changes."""
        return acm_backends[ACCOUNT][arn.split(":")[3]]._certificates[arn]

    def upsert(self, zone: str, name: str, kind: str, *values: str) -> None:
        """Write a record."""
        records = {"TTL": 300, "ResourceRecords": [{"Value": value} for value in values]}
        self._change(zone, "UPSERT", {"Name": name, "Type": kind, **records})

    def delete_record(self, zone: str, name: str, kind: str) -> None:
        """Take a record away."""
        rows = self.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        (row,) = (one for one in rows if (one["Name"].replace("\\052", "*"), one["Type"]) == (f"{name}.", kind))
        self._change(zone, "DELETE", row)

    def _change(self, zone: str, action: str, record: dict[str, Any]) -> None:
        changes = [{"Action": action, "ResourceRecordSet": record}]
        self.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    def _make_route53_recordsetgroup(self, name: str, given: dict[str, Any], _: str) -> Made:
        for record in given["RecordSets"]:
            self.alias(given["HostedZoneId"], record["Name"], record["Type"], record["AliasTarget"]["DNSName"])
        return name, {}

    def alias(self, zone: str, name: str, kind: str, target: str) -> None:
        """Write a record that is an alias of a distribution."""
        alias = {"DNSName": target, "HostedZoneId": "Z2FDTNDATAQYW2", "EvaluateTargetHealth": False}
        self._change(zone, "UPSERT", {"Name": name, "Type": kind, "AliasTarget": alias})

    def _make_route53_recordset(self, name: str, given: dict[str, Any], _: str) -> Made:
        self.upsert(given["HostedZoneId"], given["Name"], given["Type"], *given["ResourceRecords"])
        return name, {}

    # ---- buckets ---------------------------------------------------------------------------------------------------
    def _make_s3_bucket(self, name: str, given: dict[str, Any], _: str) -> Made:
        s3 = self.client("s3")
        s3.create_bucket(Bucket=name)
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=given["OwnershipControls"])
        block = given["PublicAccessBlockConfiguration"]
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=given["VersioningConfiguration"])
        rules = [_rule(one) for one in given["LifecycleConfiguration"]["Rules"]]
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
        arn = f"arn:aws:s3:::{name}"
        return name, {"Arn": arn, "RegionalDomainName": f"{name}.s3.us-east-1.amazonaws.com"}

    def _make_s3_bucketpolicy(self, name: str, given: dict[str, Any], _: str) -> Made:
        self.client("s3").put_bucket_policy(Bucket=given["Bucket"], Policy=json.dumps(given["PolicyDocument"]))
        return name, {}

    # ---- CloudFront ------------------------------------------------------------------------------------------------
    def _make_cloudfront_originaccesscontrol(self, name: str, given: dict[str, Any], _: str) -> Made:
        self.access_controls[name] = self._as_api("OriginAccessControlConfig", given["OriginAccessControlConfig"])
        return name, {}

    def _make_cloudfront_function(self, _: str, given: dict[str, Any], __: str) -> Made:
        self.functions[given["Name"]] = given["FunctionCode"].encode()
        arn = f"arn:aws:cloudfront::{ACCOUNT}:function/{given['Name']}"
        return arn, {"FunctionARN": arn}

    def _make_cloudfront_responseheaderspolicy(self, name: str, given: dict[str, Any], _: str) -> Made:
        config = self._as_api("ResponseHeadersPolicyConfig", given["ResponseHeadersPolicyConfig"])
        self.header_policies[name] = config
        return name, {}

    def _make_cloudfront_distribution(self, name: str, given: dict[str, Any], _: str) -> Made:
        distribution_id = f"E{len(self.distributions) + 1}EXAMPLE"
        domain = f"d{len(self.distributions) + 1}.cloudfront.net"
        config = {"CallerReference": name, **self._as_api("DistributionConfig", given["DistributionConfig"])}
        self.distributions[distribution_id] = {
            "Id": distribution_id,
            "ARN": f"arn:aws:cloudfront::{ACCOUNT}:distribution/{distribution_id}",
            "Status": "Deployed",
            "LastModifiedTime": MADE_AT,
            "InProgressInvalidationBatches": 0,
            "DomainName": domain,
            "DistributionConfig": config,
        }
        return distribution_id, {"DomainName": domain}

    def _as_api(self, shape: str, given: Any) -> Any:
        return as_api(self.client("cloudfront").meta.service_model.shape_for(shape), given)

    # ---- identities ------------------------------------------------------------------------------------------------
    def _make_iam_oidcprovider(self, _: str, given: dict[str, Any], __: str) -> Made:
        made = self.client("iam").create_open_id_connect_provider(Url=given["Url"], ClientIDList=given["ClientIdList"])
        arn = made["OpenIDConnectProviderArn"]
        return arn, {"Arn": arn}

    def _make_iam_managedpolicy(self, name: str, given: dict[str, Any], _: str) -> Made:
        iam = self.client("iam")
        made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(given["PolicyDocument"]))
        arn = made["Policy"]["Arn"]
        for role in given["Roles"]:
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)
        for user in given["Users"]:
            iam.attach_user_policy(UserName=user, PolicyArn=arn)
        return arn, {}

    def _make_iam_role(self, name: str, given: dict[str, Any], _: str) -> Made:
        iam = self.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=given["AssumeRolePolicyDocument"])
        for policy in given.get("Policies", []):
            text = json.dumps(policy["PolicyDocument"])
            iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=text)
        return name, {"Arn": made["Role"]["Arn"]}

    def _make_iam_user(self, name: str, given: dict[str, Any], _: str) -> Made:
        iam = self.client("iam")
        iam.create_user(UserName=name)
        for policy in given.get("Policies", []):
            text = json.dumps(policy["PolicyDocument"])
            iam.put_user_policy(UserName=name, PolicyName=policy["PolicyName"], PolicyDocument=text)
        return name, {}

    # ---- Lightsail -------------------------------------------------------------------------------------------------
    def _make_lightsail_instance(self, _: str, given: dict[str, Any], __: str) -> Made:
        name = given["InstanceName"]
        self.instances[name] = {
            "name": name,
            "state": {"code": 16, "name": "running"},
            "publicIpAddress": "203.0.113.20",
            "addOns": [{"name": one["AddOnType"], "status": one["Status"]} for one in given["AddOns"]],
        }
        self.ports[name] = [
            {
                "fromPort": one["FromPort"],
                "toPort": one["ToPort"],
                "protocol": one["Protocol"],
                "state": "open",
                "cidrs": one["Cidrs"],
                "ipv6Cidrs": one.get("Ipv6Cidrs", []),
            }
            for one in given["Networking"]["Ports"]
        ]
        return name, {}

    def _make_lightsail_staticip(self, _: str, given: dict[str, Any], __: str) -> Made:
        name = given["StaticIpName"]
        address = {"name": name, "ipAddress": "203.0.113.20", "attachedTo": given["AttachedTo"], "isAttached": True}
        self.static_ips[name] = address
        return name, {"IpAddress": "203.0.113.20"}

    # ---- answers ---------------------------------------------------------------------------------------------------
    def _answer(self) -> None:
        answers = self.standin.answers
        answers("cloudformation:DescribeStacks", lambda _: {"Stacks": [_described(one) for one in self.stacks]})
        answers("cloudfront:ListDistributions", lambda _: {"DistributionList": self._listed()})
        answers("cloudfront:GetDistribution", lambda given: {"Distribution": _of(self.distributions, given["Id"])})
        answers(
            "cloudfront:GetFunction",
            lambda given: {"FunctionCode": _of(self.functions, given["Name"]), "ContentType": "application/javascript"},
        )
        answers("cloudfront:GetResponseHeadersPolicy", self._headers)
        answers("cloudfront:GetOriginAccessControl", self._access)
        answers("lightsail:GetInstances", lambda _: {"instances": list(self.instances.values())})
        answers("lightsail:GetStaticIps", lambda _: {"staticIps": list(self.static_ips.values())})
        answers(
            "lightsail:GetInstancePortStates",
            lambda given: {"portStates": _of(self.ports, given["instanceName"])},
        )

    def _listed(self) -> dict[str, Any]:
        names = ("Id", "ARN", "Status", "LastModifiedTime", "DomainName")
        parts = ("Aliases", "Origins", "DefaultCacheBehavior", "CacheBehaviors", "CustomErrorResponses", "Comment",
                 "PriceClass", "Enabled", "ViewerCertificate", "HttpVersion", "IsIPV6Enabled")  # fmt: skip
        rows = []
        nowhere = {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}}
        for one in self.distributions.values():
            config = one["DistributionConfig"]
            rows.append(
                {name: one[name] for name in names}
                | {part: config.get(part, {"Quantity": 0}) for part in parts}
                | {"Restrictions": nowhere, "WebACLId": "", "Staging": False}
            )
        return {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": len(rows), "Items": rows}

    def _headers(self, given: dict[str, Any]) -> dict[str, Any]:
        config = _of(self.header_policies, given["Id"])
        policy = {"Id": given["Id"], "LastModifiedTime": MADE_AT, "ResponseHeadersPolicyConfig": config}
        return {"ResponseHeadersPolicy": policy}

    def _access(self, given: dict[str, Any]) -> dict[str, Any]:
        config = _of(self.access_controls, given["Id"])
        return {"OriginAccessControl": {"Id": given["Id"], "OriginAccessControlConfig": config}}


def _of(things: dict[str, Any], name: str) -> Any:
    if name not in things:
        raise Refused("NoSuchThing")
    return things[name]


def _described(stack: Stack) -> dict[str, Any]:
    return {
        "StackName": stack.name,
        "StackStatus": getattr(stack, "status", "CREATE_COMPLETE"),
        "CreationTime": MADE_AT,
        "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in stack.outputs.items()],
        "Parameters": [{"ParameterKey": key, "ParameterValue": str(value)} for key, value in stack.parameters.items()],
    }


def _rule(given: dict[str, Any]) -> dict[str, Any]:
    """A lifecycle rule as the API takes it."""
    expiration = {
        name: given[of]
        for of, name in (("ExpirationInDays", "Days"), ("ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker"))
        if of in given
    }
    rule = {"ID": given["Id"], "Status": given["Status"], "Filter": {"Prefix": given.get("Prefix", "")}}
    same = ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
    rule |= {name: given[name] for name in same if name in given}
    return rule | ({"Expiration": expiration} if expiration else {})
