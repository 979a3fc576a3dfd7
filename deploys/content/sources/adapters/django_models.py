"""Entries from a Django model of the same process, or of a database that this process is connected to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db import models

_AT_ONCE = 500


class DjangoModelEntries:
    """Reads all objects of a model.

    model: “app.Model”. fields: names that are compared; empty: every column of its own but dates that save() writes.
    title_field: empty: str(object). publish_field, expire_field, changed_field, status_field: empty: none.
    statuses: a value of the status field → live, scheduled, expired, or any other word for “not public”.
    edit_url: pattern with {pk}. using: name of the database. The address comes from get_absolute_url().
    """

    def __init__(
        self,
        *,
        model: str,
        fields: Sequence[str] = (),
        title_field: str = "",
        publish_field: str = "",
        expire_field: str = "",
        changed_field: str = "",
        status_field: str = "",
        statuses: Mapping[str, str] | None = None,
        edit_url: str = "",
        using: str = "default",
    ) -> None:
        self._model = apps.get_model(model)
        self._names = {
            "title": title_field,
            "publish_at": publish_field,
            "expire_at": expire_field,
            "changed_at": changed_field,
        }
        self._status_field = status_field
        self._statuses = dict(statuses or {})
        self._edit_url = edit_url
        self._using = using
        self._fields = list(fields) or self._own_fields()

    def read_entries(self) -> Iterator[dict[str, Any]]:
        """Give every object, by primary key."""
        who = self._last_editors()
        manager = self._model._default_manager.using(self._using)
        for one in manager.order_by("pk").iterator(chunk_size=_AT_ONCE):
            yield {
                "key": f"{self._model._meta.label_lower}:{one.pk}",
                "kind": self._model._meta.label_lower,
                "url": one.get_absolute_url() if hasattr(one, "get_absolute_url") else None,
                "edit_url": self._edit_url.replace("{pk}", str(one.pk)) or None,
                "status": self._status(one),
                "changed_by": who.get(str(one.pk)),
                "fields": {name: _plain(getattr(one, name)) for name in self._fields},
                **{ours: getattr(one, theirs) for ours, theirs in self._names.items() if theirs},
                **({} if self._names["title"] else {"title": str(one)}),
            }

    def _own_fields(self) -> list[str]:
        used = {*self._names.values(), self._status_field}
        return [
            field.attname
            for field in self._model._meta.concrete_fields
            if not field.primary_key
            and field.name not in used
            and not getattr(field, "auto_now", False)
            and not getattr(field, "auto_now_add", False)
        ]

    def _status(self, one: models.Model) -> str:
        if not self._status_field:
            return "live"
        value = str(getattr(one, self._status_field))
        return self._statuses.get(value, value)

    def _last_editors(self) -> dict[str, str]:
        """Names by primary key, from the admin's log when it is installed."""
        if not apps.is_installed("django.contrib.admin"):
            return {}
        log: Any = apps.get_app_config("admin").get_model("LogEntry")
        entries = (
            log.objects.using(self._using)
            .filter(content_type__app_label=self._model._meta.app_label)
            .filter(content_type__model=self._model._meta.model_name)
            .select_related("user")
            .order_by("action_time", "pk")
        )
        return {entry.object_id: _name(entry.user) for entry in entries.iterator(chunk_size=_AT_ONCE)}


def _name(user: Any) -> str:
    return str(user.get_full_name() or user.get_username())


def _plain(value: Any) -> Any:
    """Give files as their name; everything else as it is, for the source makes JSON of it."""
    return value.name if isinstance(value, models.fields.files.FieldFile) else value
