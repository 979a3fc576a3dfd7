"""How rows are looked at: every column, no secret in any of them, and nothing that can be pressed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import BinaryField, Field, Model
from django.http import HttpRequest

from deploys.models.encrypted import EncryptedTextField

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin

# Parts of addresses that let somebody in, and what passwords became.
KEYS = frozenset({"hook_key", "badge_key", "password", "label", "digest", "token_hash"})


class Looking(Base):
    """Rows that can be found and read. Nothing is added, changed or deleted here."""

    show_full_result_count = False
    list_per_page = 50
    actions = None
    hidden: tuple[str, ...] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds a row here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes one."""
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Every column; of a secret only whether it is set."""
        return [_shown(field) for field in self.model._meta.concrete_fields if field.name not in self.hidden]


def _shown(field: Field[Any, Any]) -> str | Callable[[Model], str]:
    if isinstance(field, EncryptedTextField) or field.name in KEYS:
        return _only_whether(field)
    return _only_size(field) if isinstance(field, BinaryField) else field.name


def _only_whether(field: Field[Any, Any]) -> Callable[[Model], str]:
    def is_set(row: Model) -> str:
        return "set" if getattr(row, field.attname) else "not set"

    return _named(is_set, field)


def _only_size(field: Field[Any, Any]) -> Callable[[Model], str]:
    def size(row: Model) -> str:
        return f"{len(getattr(row, field.attname) or b'')} bytes"

    return _named(size, field)


def _named(show: Callable[[Model], str], field: Field[Any, Any]) -> Callable[[Model], str]:
    show.__name__ = f"{field.name}_shown"
    return admin.display(description=str(field.verbose_name))(show)
