"""Where everything is as our stacks make it, the doctor has nothing to say."""

from __future__ import annotations

from tests.doctor.world import World, findings


def test_what_our_stacks_make_is_right(world: World) -> None:
    """Every step, with no advice either."""
    checked = world.look()
    assert [(one.key, one.sentence) for one in findings(checked) if one.state != "ok"] == []
    assert [one.key for one in checked] == [
        "account", "domain", "certificate", "bucket", "distribution", "dns", "roles", "machine",
    ]  # fmt: skip
