"""What `up` says when it is ready."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from buildhub.up.announcement import as_text, describe
from buildhub.up.programs import Place


@pytest.mark.parametrize("note", ["", "The plain site is used in place of Astro."])
def test_a_wish_that_was_not_met_is_told(tmp_path: Path, note: str) -> None:
    """The demo's own words stand in the block; without a note there is no such line."""
    place = Place(data=tmp_path, host="127.0.0.1", port=8000, allowed_name="localhost")
    addresses = dict.fromkeys(("site_url", "staging_url", "cms_url", "mailbox_url"), "http://127.0.0.1:1/")
    place.sandbox_json.parent.mkdir()
    place.sandbox_json.write_text(json.dumps({**addresses, "gitlab": {}, "note": note}))
    place.people_json.write_text(json.dumps({"people": []}))
    text = as_text(place, describe(place, demo=True), 1.0)
    assert ("Note" in text, note in text) == (bool(note), True)
