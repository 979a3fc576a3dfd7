"""The settings of a source that answers with JSON over HTTP: REST and GraphQL alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from deploys.content.sources.types import JSON

type PagingKind = Literal["none", "offset", "page", "next_url", "cursor"]

NORMAL_NAMES = (
    "key",
    "kind",
    "title",
    "url",
    "edit_url",
    "publish_at",
    "expire_at",
    "status",
    "changed_at",
    "changed_by",
    "marker",
)
DATE_NAMES = ("publish_at", "expire_at", "changed_at")
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Paging:
    """How the next page is asked for.

    offset and page: the query parameters at_name and size_name carry the position and the page size, unless the
    request's body holds {offset}, {page} and {limit}. start: the first page's number. cursor: `next` finds the value
    for at_name, or for {cursor} in the body. next_url: `next` finds the address of the next page.
    next: JMESPath on the answer, or "header:Link". more: JMESPath that is false on the last page, "" if there is none.
    past_end: a word in the answer's body that makes an error status mean “there are no more pages”.
    """

    kind: PagingKind = "none"
    size: int = 100
    start: int = 1
    at_name: str = ""
    size_name: str = ""
    next: str = ""
    more: str = ""
    past_end: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """when: JMESPath on {"status": …, "body": …} of a probe; says: the sentence to show if that is true.

    refuses: what the source would give now is less than it has, without saying so: nothing is read.
    """

    when: str
    says: str
    refuses: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """One request that tells what the token may see."""

    url: str
    method: Literal["GET", "POST"] = "GET"
    body: JSON = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpJsonConfig:
    """Where the entries are and how they are mapped.

    url, also: the addresses read, one after the other; {offset}, {page}, {limit}, {cursor} may stand in them.
    headers: values may hold {secret:name}, or {basic:name} for Basic sign-in with the secret “user:password”.
    body: JSON; a text that is only a placeholder becomes its value. items: JMESPath to the list.
    mapping: name of the normal form → JMESPath on one item. kind defaults to the last part of the address.
    fields: what is compared: "" = the whole item; a JMESPath that gives an object; or a tuple of the item's names.
    noise: paths that are left out of fields: “meta.detail_url”, or “*.id” for that name at any depth.
    statuses: the CMS's word → ours. default_status: for sources that name none.
    total: JMESPath on the answer, or "header:X-WP-Total". detail: address of one item, with {key}, for sources whose
    list lacks the fields. keys_by_kind: put the kind before the key, when two lists number their entries alike.
    html_titles: titles carry entities such as &amp;.
    time_zone: for dates without one; utc: names of the normal form whose bare dates are UTC all the same.
    timeout: seconds for one answer, all of it. deadline: seconds for the whole reading. pause: seconds between
    requests. max_bytes: of one answer, unpacked. partial: the source gives its newest entries only. token_hint:
    what to check when the source refuses the token.
    """

    url: str
    also: tuple[str, ...] = ()
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: JSON = None
    items: str = "@"
    mapping: Mapping[str, str] = field(default_factory=dict)
    fields: str | tuple[str, ...] = ""
    noise: tuple[str, ...] = ()
    statuses: Mapping[str, str] = field(default_factory=dict)
    default_status: str = "live"
    paging: Paging = field(default_factory=Paging)
    total: str = ""
    detail: str = ""
    keys_by_kind: bool = False
    html_titles: bool = False
    time_zone: str = "UTC"
    utc: tuple[str, ...] = ()
    timeout: float = 30.0
    deadline: float = 1800.0
    pause: float = 0.0
    max_bytes: int = 16 * MEGABYTE
    max_entries: int = 200_000
    partial: bool = False
    probe: Probe | None = None
    token_hint: str = ""

    @property
    def urls(self) -> tuple[str, ...]:
        """All addresses, in the order they are read."""
        return (self.url, *self.also)

    @property
    def is_graphql(self) -> bool:
        """Say whether the request carries a GraphQL query."""
        return isinstance(self.body, dict) and isinstance(self.body.get("query"), str)

    def as_data(self) -> dict[str, JSON]:
        """The settings as JSON values; config_from() reads them back."""
        return asdict(self)
