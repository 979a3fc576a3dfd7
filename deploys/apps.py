"""The one Django application."""

from django.apps import AppConfig


class DeploysConfig(AppConfig):
    """Registers the system checks when Django starts."""

    name = "deploys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import the checks, which register themselves."""
        from deploys import checks  # noqa: F401
