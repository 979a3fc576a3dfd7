"""`manage.py rotate_keys [--dry-run]`: encrypt every stored secret with the first key, so that the others can go."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Model, TextField, Value
from django.db.models.functions import Cast

from deploys.checks import OURS
from deploys.models.encrypted import EncryptedTextField, UnreadableSecret, under_first_key

UNREADABLE = 1


class Command(BaseCommand):
    """Goes through all tables, one row at a time; may be run while everything runs, and again."""

    requires_system_checks = [OURS]  # Django's own would load every page before the first word
    help = (
        "Encrypt every stored secret with the first of BUILDHUB_ENCRYPTION_KEYS. Exit code 0: the other keys are no "
        "longer needed (with --dry-run: only counted), 1: some secrets cannot be read with any key."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Nothing but a look, if wanted."""
        parser.add_argument("--dry-run", action="store_true", help="only count; changes nothing")

    def handle(self, *_: Any, **options: Any) -> None:
        """Move them; leaves with one of the exit codes."""
        moved = kept = 0
        unreadable = []
        for model, name, pk, token in _tokens():
            try:
                anew = under_first_key(token)
            except UnreadableSecret:
                unreadable.append(f"{model._meta.verbose_name} {pk}: {name}")
                continue
            if anew is None:
                kept += 1
                continue
            moved += 1
            if not options["dry_run"]:
                _replace(model, name, pk, token, anew)
        word = "would be moved" if options["dry_run"] else "moved"
        self.stdout.write(f"{moved} secrets {word} to the first key, {kept} were there already.")
        for one in unreadable:
            self.stderr.write(f"Cannot be read with any key: {one}. Set it anew, or put its key back.")
        if unreadable:
            sys.exit(UNREADABLE)
        if not options["dry_run"]:
            self.stdout.write("The other keys can be taken out of BUILDHUB_ENCRYPTION_KEYS on every machine.")


def _tokens() -> Iterator[tuple[type[Model], str, Any, str]]:
    """Every secret as it is stored: its table, column and row."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField):
                rows = _stored(model, field.name).exclude(stored="").exclude(stored=None).order_by("pk")
                for pk, token in list(rows.values_list("pk", "stored")):
                    yield model, field.name, pk, token


def _stored(model: type[Model], name: str) -> Any:
    """Rows with the token itself beside the secret."""
    return model._default_manager.annotate(stored=Cast(name, TextField()))


def _replace(model: type[Model], name: str, pk: Any, old: str, anew: str) -> None:
    """Unless somebody set it meanwhile: then it is under the first key by itself."""
    _stored(model, name).filter(pk=pk, stored=old).update(**{name: Value(anew, output_field=TextField())})
