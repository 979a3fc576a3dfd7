"""Who asked for a build, and with which press."""

from __future__ import annotations

from django.conf import settings
from django.db import connection, models
from django.utils.timezone import now


class BuildRequest(models.Model):
    """Somebody asked for this build, first or by joining it. Keyed by the form's idempotency key."""

    build = models.ForeignKey("Build", on_delete=models.CASCADE, related_name="requests")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    key = models.CharField(max_length=64, unique=True)
    requested_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.user} asked for {self.build}"

    @classmethod
    def build_asked_for(cls, key: str) -> int | None:
        """The id of the build that the form with this key asked for; None when it is new."""
        # Plain SQL: every press asks this first, and nearly always there is nothing to be made into objects.
        with connection.cursor() as cursor:
            cursor.execute("SELECT build_id FROM deploys_buildrequest WHERE key = %s", [key])
            found = cursor.fetchone()
        return found[0] if found else None
