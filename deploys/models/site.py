"""A site: what a team publishes, with one history of builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, models

from deploys.models.encrypted import EncryptedTextField

if TYPE_CHECKING:
    from deploys.models.environment import Environment
    from deploys.models.user import User


class SiteQuerySet(models.QuerySet["Site"]):
    """Filters in the words people use."""

    def seen_by(self, user: User) -> SiteQuerySet:
        """The sites that the person may open."""
        return self if user.is_superuser else self.filter(memberships__user=user)


class Site(models.Model):
    """One public site with its environments."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name, such as Europe/Lisbon.")
    cms_url = models.URLField(blank=True, help_text="Where editors write; links from a failed log must stay below it.")
    content_token = EncryptedTextField(blank=True, help_text="Lets builds read the content that visitors may see.")
    drafts_token = EncryptedTextField(blank=True, help_text="Lets preview builds read drafts too.")
    last_number = models.PositiveIntegerField(default=0, editable=False)
    setup_step = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Step of the guided set-up that comes next; 0: none is under way."
    )

    is_administered = False  # set for one page: whoever looks is an admin of the site
    is_one_of_many = False  # the same: whoever looks may see more than one place
    has_previews: bool | None = None  # the same: there is a place where previews are made; None: nobody looked

    objects = SiteQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def home(self) -> Environment | None:
        """The public place that comes first: what the bar leads to from pages that are about no place. One query."""
        return self.environments.public().select_related("site", "live_release__build").first()

    def take_number(self) -> int:
        """Take the next build number. The row stays locked until the transaction ends, so no number is lost."""
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE deploys_site SET last_number = last_number + 1 WHERE id = %s RETURNING last_number", [self.pk]
            )
            return int(cursor.fetchone()[0])
