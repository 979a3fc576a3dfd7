"""WordPress over its REST API. https://developer.wordpress.org/rest-api/reference/posts/"""

from __future__ import annotations

from deploys.content.sources.config import Finding, HttpJsonConfig, Paging, Probe
from deploys.content.sources.presets.settings import Answers, Preset, Setting, address_of, with_parameters

_COMMON = (
    "slug",
    "author",
    "featured_media",
    "parent",
    "menu_order",
    "template",
    "format",
    "sticky",
    "categories",
    "tags",
    "meta",
    "acf",
)
_STATUSES = {"publish": "live", "future": "scheduled"}
# By id: an order by date moves entries to other pages while they are read.
_VISITOR: dict[str, str | None] = {"orderby": "id", "order": "asc"}
_EDITOR = {**_VISITOR, "context": "edit", "status": "publish,future,draft,pending,private"}
_HINT = (
    "in WordPress, under Users > Profile > Application Passwords, make a new one and enter it as user:password; "
    "an Apache in front of WordPress may take the Authorization header away"
)


def build(answers: Answers) -> HttpJsonConfig:
    """Make the settings: with a login, raw texts and unpublished posts as well; without, what visitors see."""
    site = answers.address("url")
    types = answers.names("types") or ("posts", "pages")
    signed_in = answers.has_secret("login")
    parameters = _EDITOR if signed_in else _VISITOR
    first, *others = (with_parameters(f"{site}/wp-json/wp/v2/{one}", **parameters) for one in types)
    # Rendered texts hold numbers that are new each time, so that raw ones are better wherever we may have them.
    part = "raw" if signed_in else "rendered"
    return HttpJsonConfig(
        url=first,
        also=tuple(others),
        headers={"Authorization": "Basic {basic:login}"} if signed_in else {},
        items="@",
        total="header:X-WP-Total",
        paging=Paging(
            kind="page", size=100, at_name="page", size_name="per_page", past_end="rest_post_invalid_page_number"
        ),
        mapping={
            "key": "id",
            "kind": "type",
            "title": f"title.{part}",
            "url": "link",
            "edit_url": address_of(f"{site}/wp-admin/post.php?post={{id}}&action=edit"),
            "status": "status",
            "publish_at": "date_gmt",
            "changed_at": "modified_gmt",
        },
        # These two carry no zone, and yet are UTC.
        utc=("publish_at", "changed_at"),
        fields=_fields(part, answers.names("more_fields")),
        statuses=_STATUSES,
        html_titles=True,
        probe=_probe(site) if signed_in else None,
        token_hint=_HINT,
    )


def _fields(part: str, more: tuple[str, ...]) -> str:
    pairs = [f"content: content.{part}", f"excerpt: excerpt.{part}"]
    pairs += [f'"{name}": "{name}"' for name in dict.fromkeys((*_COMMON, *more))]
    return "{" + ", ".join(pairs) + "}"


def _probe(site: str) -> Probe:
    return Probe(
        url=f"{site}/wp-json/wp/v2/users/me?context=edit",
        findings=(
            Finding(when="status == `401`", says=f"WordPress does not accept the login: {_HINT}.", refuses=True),
            Finding(
                when="status == `200` && !(body.capabilities.edit_others_posts)",
                says="This user sees no unpublished posts of others: give it the role Editor.",
            ),
            Finding(
                when="status == `200` && !(body.capabilities.edit_others_pages)",
                says="This user sees no unpublished pages of others: give it the role Editor.",
            ),
        ),
    )


WORDPRESS = Preset(
    name="wordpress",
    label="WordPress",
    build=build,
    settings=(
        Setting(
            name="url",
            label="Address of the WordPress site",
            help="Where /wp-json lies, such as https://cms.example.org",
            required=True,
        ),
        Setting(
            name="login",
            label="User and application password",
            help="As user:password, with a password from Users > Profile > Application Passwords. "
            "Without it only what is published now is read.",
            secret=True,
        ),
        Setting(
            name="types",
            label="Post types",
            help="Their names in the API, with commas. Empty: posts, pages.",
            kind="list",
        ),
        Setting(
            name="more_fields",
            label="More fields",
            help="Names of fields that plugins add and that are to be compared, with commas.",
            kind="list",
        ),
    ),
)
