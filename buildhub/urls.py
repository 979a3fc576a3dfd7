"""Which address leads where."""

from django.urls import include, path

from deploys.api import content_feed, content_hooks, event_schemas, hooks, metrics, reports
from deploys.support.tables import support
from deploys.web.views import health

urlpatterns = [
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("hooks/gitlab/<str:key>/", hooks.gitlab_hook, name="gitlab-hook"),
    path("hooks/content/<str:key>/", content_hooks.content_hook, name="content-hook"),
    path("hooks/reports/<uuid:key>/", reports.report, name="report-hook"),
    path("webhooks/events.json", event_schemas.events, name="event-schemas"),
    path("content/<slug:site>/entries/", content_feed.entries, name="content-feed"),
    path("api/v1/", include("deploys.api.v1.urls")),
    path("django-admin/", support.urls),
    path("", include("deploys.web.urls")),
]

handler403 = "deploys.web.views.errors.forbidden"
handler404 = "deploys.web.views.errors.not_found"
handler500 = "deploys.web.views.errors.server_error"
handler429 = "deploys.web.views.errors.too_many"
