"""Who may do what on which site."""

from __future__ import annotations

from django.conf import settings
from django.db import connection, models


class Role(models.TextChoices):
    """Roles from little to much; each includes those before it."""

    READER = "reader", "Reader"
    EDITOR = "editor", "Editor"
    PUBLISHER = "publisher", "Publisher"
    ADMIN = "admin", "Admin"

    @property
    def rank(self) -> int:
        """How much the role may do, 0 for the least."""
        return list(Role).index(self)

    def includes(self, other: Role | str) -> bool:
        """True when this role may do all that the other may."""
        return self.rank >= Role(other).rank


class Membership(models.Model):
    """A person's role on a site."""

    site = models.ForeignKey("Site", on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "user"], name="one_role_per_person_and_site")]

    def __str__(self) -> str:
        return f"{self.user} is {self.get_role_display()} of {self.site}"

    @classmethod
    def role_of(cls, *, user_id: int, site_id: int) -> Role | None:
        """The person's role on the site, None for a stranger."""
        # Plain SQL: every page and every press asks this, and the ORM would take longer than the question.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT role FROM deploys_membership WHERE user_id = %s AND site_id = %s", [user_id, site_id]
            )
            found = cursor.fetchone()
        return Role(found[0]) if found else None
