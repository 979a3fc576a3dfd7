"""Wiring of the Django project; no domain word appears here."""

from buildhub.celery import app as celery_app

__all__ = ["celery_app"]
