"""What was found so far of one tier's set-up. Each thing is looked for once, when a step first needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx

from deploys.doctor.dns import Dns
from deploys.doctor.infra.asked import Asked
from deploys.doctor.infra.aws import Aws, Denied, NotThere
from deploys.doctor.infra.stacks import Stack, deploy_site, made_for, mend, read_stacks
from deploys.doctor.model import CannotLook, NothingThere


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A hosted zone. name: without the dot at the end; servers: those that AWS gave it."""

    id: str
    name: str
    servers: frozenset[str]


class Walk:
    """One tier, its account, and the internet. Properties raise CannotLook (Denied among it) when AWS does not say."""

    def __init__(self, asked: Asked, aws: Aws, dns: Dns, http: httpx.Client) -> None:
        self.asked, self.aws, self.dns, self.http = asked, aws, dns, http

    # ---- stacks ----------------------------------------------------------------------------------------------------
    @cached_property
    def _stacks(self) -> tuple[tuple[Stack, ...], Denied | None]:
        try:
            return read_stacks(self.aws), None
        except Denied as reason:
            return (), reason

    @property
    def why_no_stacks(self) -> Denied | None:
        """Why stacks cannot be read, where they cannot: then the things themselves are looked for."""
        return self._stacks[1]

    @cached_property
    def stack(self) -> Stack | None:
        """The stack that made this tier; None without one, or where none can be read."""
        return made_for(self._stacks[0], self.asked)

    def output(self, name: str) -> str:
        """What the stack says it made; "" without a stack."""
        return self.stack.outputs.get(name, "") if self.stack else ""

    def parameter(self, name: str) -> str:
        """What the stack was given; "" without a stack."""
        return self.stack.parameters.get(name, "") if self.stack else ""

    def mended(self) -> str:
        """The commands that put back what our template wants; without a stack, those that make one."""
        return mend(self.stack.name) if self.stack else self.deployed()

    def deployed(self, **changed: str) -> str:
        """The command that makes the stack, or changes its parameters."""
        return deploy_site(self.asked, self.stack, self.zone_id_of(self.asked.domain), **changed)

    # ---- account and zones -----------------------------------------------------------------------------------------
    @cached_property
    def identity(self) -> Mapping[str, str]:
        """Who asks: Account and Arn."""
        return self.aws.read("sts", "get_caller_identity")

    @cached_property
    def partition(self) -> str:
        """What addresses of things begin with: aws, or aws-cn."""
        return self.identity["Arn"].split(":")[1]

    @cached_property
    def zones(self) -> tuple[Zone, ...]:
        """The public zone that holds the domain: the nearest that is led to; several if they have one name."""
        return self.zones_of(self.asked.domain)

    def zone_id_of(self, domain: str) -> str:
        """The zone's id for a command that is shown; "" when it is not known. Never raises."""
        try:
            zones = self.zones_of(domain) if domain else ()
        except CannotLook:
            return ""
        return zones[0].id if zones else ""

    def zones_of(self, domain: str) -> tuple[Zone, ...]:
        """The same for any name."""
        if domain not in self._zones:
            found = self._nearest_first(domain)
            led_to = (zones for zones in found if len(found) == 1 or self._is_led_to(zones))
            self._zones[domain] = next(led_to, found[0]) if found else ()
        return self._zones[domain]

    def passed_over(self, domain: str) -> tuple[Zone, ...]:
        """Zones that are nearer to a name than those that count, and that the parent does not lead to."""
        counting = self.zones_of(domain)
        longer = len(counting[0].name) if counting else 0
        return tuple(zone for zones in self._nearest_first(domain) for zone in zones if len(zone.name) > longer)

    def _nearest_first(self, domain: str) -> list[tuple[Zone, ...]]:
        """The public zones that hold a name, those of one name together."""
        rows = [row for row in self._hosted_zones if not row.get("Config", {}).get("PrivateZone")]
        holding = [row for row in rows if is_in(domain, row["Name"])]
        names = sorted({row["Name"] for row in holding}, key=len, reverse=True)
        return [tuple(self._zone(row) for row in holding if row["Name"] == name) for name in names]

    def _is_led_to(self, zones: tuple[Zone, ...]) -> bool:
        """True when the internet asks one of them; False also when nobody can say."""
        try:
            live = self.dns.name_servers(zones[0].name)
        except CannotLook:
            return False
        return any(zone.servers & live for zone in zones)

    @cached_property
    def _zones(self) -> dict[str, tuple[Zone, ...]]:
        return {}

    @cached_property
    def _hosted_zones(self) -> list[dict[str, Any]]:
        return self.aws.all("route53", "list_hosted_zones", "HostedZones[]")

    def _zone(self, row: Mapping[str, Any]) -> Zone:
        found = self.aws.read("route53", "get_hosted_zone", Id=row["Id"])
        servers = found.get("DelegationSet", {}).get("NameServers", [])
        return Zone(
            id=row["Id"].rpartition("/")[2],
            name=row["Name"].rstrip("."),
            servers=frozenset(name.rstrip(".").lower() for name in servers),
        )

    def records(self, zone: Zone, name: str) -> dict[str, dict[str, Any]]:
        """The records of a name in a zone, by type."""
        rows = self._records_of(zone)
        wanted = name.rstrip(".").lower()
        return {row["Type"]: row for row in rows if row["Name"].replace("\\052", "*").rstrip(".").lower() == wanted}

    def _records_of(self, zone: Zone) -> list[dict[str, Any]]:
        if zone.id not in self._records:
            self._records[zone.id] = self.aws.all(
                "route53", "list_resource_record_sets", "ResourceRecordSets[]", HostedZoneId=zone.id
            )
        return self._records[zone.id]

    @cached_property
    def _records(self) -> dict[str, list[dict[str, Any]]]:
        return {}

    # ---- distribution and buckets ----------------------------------------------------------------------------------
    @cached_property
    def distribution_id(self) -> str:
        """As asked, as the stack says, else the one that has the domain; "" when there is none."""
        return self.asked.distribution or self.output("SiteDistributionId") or self.distribution_of(self.asked.domain)

    def distribution_of(self, alias: str) -> str:
        """The distribution of this account that answers to a name; "" when none does."""
        for row in self._distributions:
            if alias and alias in row.get("Aliases", {}).get("Items", []):
                return str(row["Id"])
        return ""

    @cached_property
    def _distributions(self) -> list[dict[str, Any]]:
        return self.aws.all("cloudfront", "list_distributions", "DistributionList.Items[]")

    @cached_property
    def distribution(self) -> Mapping[str, Any] | None:
        """The distribution as CloudFront has it; None when there is none."""
        return self.distribution_called(self.distribution_id)

    def distribution_called(self, distribution_id: str) -> Mapping[str, Any] | None:
        """The same for any id."""
        if not distribution_id:
            return None
        try:
            found: Mapping[str, Any] = self.aws.read("cloudfront", "get_distribution", Id=distribution_id)[
                "Distribution"
            ]
        except NotThere:
            return None
        return found

    def need_distribution(self) -> Mapping[str, Any]:
        """The distribution. Raises NothingThere."""
        if self.distribution is None:
            raise NothingThere("there is no distribution")
        return self.distribution

    @property
    def distribution_arn(self) -> str:
        """Its address, as policies name it. Raises NothingThere."""
        return str(self.need_distribution()["ARN"])

    @cached_property
    def bucket(self) -> str:
        """Name of the site's bucket: as asked, as the stack says, else what the distribution reads; "" if unknown."""
        return self.asked.bucket or self.output("SiteBucket") or self._origin_of("*")

    @cached_property
    def uploads_bucket(self) -> str:
        """Name of the bucket of the uploads, found in the same way."""
        return self.asked.uploads_bucket or self.output("UploadsBucketName") or self._origin_of("/media/*")

    def _origin_of(self, pattern: str) -> str:
        """The bucket that a behaviour of the distribution reads."""
        if self.distribution is None:
            return ""
        config = self.distribution["DistributionConfig"]
        behaviour = behaviours(config).get(pattern)
        origin = origins(config).get(behaviour["TargetOriginId"]) if behaviour else None
        host = str(origin["DomainName"]) if origin else ""
        return host.split(".s3.")[0] if ".s3." in host else ""

    def bucket_arn(self, name: str) -> str:
        """A bucket's address, as policies name it."""
        return f"arn:{self.partition}:s3:::{name}"

    def need_bucket(self, name: str) -> str:
        """The name again. Raises NothingThere when there is no such bucket, and not when only that may not be asked."""
        if not name:
            raise NothingThere("the name of the bucket is not known")
        if name not in self._buckets:
            try:
                self.aws.read("s3", "head_bucket", Bucket=name)
                self._buckets[name] = True
            except NotThere:
                self._buckets[name] = False
            except CannotLook:
                self._buckets[name] = True
        if not self._buckets[name]:
            raise NothingThere(f"there is no bucket {name}")
        return name

    @cached_property
    def _buckets(self) -> dict[str, bool]:
        return {}


def is_in(domain: str, zone: str) -> bool:
    """True when a zone holds a name."""
    return f".{domain}".endswith(f".{zone.rstrip('.').lower()}")


def behaviours(config: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The behaviours of a distribution by their pattern; the one for all else under `*`."""
    others = config.get("CacheBehaviors", {}).get("Items", [])
    return {**{one["PathPattern"]: one for one in others}, "*": config["DefaultCacheBehavior"]}


def origins(config: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The origins of a distribution by their id."""
    return {one["Id"]: one for one in config.get("Origins", {}).get("Items", [])}
