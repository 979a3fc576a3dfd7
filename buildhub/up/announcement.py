"""What `up` says when it is ready: `ready.json` for programs, a block of text for people."""

import json
import os
from pathlib import Path
from typing import Any

from buildhub.up.programs import Place


def describe(place: Place, *, demo: bool) -> dict[str, Any]:
    """The content of ready.json: addresses and, in the demo, people with passwords and the sandbox GitLab."""
    found: dict[str, Any] = {"url": place.url}
    if demo:
        sandbox = json.loads(place.sandbox_json.read_text())
        found |= {name: sandbox[name] for name in ("site_url", "staging_url", "cms_url", "mailbox_url", "gitlab")}
        if sandbox["note"]:
            found["note"] = sandbox["note"]
        found["people"] = json.loads(place.people_json.read_text())["people"]
    return found


def write(path: Path, found: dict[str, Any]) -> None:
    """Write ready.json, readable by its owner only; whoever sees the file sees all of it."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(found, file, indent=1)
    unfinished.replace(path)


def as_text(place: Place, found: dict[str, Any], seconds: float) -> str:
    """The block that is printed when all is ready, `seconds` after the start."""
    rows = [("Dashboard", found["url"])]
    if "people" in found:
        rows += [("Published site", found["site_url"]), ("Sample CMS", found["cms_url"])]
        rows.append(("Mailbox", found["mailbox_url"]))
        for position, person in enumerate(found["people"]):
            sign_in = f"{person['email']:<26} {person['password']:<22} {person['role']}"
            rows.append(("Sign in with" if position == 0 else "", sign_in))
    if "note" in found:
        rows.append(("Note", found["note"]))
    rows += [("Data", str(place.data)), ("Logs", str(place.data / "logs"))]
    lines = [f"  {label:<15} {value}" for label, value in rows]
    return "\n".join(["", f"Buildhub is ready ({seconds:.1f} s).", "", *lines, "", "Ctrl-C stops everything.", ""])
