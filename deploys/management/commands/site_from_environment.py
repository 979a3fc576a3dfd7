"""`manage.py site_from_environment`: the first site, made from GITLAB_* and SITE_* variables."""

from typing import Any

from django.core.management.base import BaseCommand
from django.urls import reverse

from deploys.checks import OURS
from deploys.from_environment import make_site
from deploys.models import Environment


class Command(BaseCommand):
    """Makes or updates the site that the environment describes."""

    requires_system_checks = [OURS]  # Django's own would load every page before the first word
    help = "Make or update the site that GITLAB_PROJECT_ID, SITE_URL and their like describe."

    def handle(self, *_: Any, **__: Any) -> None:
        """Make it and say what is still missing."""
        made = make_site()
        if made is None:
            self.stdout.write("No GITLAB_PROJECT_ID or SITE_NAME is set; no site was made.")
            return
        environment = made.environment
        self.stdout.write(f"{'Made' if made.is_new else 'Updated'} {environment}.")
        if missing := environment.missing_settings():
            self.stdout.write(f"Publishing is not set up yet: {', '.join(missing)} missing.")
        elif environment.gitlab_project:
            address = reverse("gitlab-hook", args=[environment.gitlab_project.hook_key])
            self.stdout.write(f"Webhook address for GitLab (Settings > Webhooks): {address}")
        if made.previews:
            self.stdout.write(self._of_previews(made.previews))

    def _of_previews(self, place: Environment) -> str:
        if not place.target:
            return "Previews are not set up yet: PREVIEW_BUCKET missing."
        return f"Previews are built from the branch {place.ref} and published to {place.target}."
