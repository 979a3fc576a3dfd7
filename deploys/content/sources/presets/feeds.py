"""JSON Feed 1.1. https://www.jsonfeed.org/version/1.1/"""

from __future__ import annotations

from deploys.content.sources.config import HttpJsonConfig, Paging
from deploys.content.sources.presets.settings import Answers, Preset, Setting

_HINT = "open the address in a browser: it has to show JSON without signing in"


def build(answers: Answers) -> HttpJsonConfig:
    """Make the settings. A feed holds its newest entries only, so what is missing was not removed."""
    return HttpJsonConfig(
        # A feed's address may well end with a slash, and then it matters.
        url=answers.text("url"),
        items="items",
        paging=Paging(kind="next_url", next="next_url"),
        mapping={
            "key": "id",
            "kind": "'item'",
            "title": "title",
            "url": "url",
            "publish_at": "date_published",
            "changed_at": "date_modified || date_published",
            "changed_by": "authors[0].name || author.name",
        },
        fields="{content_html: content_html, content_text: content_text, summary: summary, image: image, tags: tags, "
        "authors: authors, external_url: external_url, attachments: attachments}",
        partial=True,
        token_hint=_HINT,
    )


JSONFEED = Preset(
    name="jsonfeed",
    label="JSON Feed",
    build=build,
    settings=(
        Setting(
            name="url", label="Address of the feed", help="Such as https://blog.example.org/feed.json", required=True
        ),
    ),
)
