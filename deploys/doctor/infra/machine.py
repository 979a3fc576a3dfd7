"""The machine of the CMS at Lightsail: running, with a fixed address that its name leads to, and a closed SSH port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from deploys.doctor.infra.stacks import REGION, deploy_machine, mend
from deploys.doctor.infra.walk import Walk
from deploys.doctor.model import Finding, Look, NothingThere, Thing
from deploys.doctor.web import BadCertificate, answer_of

THERE = Thing("machine.there", "Machine of the CMS")
RUNNING = Thing("machine.running", "It runs")
ADDRESS = Thing("machine.address", "Its fixed address")
RECORD = Thing("machine.record", "Its name")
PORTS = Thing("machine.ports", "Open ports")
SNAPSHOTS = Thing("machine.snapshots", "Nightly snapshots")
ANSWERS = Thing("machine.answers", "The CMS answers by https")

EVERYWHERE = {"0.0.0.0/0", "::/0"}


class Machine:
    """The machine of cms-lightsail.yaml; one stack makes it under the stack's own name."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.region = walk.asked.cms_region or walk.aws.home_region or REGION

    def looks(self) -> tuple[Look, ...]:
        """In order."""
        return (
            Look(thing=THERE, run=self._there),
            Look(thing=RUNNING, run=self._running),
            Look(thing=ADDRESS, run=self._address),
            Look(thing=RECORD, run=self._record),
            Look(thing=PORTS, run=self._ports),
            Look(thing=SNAPSHOTS, run=self._snapshots),
            Look(thing=ANSWERS, run=self._answers),
        )

    @property
    def domain(self) -> str:
        """The name that editors open; "" when nobody said it."""
        return self.walk.asked.cms_domain

    @cached_property
    def instance(self) -> Mapping[str, Any] | None:
        """By the stack's name, else by the address that the CMS's name leads to."""
        rows = self.walk.aws.all("lightsail", "get_instances", "instances[]", region=self.region)
        named = [row for row in rows if row["name"] == self.walk.asked.cms_stack]
        if named or not self.domain:
            return named[0] if named else None
        addresses = self.walk.dns.ask(self.domain, "A")
        return next((row for row in rows if row.get("publicIpAddress") in addresses), None)

    @cached_property
    def addresses(self) -> list[dict[str, Any]]:
        """The fixed addresses of the region."""
        return self.walk.aws.all("lightsail", "get_static_ips", "staticIps[]", region=self.region)

    def _need(self) -> Mapping[str, Any]:
        if self.instance is None:
            raise NothingThere("there is no machine")
        return self.instance

    def _there(self) -> Iterator[Finding]:
        if self.instance:
            yield THERE.ok(f"{self.instance['name']} is there, in {self.region}.")
            return
        yield THERE.missing(
            f"There is no machine {self.walk.asked.cms_stack} at Lightsail in {self.region}"
            f"{f', and none that {self.domain} leads to' if self.domain else ''}.",
            "All is well if the CMS runs elsewhere. Else make the stack, or give --cms-region and --cms-stack.",
            deploy_machine(self.walk.asked, self.walk.zone_id_of(self.domain)),
            is_needed=False,
        )

    def _running(self) -> Iterator[Finding]:
        machine = self._need()
        state = machine.get("state", {}).get("name", "unknown")
        if state == "running":
            yield RUNNING.ok("It is running.")
            return
        yield RUNNING.wrong(
            f"It is {state}.",
            "Start it.",
            f"aws lightsail start-instance --region {self.region} --instance-name {machine['name']}",
        )

    def _address(self) -> Iterator[Finding]:
        machine = self._need()
        attached = [one for one in self.addresses if one.get("attachedTo") == machine["name"] and one.get("isAttached")]
        if attached:
            yield ADDRESS.ok(f"{attached[0]['ipAddress']} stays when the machine is started again.")
            return
        free = next((one["name"] for one in self.addresses if not one.get("isAttached")), machine["name"])
        yield ADDRESS.missing(
            "It has no fixed address: with the next start it gets another one, and its name leads nowhere.",
            "Attach one.",
            f"aws lightsail attach-static-ip --region {self.region} --static-ip-name {free} "
            f"--instance-name {machine['name']}",
        )

    def _record(self) -> Iterator[Finding]:
        machine = self._need()
        if not self.domain:
            return
        zones = self.walk.zones_of(self.domain)
        if not zones:
            raise NothingThere(f"no zone of this account holds {self.domain}")
        record = self.walk.records(zones[0], self.domain).get("A", {})
        values = [one["Value"] for one in record.get("ResourceRecords", [])]
        own = machine.get("publicIpAddress", "")
        if values == [own]:
            yield RECORD.ok(f"{self.domain} leads to {own}.")
            return
        words = f"{self.domain} leads to {', '.join(values)}" if values else f"{self.domain} has no record A"
        yield (RECORD.wrong if values else RECORD.missing)(
            f"{words}; the machine is {own}.",
            "Put back what the stack wants.",
            mend(self.walk.asked.cms_stack, self.region),
        )

    def _ports(self) -> Iterator[Finding]:
        machine = self._need()
        answer = self.walk.aws.read(
            "lightsail", "get_instance_port_states", region=self.region, instanceName=machine["name"]
        )
        open_ones = [one for one in answer["portStates"] if one.get("state") == "open"]
        public = [one for one in open_ones if EVERYWHERE & {*one.get("cidrs", []), *one.get("ipv6Cidrs", [])}]
        strange = sorted({_span(one) for one in public} - {"80", "443"})
        closed = [port for port in ("80", "443") if port not in {_span(one) for one in public}]
        if strange:
            yield PORTS.wrong(
                f"The whole internet may reach {', '.join(f'port {one}' for one in strange)}.",
                "Leave 80 and 443 open for all, 22 for your own network.",
                mend(self.walk.asked.cms_stack, self.region),
            )
        elif closed:
            yield PORTS.wrong(
                f"Port {' and '.join(closed)} is closed: without 80 and 443 there is no certificate and no CMS.",
                "Open it.",
                mend(self.walk.asked.cms_stack, self.region),
            )
        else:
            yield PORTS.ok("80 and 443 are open for all, nothing else is.")

    def _snapshots(self) -> Iterator[Finding]:
        machine = self._need()
        if any(one["name"] == "AutoSnapshot" and one["status"] == "Enabled" for one in machine.get("addOns", [])):
            yield SNAPSHOTS.ok("It is copied every night.")
            return
        yield SNAPSHOTS.missing(
            "It is not copied at night: the CMS's database is on it alone.",
            "Switch the snapshots on.",
            f"aws lightsail enable-add-on --region {self.region} --resource-name {machine['name']} "
            "--add-on-request addOnType=AutoSnapshot,autoSnapshotAddOnRequest={snapshotTimeOfDay=03:00}",
            is_needed=False,
        )

    def _answers(self) -> Iterator[Finding]:
        self._need()
        if not self.domain:
            return
        url = f"https://{self.domain}/"
        log = "ssh to the machine: `sudo journalctl -u caddy`, `sudo cat /var/log/cloud-init-output.log`."
        try:
            status = answer_of(url, self.walk.http).status
        except BadCertificate as reason:
            yield ANSWERS.wrong(
                f"{url} answers with a certificate that browsers refuse ({reason}).", f"Look there: {log}"
            )
            return
        if status in (502, 503, 504):
            yield ANSWERS.wrong(
                f"{url} answers {status}: the web server runs, the CMS behind it does not.",
                "Install or start the CMS, on the port that the stack was given (8000).",
            )
        else:
            yield ANSWERS.ok(f"{url} answers {status}.")


def _span(port: Mapping[str, Any]) -> str:
    if port.get("protocol") == "all":
        return "all"
    first, last = port.get("fromPort"), port.get("toPort")
    return str(first) if first == last else f"{first}-{last}"
