"""People who sign in."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person; rights come from memberships of sites."""

    time_zone = models.CharField(max_length=64, blank=True, help_text="IANA name; empty: the site's zone.")

    @property
    def name(self) -> str:
        """The name that other people read."""
        return self.get_full_name() or self.username

    @property
    def known_as(self) -> frozenset[str]:
        """The names under which a CMS may know the person, in small letters."""
        return frozenset(name.casefold() for name in (self.name, self.username, self.email) if name)

    @property
    def initials(self) -> str:
        """Two letters for the round mark beside the name."""
        words = self.name.split()
        return "".join(word[0] for word in (words[0], words[-1])).upper() if len(words) > 1 else self.name[:2].upper()
