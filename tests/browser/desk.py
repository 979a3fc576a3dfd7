"""What people do on pages, for tests without a browser: edit in the CMS, and make a token on the Account page."""

from __future__ import annotations

import re
from typing import Any

import html5lib
import httpx

from tests.browser.processes import wait_until
from tests.browser.worlds import LiveWorld

_NAMESPACE = "{http://www.w3.org/1999/xhtml}"


def edit(live: LiveWorld, site: str, title: str, summary: str) -> None:
    """Write a summary into an entry of the CMS, save it, and have the site's content read."""
    with httpx.Client(base_url=live.cms, follow_redirects=True) as cms:
        link = re.search(rf'href="(/entries/[^"]+/edit)"[^>]*>\s*{title}<', cms.get("/").text)
        assert link
        saved = cms.post(link[1], data=fields_of(cms.get(link[1]).text) | {"summary": summary})
        assert "Saved." in saved.text
    live.stage("read_content", site=site)


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send with the form of this page that has a field for the summary."""
    tree = html5lib.parse(page)
    form = next(form for form in tree.iter(f"{_NAMESPACE}form") if _named(form, "summary"))
    found: dict[str, Any] = {}
    for field in form.iter():
        name, kind = field.attrib.get("name"), field.attrib.get("type", "")
        if not name or (kind in {"radio", "checkbox"} and "checked" not in field.attrib):
            continue
        if field.tag == f"{_NAMESPACE}textarea":
            found[name] = "".join(field.itertext())
        elif field.tag == f"{_NAMESPACE}select":
            options = list(field.iter(f"{_NAMESPACE}option"))
            chosen = next((option for option in options if "selected" in option.attrib), options[0])
            found[name] = chosen.attrib["value"]
        elif field.tag == f"{_NAMESPACE}input":
            found[name] = field.attrib.get("value", "")
    return found


def _named(form: Any, name: str) -> list[Any]:
    return [field for field in form.iter() if field.attrib.get("name") == name]


def make_token(live: LiveWorld, session: str, *, scope: str) -> str:
    """Make a personal token on the Account page of whoever has this session."""
    with httpx.Client(base_url=live.url, cookies={"sessionid": session}) as pages:
        page = pages.get("/account/tokens/").text
        csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert csrf
        typed = {"csrfmiddlewaretoken": csrf[1], "name": "Journey", "scope": scope, "lasts": "30"}
        shown = re.search(r"<code>(bh_[0-9a-f]{40})</code>", pages.post("/account/tokens/", data=typed).text)
        assert shown
        return shown[1]


def wait_for(api: httpx.Client, address: str, *, has: str, seconds: float = 60) -> dict[str, Any]:
    """Ask again and again until this member of the answer says yes; returns that answer."""
    answers: list[dict[str, Any]] = []

    def is_there() -> bool:
        answers.append(api.get(address).raise_for_status().json())
        return bool(answers[-1][has])

    wait_until(is_there, f"{address} never had {has}: {answers[-1:]}", seconds=seconds, pause=1)
    return answers[-1]
