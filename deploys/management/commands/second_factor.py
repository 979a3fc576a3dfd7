"""`manage.py second_factor NAME [--remove]`: for somebody who lost phone and recovery codes."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from deploys import audit
from deploys.checks import OURS
from deploys.models import AuditAction, User


class Command(BaseCommand):
    """Says whether a person has a second factor, and turns it off."""

    requires_system_checks = [OURS]  # Django's own would load every page before the first word
    help = "Say whether a person has a second factor; with --remove, turn it off."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, and what."""
        parser.add_argument("name", help="user name")
        parser.add_argument("--remove", action="store_true", help="turn it off, with its recovery codes")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Raises CommandError for a person who does not exist."""
        person = User.objects.filter(username=options["name"]).first()
        if person is None:
            raise CommandError(f"There is nobody with the user name {options['name']}.")
        factors = Authenticator.objects.filter(user=person)
        if not factors.exists():
            self.stdout.write(f"{person.name} has no second factor.")
        elif not options["remove"]:
            self.stdout.write(f"{person.name} has a second factor. With --remove it is turned off.")
        else:
            with transaction.atomic():
                factors.delete()
                for session in UserSession.objects.filter(user=person):
                    session.end()  # what was signed in with it ends with it
                audit.record(actor=None, subject=f"Second factor of {person.name}", action=AuditAction.REMOVED)
            self.stdout.write(f"The second factor of {person.name} is off: the password alone signs in.")
