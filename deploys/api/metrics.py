"""`/metrics` for Prometheus: read from the database at each scrape, so that any process may answer."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from deploys.doctor import figures
from deploys.models import Environment, GitLabProject, Part, Site


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All figures as text. 404 while METRICS_TOKEN is not set, 401 without it as a Bearer token."""
    expected = settings.METRICS_TOKEN
    if not expected:
        raise Http404("METRICS_TOKEN is not set.")
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(token.encode(), expected.encode()):
        answer = HttpResponse("Send METRICS_TOKEN as a Bearer token.\n", status=401, content_type="text/plain")
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)


class Figures(Collector):
    """What Buildhub knows of itself. Names follow https://prometheus.io/docs/practices/naming/: base units, _total."""

    def collect(self) -> Iterator[Metric]:
        """One metric after the other."""
        found = figures.take(now())
        yield from self._parts(found)
        yield from self._queue(found)
        name, words = "buildhub_notifications", "Messages to people: on their way, or given up within a week."
        told = GaugeMetricFamily(name, words, labels=["stage"])
        told.add_metric(["waiting"], found.unsent)
        told.add_metric(["failed"], found.undelivered)
        yield told
        yield from self._room(found)
        yield from self._sites()
        yield from self._gitlab()

    def _parts(self, found: figures.Figures) -> Iterator[Metric]:
        name, words = "buildhub_part_seen_timestamp_seconds", "When a background part last gave a sign of life."
        seen = GaugeMetricFamily(name, words, labels=["part"])
        for part in Part:
            at = getattr(found.signs, part)
            seen.add_metric([part], at.timestamp() if at else 0)
        yield seen
        yield _gauge("buildhub_broker_up", "Whether the broker answers.", int(found.messages is not None))

    def _queue(self, found: figures.Figures) -> Iterator[Metric]:
        builds = GaugeMetricFamily("buildhub_builds_open", "Builds that are not over.", labels=["stage"])
        builds.add_metric(["in_line"], found.in_line)
        builds.add_metric(["under_way"], found.under_way)
        yield builds
        oldest = found.oldest.requested_at.timestamp() if found.oldest else 0
        name = "buildhub_oldest_open_build_timestamp_seconds"
        yield _gauge(name, "When the oldest open build was asked for; 0: none is open.", oldest)
        if found.messages is not None:
            yield _gauge("buildhub_broker_messages", "Messages that wait for the worker.", found.messages)

    def _room(self, found: figures.Figures) -> Iterator[Metric]:
        yield _gauge("buildhub_database_size_bytes", "Size of the database.", found.database_size)
        yield _gauge("buildhub_disk_free_bytes", "Free room on the disk of the data folder.", found.disk_free)
        yield _gauge("buildhub_disk_size_bytes", "Size of the disk of the data folder.", found.disk_total)
        pruned = found.pruned.began_at.timestamp() if found.pruned else 0
        words = "When everything that is no longer kept was removed last; 0: never."
        yield _gauge("buildhub_pruned_timestamp_seconds", words, pruned)

    def _sites(self) -> Iterator[Metric]:
        requested = CounterMetricFamily("buildhub_builds_requested", "Builds that were asked for.", labels=["site"])
        for slug, number in Site.objects.values_list("slug", "last_number"):
            requested.add_metric([slug], number)
        yield requested
        name, words = "buildhub_live_since_timestamp_seconds", "Since when visitors see the version that is live."
        since = GaugeMetricFamily(name, words, labels=["site", "environment"])
        live = Environment.objects.filter(live_release__live_at__isnull=False).order_by("site__slug", "slug")
        for site, environment, at in live.values_list("site__slug", "slug", "live_release__live_at"):
            since.add_metric([site, environment], at.timestamp() if at else 0)
        yield since

    def _gitlab(self) -> Iterator[Metric]:
        labels = ["gitlab", "project"]
        families = {
            "heard_at": ("buildhub_gitlab_answered_timestamp_seconds", "When GitLab last answered well."),
            "hook_heard_at": ("buildhub_gitlab_hook_timestamp_seconds", "When a hook last came in."),
            "token_expires_on": ("buildhub_gitlab_token_expires_timestamp_seconds", "When our access token ends."),
            "rate_left": ("buildhub_gitlab_requests_left", "Requests that were left in GitLab's window."),
            "rate_limit": ("buildhub_gitlab_requests_limit", "Requests that GitLab allows per window."),
        }
        made = {column: GaugeMetricFamily(*names, labels=labels) for column, names in families.items()}
        trouble = GaugeMetricFamily(
            "buildhub_gitlab_trouble", "1 while GitLab refuses or does not answer.", labels=labels
        )
        for row in GitLabProject.objects.order_by("pk").values("url", "project_id", "trouble", *families):
            named = [row["url"], row["project_id"]]
            trouble.add_metric(named, int(bool(row["trouble"])))
            for column, family in made.items():
                value = row[column]
                if value is not None:
                    family.add_metric(named, _number(value))
        yield trouble
        yield from made.values()


def _number(value: datetime | date | int) -> float:
    """A moment as seconds since the epoch; a day as its beginning in UTC."""
    if isinstance(value, datetime):
        return value.timestamp()
    return datetime.combine(value, time.min, tzinfo=UTC).timestamp() if isinstance(value, date) else value


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)
