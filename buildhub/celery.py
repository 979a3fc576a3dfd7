"""The Celery application: workers and ticks find their tasks through it."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buildhub.settings")

app = Celery("buildhub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "deploys.retention",
        "deploys.content",
        "deploys.releases",
        "deploys.builds",
        "deploys.schedules",
        "deploys.notifications",
        "deploys.people",
    ]
)
