"""A blog page with rich text and blocks, open to the API as docs/content-sources.md advises."""

from wagtail.api import APIField
from wagtail.blocks import CharBlock, RichTextBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page


class BlogPage(Page):
    """An article."""

    intro = RichTextField(blank=True)
    body = StreamField([("heading", CharBlock()), ("text", RichTextBlock())], blank=True)

    api_fields = [
        APIField("intro"),
        APIField("body"),
        APIField("live"),
        APIField("go_live_at"),
        APIField("expire_at"),
        APIField("last_published_at"),
    ]
