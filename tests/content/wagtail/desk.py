"""What the process of the Wagtail site can be told to do; imported when Django is set up."""

from datetime import UTC, datetime, timedelta
from wsgiref.simple_server import WSGIRequestHandler

import time_machine
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.core.management import call_command
from wagtail.models import APIToken, Locale, Page, Site

from deploys.content.canonical import content_of
from deploys.content.sources.python_class import PythonSource
from tests.content.wagtail.blog.models import BlogPage

MODELS = "deploys.content.sources.adapters.django_models.DjangoModelEntries"
ADAPTER = "deploys.content.sources.adapters.wagtail_pages.WagtailPages"


class Quiet(WSGIRequestHandler):
    """Says nothing."""

    def log_message(self, *_):
        """Nothing to say."""


def build(port):
    """The tables, a root, a home page, and somebody who edits."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    Locale.objects.create(language_code="en")
    root = Page.add_root(instance=Page(title="Root", slug="root"))
    home = root.add_child(instance=Page(title="Home", slug="home"))
    Site.objects.create(hostname="127.0.0.1", port=port, root_page=home, is_default_site=True)
    get_user_model().objects.create_superuser("mei", "mei@example.org", "x", first_name="Mei", last_name="Okafor")


class Desk:
    """What an editor does, through Wagtail's own API."""

    def __init__(self):
        self._clock = None

    def begin(self):
        """An empty site, now."""
        if self._clock:
            self._clock.stop()
            self._clock = None
        for page in BlogPage.objects.all():
            page.delete()

    def publish(self, slug, title, text="", hours=None, expires=None):
        """Publish a page, a new one or a new version, at once or later."""
        page = BlogPage.objects.filter(slug=slug).first()
        if page is None:
            home = Site.objects.get().root_page
            page = home.add_child(instance=BlogPage(title=title, slug=slug, live=False))
        page.title = title
        page.intro = f"<p>{text}</p>"
        page.body = [("heading", title), ("text", f"<p>{text}</p>")]
        now = datetime.now(UTC)
        page.go_live_at = now + timedelta(hours=hours) if hours else None
        page.expire_at = now + timedelta(hours=expires) if expires else None
        page.save_revision(user=get_user_model().objects.get()).publish()

    def unpublish(self, slug):
        """Take a page down."""
        BlogPage.objects.get(slug=slug).unpublish()

    def let_pass(self, hours):
        """Let hours pass, and Wagtail's own clockwork run after them."""
        later = datetime.now(UTC) + timedelta(hours=hours)
        if self._clock:
            self._clock.stop()
        self._clock = time_machine.travel(later, tick=True)
        self._clock.start()
        call_command("publish_scheduled")

    def token(self):
        """Make an API token of the person."""
        _, token = APIToken.create_token(user=get_user_model().objects.get(), name="buildhub")
        return token

    def log(self, slug):
        """Write into Django's admin log, and read the pages as plain models."""
        person = get_user_model().objects.get()
        pages = BlogPage.objects.filter(slug=slug)
        LogEntry.objects.log_actions(person.pk, pages, CHANGE, change_message="Edited")
        source = PythonSource(MODELS, {"model": "blog.BlogPage", "fields": ["intro", "slug"]})
        return [{"key": entry.key, "by": entry.changed_by, "fields": entry.fields} for entry in source.read()]

    def read(self):
        """Read with the adapter, in this process."""
        source = PythonSource(ADAPTER, {"admin_url": "http://127.0.0.1/admin"})
        return [
            {**content_of(entry), "key": entry.key, "status": entry.status, "changed_by": entry.changed_by}
            for entry in source.read()
        ]
