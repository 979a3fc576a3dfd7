"""Erasing what was published to a place of its own: all of it goes, and nothing that is not ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from publisher import erase, publish, status
from publisher.errors import Busy, LostClaim, Refused
from publisher.ledger import Ledger
from publisher.publishing import silent
from publisher.targets import opened
from tests.publisher.hosts import BucketHost, FolderHost, Host, Site, next_build


def below(host: Host, name: str) -> str:
    """The address of a preview at this host."""
    return f"{host.target}/previews/{name}"


def names(host: Host) -> list[str]:
    """Everything that is on the host, records too."""
    if isinstance(host, FolderHost):
        return [file.relative_to(host.root).as_posix() for file in host.root.rglob("*")]
    assert isinstance(host, BucketHost)
    return host.names()


def test_everything_of_it_goes_and_nothing_else(host: Host, site: Site) -> None:
    """Files, kept releases and records; the preview beside it and the site above stay as they are."""
    publish(site.write(), below(host, "preview-1"), release="r1", options=host.options)
    publish(next_build(site).write(), below(host, "preview-1"), release="r2", options=host.options)
    publish(site.write(), below(host, "preview-2"), release="r1", options=host.options)
    assert erase(below(host, "preview-1"), options=host.options).files > 0
    assert [name for name in names(host) if "preview-1" in name] == []
    assert status(below(host, "preview-2"), options=host.options).release == "r1"


def test_erasing_twice_is_no_error(host: Host, site: Site) -> None:
    """What is gone needs nothing; a place where nothing ever was neither."""
    publish(site.write(), below(host, "preview-1"), release="r1", options=host.options)
    erase(below(host, "preview-1"), options=host.options)
    assert erase(below(host, "preview-1"), options=host.options).files == 0
    assert erase(below(host, "preview-9"), options=host.options).files == 0


def test_what_the_publisher_did_not_make_is_refused(host: Host, site: Site) -> None:
    """A folder without a pointer, such as the one that holds all previews: nothing of it is deleted."""
    publish(site.write(), below(host, "preview-1"), release="r1", options=host.options)
    before = sorted(names(host))
    with pytest.raises(Refused, match="did not put there"):
        erase(f"{host.target}/previews", options=host.options)
    assert sorted(names(host)) == before


def test_a_place_that_holds_another_site_is_refused(host: Host, site: Site) -> None:
    """Erasing it would take that one along."""
    publish(site.write(), f"{host.target}/previews", release="r1", options=host.options)
    publish(site.write(), below(host, "preview-1"), release="r1", options=host.options)
    with pytest.raises(Refused, match="another site"):
        erase(f"{host.target}/previews", options=host.options)
    assert status(below(host, "preview-1"), options=host.options).release == "r1"


def test_a_whole_bucket_is_never_erased(bucket: BucketHost, site: Site) -> None:
    """Whatever is in it."""
    publish(site.write(), bucket.target, release="r1", options=bucket.options)
    with pytest.raises(Refused, match="whole bucket"):
        erase(bucket.target, options=bucket.options)
    assert bucket.served() == site.files


def test_a_run_at_work_is_not_cut_off(host: Host, site: Site) -> None:
    """Erasing waits for its claim to end, and gives up with words."""
    publish(site.write(), below(host, "preview-1"), release="r1", options=host.options)
    patient = replace(host.options, lease=30)
    with opened(below(host, "preview-1"), patient) as target:
        other = Ledger(target, patient, silent)
        other.load()
        other.take("publishing", None, "r2")
        with pytest.raises(Busy):
            erase(below(host, "preview-1"), options=replace(patient, wait=0))
        other.abandon()
    assert erase(below(host, "preview-1"), options=host.options).files > 0


def test_a_broken_run_is_finished_by_the_next(
    host: Host, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever comes after it: another erasing, or a publish, which trusts nothing that was there."""
    publish(site.write(), below(host, "preview-1"), release="r1", options=host.options)

    def dies(ledger: Ledger) -> None:
        raise LostClaim("gone")

    vanish: Callable[[Ledger], None] = Ledger.vanish
    monkeypatch.setattr(Ledger, "vanish", dies)
    with pytest.raises(LostClaim):
        erase(below(host, "preview-1"), options=host.options)
    monkeypatch.setattr(Ledger, "vanish", vanish)
    publish(site.write(), below(host, "preview-1"), release="r2", options=host.options)
    assert status(below(host, "preview-1"), options=host.options).release == "r2"
    erase(below(host, "preview-1"), options=host.options)
    assert [name for name in names(host) if "preview-1" in name] == []
