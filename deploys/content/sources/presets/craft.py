"""Craft CMS over GraphQL. https://craftcms.com/docs/5.x/development/graphql.html"""

from __future__ import annotations

import re

from deploys.content.sources.config import Finding, HttpJsonConfig, Paging, Probe
from deploys.content.sources.presets.settings import Answers, Preset, Setting, address_of, token_setting, wrong

_OWN_FIELDS = (
    "id canonicalUid siteId siteHandle sectionHandle typeHandle title slug uri url status "
    "postDate expiryDate dateCreated dateUpdated"
)
_WHO = "currentRevision { revisionCreator { fullName } dateCreated }"
# Craft gives a nested entry a new id and uid whenever its owner is saved, and computes the status when it is asked.
_NOISE = (
    *(f"*.{name}" for name in ("id", "uid", "canonicalId", "canonicalUid", "dateCreated", "dateUpdated")),
    *("siteId", "siteHandle", "sectionHandle", "typeHandle", "currentRevision"),
)
_STATUSES = {"live": "live", "pending": "scheduled", "expired": "expired", "disabled": "disabled"}
_HINT = (
    "in Craft, under GraphQL > Tokens, check that the token is enabled and not expired; "
    "an Apache in front of Craft takes the Authorization header away unless it is told to pass it on"
)
_LACKS_SCOPE = "status == `200` && body.errors && !(body.data.total)"


def build(answers: Answers) -> HttpJsonConfig:
    """Make the settings; the query names only what the schema's scopes allow."""
    inactive = answers.flag("inactive")
    headers = {"Authorization": "Bearer {secret:token}"} if answers.has_secret("token") else {}
    mapping = {
        "key": "join(':', [canonicalUid, to_string(siteId)])",
        "kind": "sectionHandle",
        "title": "title",
        "url": "url",
        "status": "status",
        "publish_at": "postDate",
        "expire_at": "expiryDate",
        "changed_at": "dateUpdated",
    }
    if answers.flag("who"):
        mapping["changed_by"] = "currentRevision.revisionCreator.fullName"
    if admin := answers.address("admin_url"):
        mapping["edit_url"] = address_of(f"{admin}/entries/{{sectionHandle}}/{{id}}?site={{siteHandle}}")
    return HttpJsonConfig(
        url=answers.address("url"),
        method="POST",
        headers=headers,
        body={"query": _query(answers), "variables": {"limit": "{limit}", "offset": "{offset}"}},
        items="data.entries",
        total="data.total",
        paging=Paging(kind="offset", size=100),
        mapping=mapping,
        noise=_NOISE,
        statuses=_STATUSES,
        probe=Probe(
            url=answers.address("url"),
            method="POST",
            body={"query": f"{{ ping total: entryCount({_arguments(answers)}) }}"},
            findings=_findings(answers, inactive),
        ),
        token_hint=_HINT,
    )


def _query(answers: Answers) -> str:
    arguments = _arguments(answers)
    fields = " ".join(filter(None, (_OWN_FIELDS, _WHO if answers.flag("who") else "", _selection(answers))))
    # By id: an order by date moves entries to other pages while they are read.
    return (
        "query Entries($limit: Int, $offset: Int) { "
        f"total: entryCount({arguments}) "
        f'entries({arguments}, limit: $limit, offset: $offset, orderBy: "elements.id ASC") {{ {fields} }} }}'
    )


def _arguments(answers: Answers) -> str:
    sections = ", ".join(f'"{one}"' for one in answers.names("sections"))
    sites = ", ".join(f'"{one}"' for one in answers.names("sites"))
    # Naming sections also keeps nested entries out, which belong to the entry that holds them.
    parts = [f"section: [{sections}]", f"site: [{sites}]" if sites else ""]
    return ", ".join(filter(None, [*parts, "status: null" if answers.flag("inactive") else ""]))


def _selection(answers: Answers) -> str:
    """Give the custom fields as typed: a piece of a query that stays inside the entry's braces."""
    text = answers.text("fields")
    depth = 0
    for letter in re.sub(r'"[^"\n]*"', "", text):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth < 0:
            break
    if depth:
        raise wrong("fields", "its braces do not match")
    return text


def _findings(answers: Answers, inactive: bool) -> tuple[Finding, ...]:
    lacks = (
        "The token's schema may not see scheduled, expired and disabled entries: in Craft, open the schema and tick "
        "“Query for non-enabled elements”, or switch “Scheduled and disabled entries” off here."
        if inactive
        else "The token's schema does not let it count these entries: in Craft, open the schema and tick the sections."
    )
    found = [
        Finding(when="status != `200`", says=f"Craft does not accept the token: {_HINT}.", refuses=True),
        Finding(when=_LACKS_SCOPE, says=lacks, refuses=True),
    ]
    if not inactive:
        found.append(
            Finding(
                when="status == `200`",
                says="Only entries that are live now are read: one with a later post date appears when it is due.",
            )
        )
    if not answers.has_secret("token"):
        found.append(Finding(when="status == `200`", says="No token is set, so Craft's public schema is read."))
    return tuple(found)


CRAFT = Preset(
    name="craft",
    label="Craft CMS",
    build=build,
    settings=(
        Setting(
            name="url",
            label="GraphQL address",
            help="The route to the GraphQL API, such as https://cms.example.org/api",
            required=True,
        ),
        token_setting("From Craft's GraphQL > Tokens. Without one, the public schema is read."),
        Setting(
            name="sections",
            label="Sections",
            help="Handles, with commas, such as news, pages.",
            kind="list",
            required=True,
        ),
        Setting(name="sites", label="Sites", help="Handles, with commas. Empty: the primary site.", kind="list"),
        Setting(
            name="fields",
            label="Custom fields",
            help="As in a query: ... on article_Entry { body image { url } }. What is not named here is not compared.",
        ),
        Setting(
            name="inactive",
            label="Scheduled and disabled entries",
            help="Reads them too. The token's schema needs “Query for non-enabled elements”.",
            kind="flag",
        ),
        Setting(
            name="who",
            label="Who edited",
            help="Reads the name. The token's schema needs revisions and user names.",
            kind="flag",
        ),
        Setting(
            name="admin_url",
            label="Control panel",
            help="Its address, such as https://cms.example.org/admin: entries get a link to their editor.",
        ),
    ),
)
