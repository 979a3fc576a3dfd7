"""The machine of the CMS."""

from __future__ import annotations

from tests.doctor.mishaps.making import Mishap, mishap
from tests.doctor.world import World


def _ssh_for_all(world: World) -> None:
    world.account.ports["cms"][0]["cidrs"] = ["0.0.0.0/0"]


MACHINE: dict[str, Mishap] = {
    "the machine stands still": mishap(
        lambda world: world.account.instances["cms"].update(state={"code": 80, "name": "stopped"}),
        "machine.running wrong",
        "stopped",
        "start-instance",
    ),
    "the machine has no fixed address": mishap(
        lambda world: world.account.static_ips["cms"].update(isAttached=False),
        "machine.address missing",
        "attach-static-ip",
    ),
    "the CMS's name leads elsewhere": mishap(
        lambda world: world.account.upsert(world.zone_id, "cms.example.org", "A", "192.0.2.1"),
        "machine.record wrong",
        "192.0.2.1",
        "203.0.113.20",
    ),
    "SSH is open for all": mishap(_ssh_for_all, "machine.ports wrong", "port 22"),
    "the CMS does not run": mishap(
        lambda world: world.web.update({"https://cms.example.org/": (502, b"")}), "machine.answers wrong", "502", "8000"
    ),
}
